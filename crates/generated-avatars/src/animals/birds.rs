//! Everything with a beak.

use super::part::Look::{Ball, Bead, Iris};
use super::part::Paint::{Coat, Dark, Second, Shade, Third, White};
use super::part::Tip::{Round, Sharp};
use super::part::{
    Sketch, blob, blush, burst, dots, eye, eyes, half, head, leaf, line, oval, taper,
};
use crate::colour::lch;

pub(super) const OWL: Sketch = Sketch {
    tones: [lch(52, 7, 55), lch(88, 5, 78), lch(82, 16, 80)],
    parts: &[
        half(
            Coat,
            &[(50, 25), (63, 23), (77, 12), (77, 12), (84, 44), (80, 80), (64, 94), (50, 96)],
        ),
        half(Second, &[(50, 66), (66, 70), (66, 86), (50, 95)]),
        leaf(Shade, (50, 74), (9, 9), 180, Sharp),
        leaf(Shade, (60, 72), (9, 9), 180, Sharp).pair(),
        leaf(Shade, (55, 82), (9, 9), 180, Sharp).pair(),
        oval(Second, 66, 46, 17, 18).pair(),
        eyes(Iris, 65, 46, 11),
        half(Third, &[(50, 52), (50, 52), (56, 58), (50, 70), (50, 70)]),
    ],
};

pub(super) const PENGUIN: Sketch = Sketch {
    tones: [lch(30, 3, 260), lch(98, 1, 90), lch(78, 17, 65)],
    parts: &[
        leaf(Coat, (74, 52), (36, 14), 155, Round).pair(),
        half(Coat, &[(50, 8), (70, 16), (78, 40), (82, 70), (74, 96), (50, 106)]),
        half(Second, &[(50, 36), (58, 28), (70, 34), (70, 48), (72, 72), (64, 94), (50, 104)]),
        eyes(Bead, 62, 42, 4),
        half(Third, &[(50, 45), (60, 49), (60, 49), (50, 58)]),
        blush(69, 52),
    ],
};

pub(super) const CHICK: Sketch = Sketch {
    tones: [lch(90, 15, 98), lch(84, 16, 92), lch(72, 17, 55)],
    parts: &[
        leaf(Coat, (50, 22), (14, 7), -22, Round),
        leaf(Coat, (50, 22), (16, 7), 12, Round),
        oval(Coat, 50, 54, 37, 36),
        leaf(Second, (80, 56), (26, 16), 160, Round).pair(),
        eyes(Bead, 63, 46, 4),
        half(Third, &[(50, 50), (59, 55), (59, 55), (50, 62)]),
        line(Dark, 14, &[(42, 55), (50, 57), (58, 55)]),
        blush(72, 56),
        line(Third, 30, &[(58, 88), (60, 94)]).pair(),
    ],
};

pub(super) const ROOSTER: Sketch = Sketch {
    tones: [lch(97, 1, 80), lch(60, 21, 27), lch(80, 16, 78)],
    parts: &[
        half(Coat, &[(50, 24), (66, 30), (72, 56), (86, 84), (80, 108), (50, 112)]),
        leaf(Second, (41, 30), (20, 12), -20, Round),
        leaf(Second, (59, 30), (20, 12), 20, Round),
        leaf(Second, (50, 30), (24, 13), 0, Round),
        oval(Coat, 50, 46, 23, 22),
        leaf(Second, (56, 62), (22, 11), 176, Round).pair(),
        eyes(Bead, 62, 44, 4),
        half(Third, &[(50, 46), (61, 54), (61, 54), (50, 65), (50, 65)]),
        line(Shade, 16, &[(39, 54), (50, 57), (61, 54)]),
    ],
};

pub(super) const TURKEY: Sketch = Sketch {
    tones: [lch(46, 8, 45), lch(68, 15, 52), lch(58, 20, 25)],
    parts: &[
        burst(Second, (50, 50), 13, (45, 35), Round),
        burst(Coat, (50, 52), 13, (36, 28), Round),
        half(Shade, &[(50, 42), (66, 60), (74, 82), (64, 98), (50, 102)]),
        half(Coat, &[(50, 22), (62, 28), (64, 46), (62, 66), (50, 74)]),
        eyes(Ball, 57, 40, 5),
        leaf(Third, (48, 50), (24, 11), 186, Round),
        half(White, &[(50, 44), (56, 49), (56, 49), (50, 57), (50, 57)]),
    ],
};

pub(super) const DUCK: Sketch = Sketch {
    tones: [lch(50, 11, 155), lch(84, 15, 88), lch(52, 6, 50)],
    parts: &[
        half(Third, &[(50, 70), (76, 78), (84, 108), (50, 112)]),
        half(White, &[(50, 72), (66, 72), (69, 80), (50, 86)]),
        head(Coat, 12, 80, [24, 27, 20]),
        eyes(Ball, 64, 38, 6),
        half(Second, &[(50, 46), (58, 49), (74, 58), (76, 68), (62, 71), (50, 72)]),
        line(Shade, 18, &[(27, 64), (40, 67), (50, 66), (60, 67), (73, 64)]),
        dots(Third, 1, &[(54, 53)]).pair(),
    ],
};

