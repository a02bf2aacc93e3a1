//! Life in the water.

use super::part::Look::{Ball, Bead};
use super::part::Paint::{Coat, Dark, Pink, Second, Shade, Third, White};
use super::part::Tip::{Round, Sharp};
use super::part::{
    Sketch, blob, blush, burst, dots, eye, eyes, half, head, leaf, line, mouth, nose, oval, taper,
};
use crate::colour::lch;

pub(super) const WHALE: Sketch = Sketch {
    tones: [lch(55, 11, 250), lch(90, 3, 230), lch(97, 1, 230)],
    parts: &[
        line(Third, 34, &[(36, 36), (36, 22), (24, 16), (20, 22)]),
        line(Third, 34, &[(36, 36), (36, 22), (48, 16), (52, 22)]),
        blob(
            Coat,
            &[
                (74, 58),
                (84, 44),
                (74, 34),
                (74, 34),
                (88, 36),
                (94, 30),
                (94, 30),
                (94, 48),
                (84, 72),
            ],
        ),
        blob(
            Coat,
            &[
                (12, 62),
                (20, 44),
                (40, 37),
                (62, 46),
                (78, 52),
                (86, 62),
                (70, 80),
                (40, 84),
                (18, 78),
            ],
        ),
        blob(Second, &[(13, 67), (34, 70), (60, 70), (70, 80), (54, 83), (40, 84), (18, 78)]),
        leaf(Shade, (52, 68), (18, 12), 140, Round),
        eye(Bead, 26, 59, 3),
        line(Dark, 18, &[(13, 66), (24, 68), (34, 66)]),
    ],
};

pub(super) const ORCA: Sketch = Sketch {
    tones: [lch(28, 2, 260), lch(98, 1, 90), lch(50, 3, 260)],
    parts: &[
        blob(Coat, &[(42, 36), (50, 8), (50, 8), (58, 22), (64, 42)]),
        blob(
            Coat,
            &[
                (76, 62),
                (82, 80),
                (74, 92),
                (74, 92),
                (86, 88),
                (94, 92),
                (94, 92),
                (94, 72),
                (84, 56),
            ],
        ),
        blob(
            Coat,
            &[
                (7, 58),
                (16, 42),
                (40, 32),
                (66, 40),
                (88, 64),
                (86, 72),
                (64, 72),
                (38, 78),
                (16, 74),
            ],
        ),
        blob(Second, &[(8, 62), (24, 62), (42, 68), (62, 64), (66, 72), (38, 78), (16, 74)]),
        oval(Second, 31, 48, 9, 5).turn(-12),
        oval(Third, 58, 46, 8, 4).turn(20),
        leaf(Coat, (44, 66), (24, 14), 150, Round),
        eye(Ball, 20, 55, 3),
    ],
};

pub(super) const DOLPHIN: Sketch = Sketch {
    tones: [lch(66, 7, 235), lch(94, 2, 220), lch(90, 5, 220)],
    parts: &[
        blob(Coat, &[(50, 30), (64, 14), (64, 14), (66, 26), (70, 40)]),
        blob(
            Coat,
            &[
                (77, 70),
                (76, 80),
                (64, 91),
                (64, 91),
                (78, 88),
                (86, 80),
                (91, 68),
                (91, 68),
                (84, 73),
            ],
        ),
        blob(
            Coat,
            &[
                (5, 58),
                (12, 54),
                (20, 50),
                (28, 34),
                (50, 25),
                (74, 38),
                (86, 64),
                (82, 78),
                (72, 68),
                (54, 62),
                (34, 66),
                (20, 63),
                (8, 62),
            ],
        ),
        blob(
            Second,
            &[(8, 61), (22, 58), (40, 56), (60, 58), (74, 70), (54, 62), (34, 66), (20, 63)],
        ),
        leaf(Shade, (44, 56), (24, 12), 160, Sharp),
        eye(Bead, 30, 48, 3),
        line(Dark, 14, &[(10, 58), (20, 58), (26, 55)]),
    ],
};

