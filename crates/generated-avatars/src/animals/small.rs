//! Scales, shells, slime and six legs or more.

use super::part::Look::{Ball, Bead, Slit};
use super::part::Paint::{Coat, Dark, Pink, Second, Shade, Third, White};
use super::part::Tip::{Round, Sharp};
use super::part::{
    Sketch, blob, blush, bust, dots, eye, eyes, half, head, leaf, line, mouth, oval, taper,
};
use crate::colour::lch;

pub(super) const FROG: Sketch = Sketch {
    tones: [lch(72, 17, 138), lch(90, 9, 120), lch(60, 16, 140)],
    parts: &[
        bust(Third, 32),
        oval(Coat, 70, 28, 14, 14).pair(),
        head(Coat, 24, 86, [30, 40, 28]),
        half(Second, &[(50, 68), (72, 66), (80, 72), (66, 84), (50, 86)]),
        eyes(Ball, 70, 27, 9),
        dots(Third, 1, &[(54, 52)]).pair(),
        line(Dark, 24, &[(18, 58), (30, 66), (50, 69), (70, 66), (82, 58)]),
        blush(74, 52),
    ],
};

pub(super) const CROCODILE: Sketch = Sketch {
    tones: [lch(58, 11, 145), lch(74, 11, 135), lch(48, 10, 148)],
    parts: &[
        bust(Third, 28),
        half(Second, &[(50, 50), (70, 54), (78, 78), (68, 93), (50, 96)]),
        oval(Coat, 67, 26, 12, 12).pair(),
        leaf(White, (68, 66), (10, 8), 160, Sharp).pair(),
        leaf(White, (70, 73), (10, 8), 168, Sharp).pair(),
        leaf(White, (65, 80), (10, 8), 176, Sharp).pair(),
        leaf(White, (56, 82), (10, 8), 180, Sharp).pair(),
        half(Coat, &[(50, 26), (70, 29), (79, 43), (67, 57), (72, 73), (64, 83), (50, 85)]),
        eyes(Slit, 67, 25, 8),
        oval(Shade, 59, 74, 6, 5).pair(),
        oval(Dark, 60, 74, 3, 2).pair(),
        dots(Third, 2, &[(54, 40), (54, 48), (54, 56)]).pair(),
    ],
};

pub(super) const TURTLE: Sketch = Sketch {
    tones: [lch(76, 13, 128), lch(52, 10, 150), lch(64, 11, 140)],
    parts: &[
        leaf(Coat, (72, 62), (24, 16), 118, Round).pair(),
        half(Second, &[(50, 14), (76, 24), (88, 56), (80, 74), (50, 78)]),
        half(Third, &[(50, 20), (60, 24), (62, 36), (50, 42)]),
        blob(Third, &[(66, 26), (76, 34), (80, 48), (70, 48), (66, 38)]).pair(),
        head(Coat, 40, 92, [22, 26, 19]),
        eyes(Bead, 62, 63, 5),
        dots(Third, 1, &[(53, 72)]).pair(),
        mouth(50, 78, 8),
        blush(70, 74),
    ],
};

pub(super) const SNAKE: Sketch = Sketch {
    tones: [lch(68, 16, 132), lch(84, 14, 115), lch(60, 20, 25)],
    parts: &[
        taper(Shade, 17, 17, &[(22, 84), (50, 92), (78, 84)]),
        taper(Coat, 19, 18, &[(20, 70), (50, 80), (80, 70)]),
        dots(Second, 3, &[(30, 74), (43, 78), (57, 78), (70, 74)]),
        taper(Coat, 18, 20, &[(74, 72), (76, 56), (58, 50), (50, 40)]),
        half(Coat, &[(50, 12), (64, 16), (74, 34), (64, 48), (50, 52)]),
        line(Third, 22, &[(50, 48), (50, 60)]),
        line(Third, 22, &[(46, 66), (50, 60), (50, 60), (54, 66)]),
        leaf(Second, (50, 34), (16, 8), 0, Sharp),
        eyes(Slit, 64, 30, 6),
        line(Dark, 18, &[(38, 42), (50, 47), (62, 42)]),
    ],
};