pub(super) const SWAN: Sketch = Sketch {
    tones: [lch(98, 1, 230), lch(74, 17, 50), lch(88, 3, 240)],
    parts: &[
        blob(
            Coat,
            &[
                (14, 66),
                (22, 58),
                (44, 62),
                (62, 58),
                (86, 50),
                (86, 50),
                (82, 74),
                (60, 86),
                (30, 84),
            ],
        ),
        blob(Third, &[(44, 68), (62, 62), (80, 58), (80, 58), (72, 76), (54, 78)]),
        taper(Coat, 17, 12, &[(28, 74), (19, 56), (30, 42), (42, 30), (38, 17), (28, 17)]),
        oval(Coat, 30, 20, 10, 8),
        blob(Second, &[(24, 17), (24, 25), (10, 29), (10, 29)]),
        blob(Dark, &[(22, 16), (29, 19), (29, 19), (23, 22)]),
        eye(Bead, 32, 18, 2),
        line(Third, 20, &[(10, 89), (26, 92), (40, 89)]),
        line(Third, 20, &[(56, 92), (70, 89), (82, 91)]),
    ],
};

pub(super) const FLAMINGO: Sketch = Sketch {
    tones: [lch(76, 14, 5), lch(66, 18, 8), lch(96, 2, 60)],
    parts: &[
        line(Second, 28, &[(58, 66), (58, 104)]),
        line(Second, 28, &[(64, 66), (74, 80), (74, 80), (60, 84)]),
        blob(Coat, &[(36, 52), (56, 42), (84, 50), (92, 62), (92, 62), (70, 72), (46, 70)]),
        blob(Second, &[(54, 52), (76, 52), (92, 62), (92, 62), (70, 67), (56, 62)]),
        taper(Coat, 13, 9, &[(44, 64), (30, 56), (32, 42), (46, 32), (46, 18), (34, 14)]),
        oval(Coat, 33, 18, 10, 8),
        blob(Third, &[(26, 14), (30, 26), (22, 32), (18, 26)]),
        blob(Dark, &[(24, 25), (28, 28), (22, 38), (16, 34), (18, 28)]),
        eye(Bead, 34, 16, 2),
    ],
};

pub(super) const EAGLE: Sketch = Sketch {
    tones: [lch(98, 1, 85), lch(36, 5, 45), lch(84, 17, 88)],
    parts: &[
        half(Second, &[(50, 56), (80, 66), (94, 84), (90, 108), (50, 112)]),
        half(
            Coat,
            &[
                (50, 10),
                (68, 16),
                (80, 40),
                (80, 66),
                (88, 80),
                (88, 80),
                (72, 78),
                (66, 90),
                (66, 90),
                (58, 82),
                (50, 94),
                (50, 94),
            ],
        ),
        eyes(Iris, 66, 43, 6),
        line(Second, 44, &[(56, 41), (66, 35), (77, 35)]).pair(),
        half(Third, &[(50, 40), (58, 46), (61, 58), (56, 68), (50, 82), (50, 82)]),
        line(Second, 16, &[(41, 60), (50, 63), (59, 60)]),
    ],
};

pub(super) const PARROT: Sketch = Sketch {
    tones: [lch(60, 21, 27), lch(97, 1, 90), lch(55, 14, 255)],
    parts: &[
        half(Third, &[(50, 56), (76, 66), (88, 90), (80, 110), (50, 112)]),
        leaf(Coat, (50, 20), (14, 10), -24, Round),
        leaf(Coat, (50, 20), (16, 10), 16, Round),
        half(Coat, &[(50, 12), (72, 20), (80, 48), (74, 76), (62, 88), (50, 90)]),
        oval(Second, 67, 46, 12, 14).pair(),
        eyes(Bead, 66, 44, 4),
        half(Dark, &[(50, 38), (59, 46), (60, 60), (54, 66), (50, 78), (50, 78)]),
        half(Second, &[(50, 39), (55, 42), (55, 46), (50, 47)]),
    ],
};

pub(super) const TOUCAN: Sketch = Sketch {
    tones: [lch(28, 2, 280), lch(78, 18, 65), lch(98, 2, 100)],
    parts: &[
        blob(
            Coat,
            &[
                (58, 12),
                (76, 20),
                (84, 46),
                (90, 84),
                (84, 112),
                (40, 112),
                (42, 70),
                (36, 40),
                (42, 20),
            ],
        ),
        blob(Third, &[(42, 40), (62, 34), (74, 46), (70, 66), (56, 76), (42, 66)]),
        blob(
            Second,
            &[
                (54, 30),
                (44, 21),
                (22, 21),
                (7, 36),
                (7, 52),
                (12, 58),
                (16, 48),
                (32, 48),
                (54, 50),
            ],
        ),
        blob(Dark, &[(14, 28), (7, 38), (7, 52), (12, 58), (15, 46)]),
        line(Shade, 16, &[(15, 46), (32, 42), (53, 42)]),
        oval(Second, 63, 36, 7, 7),
        eye(Ball, 63, 36, 4),
    ],
};