pub(super) const NARWHAL: Sketch = Sketch {
    tones: [lch(74, 5, 260), lch(93, 1, 250), lch(92, 6, 90)],
    parts: &[
        leaf(Third, (27, 49), (34, 8), -20, Sharp),
        line(Shade, 12, &[(19, 38), (25, 38)]),
        line(Shade, 12, &[(17, 30), (21, 30)]),
        blob(
            Coat,
            &[
                (78, 68),
                (88, 58),
                (82, 44),
                (82, 44),
                (92, 48),
                (95, 60),
                (95, 60),
                (94, 74),
                (84, 80),
            ],
        ),
        blob(
            Coat,
            &[(14, 66), (20, 48), (42, 40), (66, 50), (84, 66), (80, 80), (56, 86), (28, 84)],
        ),
        blob(Second, &[(15, 72), (36, 74), (62, 76), (76, 82), (56, 86), (28, 84)]),
        dots(Shade, 3, &[(50, 50), (60, 55), (70, 64)]),
        dots(Shade, 2, &[(56, 60), (44, 52), (66, 58)]),
        leaf(Shade, (46, 72), (16, 12), 160, Round),
        eye(Bead, 29, 60, 4),
        mouth(22, 69, 5),
    ],
};

pub(super) const SHARK: Sketch = Sketch {
    tones: [lch(58, 5, 240), lch(96, 1, 230), lch(62, 17, 20)],
    parts: &[
        half(Shade, &[(50, 4), (50, 4), (55, 16), (58, 32), (50, 34)]),
        blob(Shade, &[(74, 60), (96, 72), (96, 72), (78, 78)]).pair(),
        half(Coat, &[(50, 20), (68, 30), (80, 54), (76, 80), (50, 94)]),
        half(Second, &[(50, 58), (66, 56), (79, 60), (74, 82), (50, 94)]),
        half(Third, &[(50, 62), (71, 64), (71, 64), (64, 78), (50, 83)]),
        leaf(White, (50, 61), (9, 9), 180, Sharp),
        leaf(White, (58, 61), (9, 9), 180, Sharp).pair(),
        leaf(White, (66, 62), (8, 8), 180, Sharp).pair(),
        eyes(Bead, 68, 47, 4),
        dots(Shade, 2, &[(55, 52)]).pair(),
    ],
};

pub(super) const SEAL: Sketch = Sketch {
    tones: [lch(82, 2, 250), lch(94, 1, 250), lch(60, 2, 250)],
    parts: &[
        half(Shade, &[(50, 60), (82, 72), (98, 110), (50, 112)]),
        head(Coat, 16, 88, [28, 36, 28]),
        dots(Third, 2, &[(58, 24), (66, 30), (50, 29)]).pair(),
        eyes(Bead, 67, 48, 7),
        oval(Second, 58, 68, 12, 11).pair(),
        nose(Dark, 60, 12),
        dots(Third, 1, &[(60, 67), (65, 70), (60, 72)]).pair(),
        line(Third, 11, &[(68, 66), (88, 62)]).pair(),
        line(Third, 11, &[(68, 70), (88, 72)]).pair(),
        mouth(50, 68, 5),
    ],
};

pub(super) const WALRUS: Sketch = Sketch {
    tones: [lch(58, 7, 40), lch(76, 6, 55), lch(98, 2, 95)],
    parts: &[
        half(Shade, &[(50, 56), (84, 66), (98, 108), (50, 112)]),
        head(Coat, 12, 80, [26, 32, 26]),
        taper(Third, 9, 4, &[(60, 70), (62, 82), (60, 95)]).pair(),
        oval(Second, 61, 64, 14, 11).pair(),
        eyes(Bead, 65, 40, 4),
        nose(Dark, 54, 13),
        dots(Shade, 1, &[(58, 63), (64, 61), (63, 67), (69, 65)]).pair(),
        blush(74, 50),
    ],
};