pub(super) const CHAMELEON: Sketch = Sketch {
    tones: [lch(76, 16, 135), lch(66, 13, 190), lch(84, 14, 100)],
    parts: &[
        line(Third, 50, &[(5, 80), (40, 84), (96, 82)]),
        taper(Coat, 15, 4, &[(66, 62), (82, 66), (88, 52), (80, 42), (72, 50), (78, 56)]),
        line(Shade, 60, &[(42, 64), (38, 78)]),
        line(Shade, 60, &[(62, 64), (66, 78)]),
        blob(Second, &[(40, 34), (56, 24), (70, 36), (76, 58), (60, 50)]),
        blob(
            Coat,
            &[
                (8, 58),
                (18, 40),
                (30, 26),
                (40, 14),
                (44, 34),
                (62, 36),
                (74, 56),
                (60, 72),
                (34, 70),
                (14, 66),
            ],
        ),
        dots(Second, 3, &[(54, 46), (62, 54), (48, 58)]),
        oval(Second, 29, 46, 10, 10),
        eye(Ball, 29, 46, 6),
        line(Dark, 20, &[(9, 60), (22, 62), (34, 58)]),
    ],
};

pub(super) const AXOLOTL: Sketch = Sketch {
    tones: [lch(89, 5, 340), lch(64, 19, 355), lch(93, 4, 10)],
    parts: &[
        bust(Coat, 24),
        leaf(Second, (72, 46), (28, 10), 34, Round).pair(),
        leaf(Second, (74, 56), (23, 10), 76, Round).pair(),
        leaf(Second, (72, 68), (22, 10), 112, Round).pair(),
        half(Coat, &[(50, 30), (70, 34), (81, 56), (70, 77), (50, 81)]),
        eyes(Bead, 68, 52, 4),
        mouth(50, 62, 9),
        blush(70, 63),
        dots(Second, 1, &[(52, 37), (56, 41), (60, 37)]).pair(),
    ],
};

pub(super) const SNAIL: Sketch = Sketch {
    tones: [lch(82, 9, 80), lch(62, 13, 40), lch(76, 11, 55)],
    parts: &[
        line(Coat, 34, &[(20, 58), (12, 36)]),
        line(Coat, 34, &[(28, 58), (30, 34)]),
        blob(
            Coat,
            &[
                (12, 62),
                (24, 52),
                (34, 62),
                (40, 76),
                (70, 78),
                (92, 84),
                (92, 84),
                (70, 90),
                (24, 88),
                (14, 78),
            ],
        ),
        oval(Second, 60, 52, 28, 28),
        oval(Third, 61, 53, 20, 20),
        oval(Second, 60, 54, 13, 13),
        oval(Third, 60, 54, 6, 6),
        eye(Ball, 12, 33, 6),
        eye(Ball, 31, 31, 6),
        mouth(21, 70, 5),
    ],
};

pub(super) const BEE: Sketch = Sketch {
    tones: [lch(85, 17, 90), lch(28, 2, 60), lch(94, 4, 230)],
    parts: &[
        leaf(Third, (60, 44), (36, 28), 46, Round).pair(),
        half(Second, &[(50, 84), (55, 86), (50, 97), (50, 97)]),
        half(Coat, &[(50, 40), (68, 46), (74, 64), (64, 84), (50, 90)]),
        half(Second, &[(50, 58), (74, 56), (74, 67), (50, 70)]),
        half(Second, &[(50, 78), (70, 76), (62, 86), (50, 88)]),
        line(Second, 24, &[(56, 20), (60, 10), (66, 7)]).pair(),
        dots(Second, 3, &[(66, 7)]).pair(),
        oval(Coat, 50, 36, 24, 21),
        eyes(Bead, 61, 36, 5),
        mouth(50, 43, 5),
        blush(66, 44),
    ],
};

pub(super) const BUTTERFLY: Sketch = Sketch {
    tones: [lch(66, 15, 285), lch(82, 13, 75), lch(34, 4, 300)],
    parts: &[
        blob(Coat, &[(52, 50), (62, 26), (77, 16), (88, 28), (87, 46), (70, 58)]).pair(),
        blob(Shade, &[(52, 56), (70, 56), (85, 66), (82, 82), (68, 86), (56, 74)]).pair(),
        oval(Second, 75, 33, 8, 10).turn(30).pair(),
        oval(Second, 71, 70, 6, 7).turn(-20).pair(),
        line(Third, 20, &[(51, 34), (56, 18), (62, 12)]).pair(),
        taper(Third, 10, 5, &[(50, 42), (50, 60), (50, 82)]),
        oval(Third, 50, 36, 10, 10),
        eyes(Ball, 54, 35, 3),
    ],
};