pub(super) const PEACOCK: Sketch = Sketch {
    tones: [lch(46, 16, 262), lch(60, 14, 160), lch(84, 16, 90)],
    parts: &[
        burst(Second, (50, 54), 13, (45, 36), Round),
        dots(Third, 5, &[(50, 16), (67, 20), (81, 32), (87, 48), (86, 66)]).pair(),
        dots(Coat, 3, &[(50, 16), (67, 20), (81, 32), (87, 48), (86, 66)]).pair(),
        half(Coat, &[(50, 36), (60, 42), (61, 58), (70, 80), (66, 98), (50, 104)]),
        line(Coat, 14, &[(50, 38), (50, 24)]),
        line(Coat, 14, &[(52, 38), (58, 26)]).pair(),
        dots(Coat, 3, &[(50, 23), (58, 25)]).pair(),
        eyes(Ball, 56, 47, 4),
        half(Third, &[(50, 50), (55, 54), (55, 54), (50, 60), (50, 60)]),
    ],
};

pub(super) const RAVEN: Sketch = Sketch {
    tones: [lch(30, 4, 275), lch(45, 4, 270), lch(38, 6, 280)],
    parts: &[
        blob(
            Coat,
            &[
                (52, 18),
                (70, 24),
                (78, 46),
                (92, 80),
                (92, 108),
                (36, 112),
                (36, 76),
                (32, 44),
                (38, 24),
            ],
        ),
        leaf(Third, (74, 60), (40, 20), 164, Sharp),
        blob(Second, &[(42, 32), (30, 33), (8, 50), (8, 50), (26, 52), (44, 50)]),
        line(Coat, 16, &[(12, 49), (28, 44), (43, 42)]),
        leaf(Coat, (58, 22), (14, 8), 50, Sharp),
        leaf(Coat, (64, 28), (14, 8), 66, Sharp),
        eye(Ball, 53, 36, 6),
    ],
};

pub(super) const ROBIN: Sketch = Sketch {
    tones: [lch(52, 5, 65), lch(66, 19, 42), lch(95, 2, 80)],
    parts: &[
        blob(Coat, &[(72, 66), (92, 62), (96, 70), (96, 70), (80, 80)]),
        oval(Coat, 48, 54, 35, 35),
        blob(Third, &[(20, 66), (50, 60), (72, 72), (60, 88), (44, 90), (26, 82)]),
        blob(Second, &[(22, 34), (36, 32), (52, 44), (54, 62), (40, 74), (22, 72), (13, 54)]),
        leaf(Shade, (60, 48), (36, 20), 140, Sharp),
        blob(Dark, &[(16, 42), (16, 50), (6, 47), (6, 47)]),
        eye(Bead, 34, 39, 4),
        line(Dark, 22, &[(42, 88), (42, 95)]),
        line(Dark, 22, &[(54, 88), (54, 95)]),
    ],
};

pub(super) const PUFFIN: Sketch = Sketch {
    tones: [lch(28, 2, 270), lch(97, 1, 90), lch(66, 20, 40)],
    parts: &[
        half(Coat, &[(50, 60), (78, 70), (86, 108), (50, 112)]),
        half(Second, &[(50, 78), (66, 80), (70, 108), (50, 112)]),
        head(Coat, 12, 84, [27, 33, 24]),
        oval(Second, 66, 50, 16, 22).pair(),
        half(Coat, &[(50, 12), (56, 20), (54, 44), (50, 50)]),
        leaf(Dark, (66, 40), (11, 5), 0, Sharp).pair(),
        eyes(Bead, 66, 44, 4),
        half(Third, &[(50, 42), (60, 52), (61, 68), (50, 84), (50, 84)]),
        line(Second, 26, &[(40, 55), (50, 61), (60, 55)]),
        half(Coat, &[(50, 40), (57, 48), (58, 53), (50, 57)]),
    ],
};

pub(super) const OSTRICH: Sketch = Sketch {
    tones: [lch(80, 5, 40), lch(30, 2, 290), lch(74, 15, 60)],
    parts: &[
        burst(Second, (50, 96), 13, (34, 27), Round),
        taper(Coat, 15, 12, &[(50, 110), (50, 78), (50, 46)]),
        burst(Second, (50, 22), 11, (17, 9), Sharp),
        half(Coat, &[(50, 16), (64, 22), (71, 38), (62, 52), (50, 56)]),
        eyes(Ball, 64, 33, 8),
        half(Third, &[(50, 40), (62, 45), (66, 52), (50, 57)]),
        dots(Dark, 1, &[(53, 45)]).pair(),
    ],
};