pub(super) const FISH: Sketch = Sketch {
    tones: [lch(70, 18, 50), lch(98, 1, 90), lch(30, 3, 50)],
    parts: &[
        blob(
            Coat,
            &[(70, 52), (84, 36), (93, 36), (93, 36), (90, 52), (93, 68), (93, 68), (84, 68)],
        ),
        blob(Coat, &[(36, 34), (46, 16), (62, 20), (66, 36)]),
        blob(Coat, &[(42, 70), (46, 86), (58, 86), (62, 70)]),
        blob(
            Coat,
            &[(8, 52), (22, 34), (46, 27), (68, 40), (80, 52), (68, 64), (46, 77), (22, 70)],
        ),
        blob(Second, &[(32, 30), (42, 28), (46, 42), (42, 60), (42, 76), (32, 74), (35, 52)]),
        blob(Second, &[(62, 35), (69, 41), (71, 52), (69, 63), (62, 69), (64, 52)]),
        leaf(Shade, (48, 52), (16, 14), 100, Round),
        eye(Ball, 22, 47, 6),
        line(Third, 18, &[(9, 57), (15, 59), (19, 57)]),
    ],
};

pub(super) const PUFFERFISH: Sketch = Sketch {
    tones: [lch(86, 14, 95), lch(97, 2, 95), lch(60, 13, 70)],
    parts: &[
        burst(Coat, (50, 52), 17, (45, 33), Sharp),
        oval(Coat, 50, 52, 35, 34),
        half(Second, &[(50, 62), (76, 58), (80, 66), (68, 82), (50, 87)]),
        dots(Third, 3, &[(56, 26), (66, 30)]).pair(),
        eyes(Ball, 69, 46, 9),
        leaf(Third, (80, 62), (14, 14), 98, Round).pair(),
        oval(Pink, 50, 60, 6, 5),
        oval(Dark, 50, 60, 3, 2),
        blush(72, 62),
    ],
};

pub(super) const OCTOPUS: Sketch = Sketch {
    tones: [lch(62, 17, 350), lch(80, 10, 350), lch(54, 17, 350)],
    parts: &[
        line(Third, 90, &[(60, 64), (76, 66), (86, 60), (86, 52)]).pair(),
        taper(Coat, 14, 5, &[(58, 66), (74, 80), (90, 72)]).pair(),
        line(Third, 90, &[(56, 66), (60, 82), (68, 88), (76, 87)]).pair(),
        taper(Coat, 13, 6, &[(54, 66), (54, 84), (58, 95)]).pair(),
        half(Coat, &[(50, 8), (72, 16), (79, 40), (70, 62), (66, 74), (50, 76)]),
        oval(Second, 34, 20, 4, 5).turn(30),
        eyes(Bead, 62, 48, 5),
        mouth(50, 58, 6),
        blush(71, 57),
    ],
};

pub(super) const SQUID: Sketch = Sketch {
    tones: [lch(70, 12, 30), lch(84, 8, 40), lch(60, 13, 28)],
    parts: &[
        taper(Third, 9, 4, &[(62, 66), (74, 78), (78, 88)]).pair(),
        taper(Coat, 8, 4, &[(57, 66), (62, 82), (60, 94)]).pair(),
        taper(Third, 8, 4, &[(52, 66), (52, 84), (51, 96)]).pair(),
        half(Third, &[(50, 6), (50, 6), (70, 24), (84, 36), (84, 36), (66, 40), (50, 42)]),
        half(Coat, &[(50, 6), (50, 6), (62, 26), (68, 50), (64, 70), (50, 74)]),
        dots(Second, 3, &[(44, 24), (52, 32), (42, 38)]),
        eyes(Ball, 63, 56, 7),
        mouth(50, 65, 4),
    ],
};

pub(super) const JELLYFISH: Sketch = Sketch {
    tones: [lch(72, 13, 310), lch(86, 7, 310), lch(64, 14, 310)],
    parts: &[
        line(Third, 34, &[(50, 56), (46, 66), (54, 78), (48, 92)]),
        line(Second, 34, &[(60, 56), (66, 68), (58, 80), (64, 90)]).pair(),
        line(Third, 34, &[(72, 56), (78, 66), (72, 76), (77, 84)]).pair(),
        half(
            Coat,
            &[
                (50, 10),
                (74, 18),
                (88, 44),
                (86, 60),
                (86, 60),
                (74, 56),
                (62, 62),
                (62, 62),
                (56, 58),
                (50, 57),
            ],
        ),
        oval(Second, 32, 27, 8, 5).turn(-40),
        eyes(Bead, 61, 42, 4),
        mouth(50, 47, 5),
        blush(71, 48),
    ],
};