pub(super) const LADYBIRD: Sketch = Sketch {
    tones: [lch(60, 22, 27), lch(26, 2, 290), lch(98, 1, 90)],
    parts: &[
        line(Second, 22, &[(56, 20), (60, 10), (66, 8)]).pair(),
        half(Second, &[(50, 14), (66, 18), (72, 34), (50, 42)]),
        half(Coat, &[(50, 32), (70, 34), (86, 56), (74, 82), (50, 91)]),
        line(Second, 24, &[(50, 34), (50, 90)]),
        dots(Second, 6, &[(64, 48), (68, 66)]).pair(),
        dots(Second, 4, &[(57, 78), (78, 54)]).pair(),
        eyes(Ball, 61, 26, 5),
    ],
};

pub(super) const SPIDER: Sketch = Sketch {
    tones: [lch(38, 5, 300), lch(48, 7, 300), lch(90, 3, 300)],
    parts: &[
        line(Third, 12, &[(50, 3), (50, 32)]),
        line(Coat, 32, &[(66, 48), (80, 34), (82, 20)]).pair(),
        line(Coat, 32, &[(68, 54), (86, 44), (94, 38)]).pair(),
        line(Coat, 32, &[(68, 60), (86, 62), (93, 72)]).pair(),
        line(Coat, 32, &[(66, 66), (78, 76), (78, 90)]).pair(),
        oval(Coat, 50, 56, 25, 25),
        half(Second, &[(50, 33), (58, 35), (54, 40), (50, 44)]),
        eyes(Ball, 59, 55, 7),
        eyes(Ball, 67, 44, 3),
        leaf(White, (54, 66), (8, 5), 180, Sharp).pair(),
        line(Dark, 18, &[(40, 65), (50, 67), (60, 65)]),
    ],
};

pub(super) const CATERPILLAR: Sketch = Sketch {
    tones: [lch(80, 17, 125), lch(66, 15, 140), lch(62, 17, 30)],
    parts: &[
        oval(Second, 83, 58, 11, 12),
        oval(Coat, 72, 66, 13, 14),
        oval(Second, 58, 72, 14, 15),
        line(Third, 40, &[(58, 86), (58, 91)]),
        line(Third, 40, &[(72, 79), (73, 84)]),
        line(Third, 24, &[(31, 30), (28, 19), (24, 17)]),
        line(Third, 24, &[(44, 28), (50, 16), (56, 16)]),
        dots(Third, 3, &[(24, 17), (56, 16)]),
        oval(Coat, 37, 54, 27, 28),
        eye(Bead, 27, 50, 5),
        eye(Bead, 47, 50, 5),
        mouth(37, 61, 6),
        oval(Pink, 18, 61, 4, 3),
        oval(Pink, 56, 61, 4, 3),
    ],
};

pub(super) const DRAGONFLY: Sketch = Sketch {
    tones: [lch(60, 13, 200), lch(93, 4, 210), lch(52, 14, 215)],
    parts: &[
        leaf(Second, (54, 42), (38, 16), 76, Round).pair(),
        leaf(Second, (54, 50), (35, 15), 104, Round).pair(),
        line(Third, 14, &[(56, 41), (84, 36)]).pair(),
        line(Third, 14, &[(56, 51), (83, 57)]).pair(),
        taper(Coat, 13, 5, &[(50, 44), (50, 66), (50, 92)]),
        line(Second, 16, &[(46, 62), (54, 62)]),
        line(Second, 16, &[(47, 71), (53, 71)]),
        line(Second, 16, &[(47, 80), (53, 80)]),
        oval(Third, 50, 44, 10, 10),
        oval(Coat, 50, 28, 13, 12),
        eyes(Ball, 60, 24, 9),
        mouth(50, 33, 4),
    ],
};

pub(super) const ANT: Sketch = Sketch {
    tones: [lch(46, 12, 30), lch(38, 10, 30), lch(96, 1, 90)],
    parts: &[
        line(Second, 26, &[(56, 70), (70, 64), (80, 74)]).pair(),
        line(Second, 26, &[(56, 74), (72, 76), (78, 88)]).pair(),
        line(Second, 26, &[(58, 26), (68, 18), (70, 7)]).pair(),
        line(Second, 26, &[(55, 66), (70, 56), (84, 58)]).pair(),
        half(Second, &[(50, 74), (64, 78), (66, 90), (50, 97)]),
        oval(Second, 50, 69, 10, 12),
        half(Coat, &[(50, 18), (68, 22), (76, 40), (64, 58), (50, 63)]),
        eyes(Ball, 66, 36, 8),
        mouth(50, 49, 7),
        leaf(Second, (60, 58), (10, 6), 190, Sharp).pair(),
    ],
};