pub(super) const CRAB: Sketch = Sketch {
    tones: [lch(63, 20, 30), lch(54, 19, 28), lch(78, 13, 40)],
    parts: &[
        line(Second, 42, &[(72, 68), (86, 70), (88, 80)]).pair(),
        line(Second, 42, &[(66, 74), (78, 80), (78, 89)]).pair(),
        line(Second, 48, &[(74, 60), (85, 55), (80, 43)]).pair(),
        blob(
            Coat,
            &[
                (77, 46),
                (70, 37),
                (69, 23),
                (76, 15),
                (77, 30),
                (77, 30),
                (85, 22),
                (90, 34),
                (86, 45),
            ],
        )
        .pair(),
        line(Coat, 36, &[(58, 50), (60, 38)]).pair(),
        half(Coat, &[(50, 46), (70, 48), (82, 62), (72, 80), (50, 85)]),
        dots(Third, 2, &[(66, 56), (72, 62), (60, 53)]).pair(),
        eyes(Ball, 60, 36, 7),
        mouth(50, 66, 8),
        blush(68, 70),
    ],
};

pub(super) const LOBSTER: Sketch = Sketch {
    tones: [lch(52, 17, 20), lch(44, 15, 20), lch(66, 14, 30)],
    parts: &[
        line(Second, 18, &[(54, 40), (60, 20), (62, 6)]).pair(),
        line(Second, 50, &[(58, 52), (74, 50), (78, 40)]).pair(),
        blob(
            Coat,
            &[
                (72, 43),
                (66, 30),
                (71, 17),
                (76, 14),
                (77, 28),
                (77, 28),
                (84, 21),
                (88, 33),
                (83, 44),
            ],
        )
        .pair(),
        line(Second, 30, &[(60, 60), (78, 62)]).pair(),
        line(Second, 30, &[(60, 67), (76, 72)]).pair(),
        leaf(Coat, (56, 84), (18, 12), 130, Round).pair(),
        leaf(Second, (50, 84), (13, 13), 180, Round),
        half(Coat, &[(50, 34), (60, 42), (64, 56), (60, 74), (58, 86), (50, 88)]),
        line(Third, 20, &[(41, 68), (50, 71), (59, 68)]),
        line(Third, 20, &[(42, 75), (50, 78), (58, 75)]),
        eyes(Ball, 57, 45, 5),
        mouth(50, 55, 4),
    ],
};

pub(super) const SEAHORSE: Sketch = Sketch {
    tones: [lch(80, 15, 78), lch(68, 15, 58), lch(90, 10, 88)],
    parts: &[
        burst(Second, (55, 26), 10, (23, 15), Sharp),
        blob(Second, &[(64, 46), (84, 44), (86, 58), (72, 66)]),
        taper(Coat, 12, 3, &[(58, 70), (52, 84), (42, 92), (34, 86), (38, 78), (44, 82)]),
        taper(Coat, 20, 14, &[(54, 32), (62, 48), (62, 60), (56, 76)]),
        taper(Third, 9, 6, &[(52, 46), (55, 56), (52, 70)]),
        oval(Coat, 52, 26, 15, 14),
        taper(Coat, 11, 9, &[(44, 30), (30, 36), (20, 40)]),
        eye(Ball, 49, 24, 6),
        line(Second, 18, &[(60, 46), (70, 44)]),
        line(Second, 18, &[(62, 55), (71, 55)]),
        line(Second, 18, &[(59, 65), (67, 68)]),
    ],
};

pub(super) const STARFISH: Sketch = Sketch {
    tones: [lch(74, 16, 45), lch(86, 10, 70), lch(64, 17, 40)],
    parts: &[
        burst(Third, (50, 54), 5, (46, 24), Sharp),
        burst(Coat, (50, 53), 5, (42, 22), Sharp),
        oval(Coat, 50, 54, 24, 23),
        dots(Second, 3, &[(50, 22), (79, 45), (68, 79)]).pair(),
        dots(Second, 2, &[(50, 31), (71, 48), (63, 73)]).pair(),
        eyes(Bead, 59, 50, 4),
        mouth(50, 57, 7),
        blush(66, 58),
    ],
};
