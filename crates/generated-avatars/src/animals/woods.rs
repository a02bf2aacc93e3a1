//! Bears, foxes and the small folk of the woods.

use super::part::Look::{Ball, Bead, Iris, Slit};
use super::part::Paint::{Coat, Dark, Pink, Second, Shade, Third, White};
use super::part::Tip::{Round, Sharp};
use super::part::{
    Sketch, blob, blush, burst, bust, dots, eye, eyes, half, head, leaf, line, mouth, nose, oval,
    taper,
};
use crate::colour::lch;

pub(super) const BADGER: Sketch = Sketch {
    tones: [lch(97, 1, 90), lch(28, 1, 270), lch(62, 2, 260)],
    parts: &[
        bust(Third, 32),
        oval(Second, 75, 30, 8, 8).pair(),
        oval(Coat, 76, 29, 4, 4).pair(),
        half(Coat, &[(50, 20), (68, 26), (80, 54), (64, 80), (50, 90)]),
        blob(Second, &[(58, 23), (68, 27), (72, 44), (72, 62), (62, 74), (57, 60), (57, 40)])
            .pair(),
        eyes(Ball, 64, 53, 4),
        oval(Dark, 50, 80, 8, 6),
    ],
};

pub(super) const BAT: Sketch = Sketch {
    tones: [lch(42, 7, 305), lch(30, 5, 305), lch(70, 10, 350)],
    parts: &[
        blob(
            Second,
            &[
                (56, 62),
                (74, 40),
                (94, 38),
                (94, 38),
                (93, 72),
                (93, 72),
                (82, 68),
                (76, 80),
                (76, 80),
                (64, 74),
            ],
        )
        .pair(),
        half(Coat, &[(50, 60), (64, 70), (60, 88), (50, 94)]),
        leaf(Coat, (63, 42), (30, 20), 15, Sharp).pair(),
        leaf(Third, (64, 40), (21, 11), 15, Sharp).pair(),
        head(Coat, 30, 76, [20, 25, 18]),
        eyes(Ball, 60, 51, 6),
        oval(Third, 50, 59, 4, 3),
        half(Dark, &[(50, 64), (60, 64), (60, 64), (54, 70), (50, 71)]),
        leaf(White, (56, 64), (7, 4), 180, Sharp).pair(),
    ],
};

pub(super) const BEAR: Sketch = Sketch {
    tones: [lch(52, 8, 55), lch(80, 6, 70), lch(40, 7, 50)],
    parts: &[
        bust(Third, 32),
        oval(Coat, 76, 27, 12, 12).pair(),
        oval(Second, 75, 28, 7, 7).pair(),
        head(Coat, 17, 86, [27, 37, 25]),
        oval(Second, 50, 69, 16, 13),
        eyes(Bead, 65, 49, 4),
        nose(Dark, 63, 13),
        mouth(50, 71, 6),
        blush(76, 62),
    ],
};

pub(super) const BEAVER: Sketch = Sketch {
    tones: [lch(50, 8, 50), lch(72, 7, 65), lch(36, 5, 45)],
    parts: &[
        blob(Third, &[(70, 78), (86, 60), (94, 36), (84, 26), (74, 40), (66, 70)]),
        bust(Shade, 28),
        oval(Coat, 24, 30, 8, 8),
        oval(Coat, 68, 30, 8, 8),
        blob(
            Coat,
            &[(46, 20), (66, 28), (76, 54), (68, 76), (46, 84), (24, 76), (16, 54), (26, 28)],
        ),
        oval(Second, 46, 66, 19, 14),
        eye(Bead, 33, 46, 4),
        eye(Bead, 59, 46, 4),
        blob(
            White,
            &[(39, 72), (39, 72), (53, 72), (53, 72), (52, 85), (52, 85), (40, 85), (40, 85)],
        ),
        line(Dark, 14, &[(46, 73), (46, 84)]),
        oval(Dark, 46, 59, 8, 6),
        line(Dark, 20, &[(36, 70), (41, 73), (46, 70), (51, 73), (56, 70)]),
    ],
};

pub(super) const FOX: Sketch = Sketch {
    tones: [lch(68, 16, 48), lch(97, 2, 80), lch(30, 4, 40)],
    parts: &[
        bust(Coat, 26),
        leaf(Coat, (69, 40), (31, 25), 16, Sharp).pair(),
        leaf(Third, (72, 29), (18, 14), 16, Sharp).pair(),
        half(Coat, &[(50, 28), (72, 33), (88, 60), (88, 60), (70, 76), (50, 89)]),
        blob(Second, &[(88, 60), (88, 60), (70, 76), (50, 89), (50, 72), (64, 61)]).pair(),
        eyes(Bead, 65, 53, 4),
        oval(Dark, 50, 84, 6, 5),
    ],
};

pub(super) const HEDGEHOG: Sketch = Sketch {
    tones: [lch(84, 6, 72), lch(46, 5, 50), lch(56, 6, 52)],
    parts: &[
        burst(Second, (50, 50), 21, (45, 34), Sharp),
        burst(Third, (50, 52), 19, (36, 28), Sharp),
        oval(Coat, 76, 44, 7, 7).pair(),
        half(Coat, &[(50, 48), (66, 40), (78, 58), (70, 78), (50, 86)]),
        eyes(Bead, 63, 58, 4),
        oval(Dark, 50, 69, 6, 5),
        mouth(50, 77, 5),
        blush(69, 69),
    ],
};

pub(super) const KOALA: Sketch = Sketch {
    tones: [lch(73, 1, 60), lch(91, 3, 350), lch(58, 1, 60)],
    parts: &[
        bust(Third, 30),
        burst(Coat, (79, 38), 11, (17, 14), Round).pair(),
        oval(Second, 79, 39, 10, 11).pair(),
        head(Coat, 20, 87, [25, 33, 24]),
        eyes(Bead, 66, 50, 4),
        oval(Dark, 50, 60, 7, 11),
        mouth(50, 76, 5),
        blush(70, 66),
    ],
};

pub(super) const LYNX: Sketch = Sketch {
    tones: [lch(74, 8, 65), lch(95, 2, 80), lch(82, 14, 105)],
    parts: &[
        bust(Shade, 26),
        leaf(Coat, (68, 40), (26, 22), 12, Sharp).pair(),
        line(Dark, 30, &[(73, 16), (73, 11)]).pair(),
        leaf(Dark, (71, 28), (14, 10), 12, Sharp).pair(),
        blob(Second, &[(72, 50), (90, 64), (90, 64), (83, 71), (86, 81), (86, 81), (62, 84)])
            .pair(),
        head(Coat, 24, 84, [24, 32, 22]),
        dots(Shade, 2, &[(60, 32), (66, 38), (50, 36), (57, 40)]).pair(),
        oval(Second, 58, 70, 10, 9).pair(),
        eyes(Slit, 64, 52, 6),
        nose(Dark, 64, 9),
        mouth(50, 69, 6),
    ],
};

pub(super) const MOLE: Sketch = Sketch {
    tones: [lch(38, 3, 300), lch(78, 10, 15), lch(55, 6, 50)],
    parts: &[
        half(Coat, &[(50, 14), (74, 24), (82, 52), (80, 100), (50, 104)]),
        oval(Third, 50, 100, 46, 18),
        burst(Second, (50, 54), 10, (13, 8), Round),
        oval(Second, 50, 54, 9, 9),
        eyes(Ball, 67, 40, 5),
        dots(Dark, 2, &[(53, 54)]).pair(),
        mouth(50, 68, 5),
        oval(Second, 74, 84, 12, 9).pair(),
        leaf(White, (67, 88), (8, 5), 190, Sharp).pair(),
        leaf(White, (74, 90), (8, 5), 180, Sharp).pair(),
        leaf(White, (81, 88), (8, 5), 170, Sharp).pair(),
    ],
};

pub(super) const OTTER: Sketch = Sketch {
    tones: [lch(50, 6, 55), lch(86, 4, 75), lch(38, 5, 50)],
    parts: &[
        bust(Coat, 30),
        oval(Coat, 81, 38, 7, 7).pair(),
        oval(Third, 81, 39, 4, 4).pair(),
        head(Coat, 24, 88, [28, 36, 26]),
        half(Second, &[(50, 56), (66, 54), (84, 66), (72, 84), (50, 88)]),
        eyes(Bead, 67, 47, 4),
        nose(Dark, 58, 15),
        line(Dark, 20, &[(50, 62), (50, 68)]),
        mouth(50, 68, 8),
        line(Third, 12, &[(72, 66), (92, 62)]).pair(),
        line(Third, 12, &[(72, 71), (90, 73)]).pair(),
    ],
};

pub(super) const PANDA: Sketch = Sketch {
    tones: [lch(97, 1, 100), lch(30, 2, 280), lch(80, 5, 60)],
    parts: &[
        bust(Second, 32),
        oval(Second, 77, 26, 12, 12).pair(),
        head(Coat, 17, 86, [25, 38, 26]),
        oval(Second, 65, 51, 9, 12).turn(-25).pair(),
        eyes(Ball, 64, 50, 5),
        nose(Dark, 65, 10),
        mouth(50, 71, 6),
        blush(76, 67),
    ],
};

pub(super) const RACCOON: Sketch = Sketch {
    tones: [lch(64, 2, 260), lch(30, 2, 270), lch(96, 1, 90)],
    parts: &[
        bust(Shade, 26),
        leaf(Second, (70, 38), (25, 22), 22, Round).pair(),
        leaf(Third, (70, 37), (16, 12), 22, Round).pair(),
        half(Coat, &[(50, 22), (70, 28), (88, 58), (88, 58), (70, 77), (50, 87)]),
        blob(Third, &[(58, 40), (76, 44), (88, 58), (88, 58), (66, 78), (50, 87), (50, 66)]).pair(),
        blob(Second, &[(54, 50), (68, 46), (82, 58), (84, 64), (68, 66), (56, 60)]).pair(),
        half(Coat, &[(50, 24), (55, 44), (54, 64), (50, 66)]),
        eyes(Ball, 66, 56, 4),
        nose(Dark, 71, 12),
        mouth(50, 78, 5),
    ],
};

pub(super) const SKUNK: Sketch = Sketch {
    tones: [lch(32, 2, 300), lch(97, 1, 90), lch(22, 2, 300)],
    parts: &[
        taper(Third, 20, 26, &[(66, 96), (84, 70), (80, 36), (66, 20)]),
        taper(Second, 8, 10, &[(68, 92), (82, 70), (79, 40), (68, 26)]),
        bust(Coat, 24),
        oval(Coat, 26, 42, 8, 8),
        oval(Coat, 62, 40, 8, 8),
        blob(
            Coat,
            &[(44, 32), (62, 40), (72, 60), (62, 78), (44, 88), (26, 78), (16, 60), (26, 40)],
        ),
        blob(Second, &[(44, 32), (51, 34), (48, 60), (48, 72), (40, 72), (40, 60), (37, 34)]),
        eye(Ball, 29, 60, 5),
        eye(Ball, 59, 60, 5),
        oval(Pink, 44, 77, 6, 5),
    ],
};

pub(super) const SQUIRREL: Sketch = Sketch {
    tones: [lch(58, 13, 42), lch(92, 4, 70), lch(48, 12, 38)],
    parts: &[
        taper(Third, 34, 14, &[(64, 92), (82, 74), (82, 44), (76, 22), (62, 18)]),
        taper(Coat, 18, 6, &[(66, 90), (80, 72), (80, 46), (74, 28)]),
        half(Coat, &[(50, 70), (66, 80), (70, 110), (50, 112)]),
        leaf(Coat, (36, 46), (26, 12), -14, Sharp),
        leaf(Coat, (54, 46), (26, 12), 14, Sharp),
        blob(
            Coat,
            &[(45, 36), (62, 42), (73, 62), (64, 76), (45, 82), (26, 76), (17, 62), (28, 42)],
        ),
        blob(
            Second,
            &[(45, 62), (60, 58), (70, 66), (62, 76), (45, 82), (28, 76), (20, 66), (30, 58)],
        ),
        eye(Bead, 33, 56, 4),
        eye(Bead, 57, 56, 4),
        oval(Dark, 45, 64, 4, 3),
        mouth(45, 69, 5),
    ],
};

pub(super) const WOLF: Sketch = Sketch {
    tones: [lch(55, 3, 255), lch(93, 1, 250), lch(84, 15, 90)],
    parts: &[
        half(Shade, &[(50, 60), (80, 68), (88, 82), (80, 100), (50, 110)]),
        leaf(Coat, (66, 36), (28, 20), 8, Sharp).pair(),
        leaf(Pink, (67, 34), (16, 9), 8, Sharp).pair(),
        half(
            Coat,
            &[
                (50, 24),
                (70, 30),
                (79, 48),
                (89, 60),
                (89, 60),
                (80, 66),
                (82, 76),
                (82, 76),
                (66, 78),
                (50, 92),
            ],
        ),
        blob(Second, &[(50, 58), (60, 56), (72, 60), (76, 70), (64, 78), (50, 91)]).pair(),
        half(Coat, &[(50, 44), (57, 54), (56, 74), (50, 78)]),
        eyes(Iris, 65, 52, 5),
        line(Dark, 28, &[(57, 47), (65, 45), (71, 48)]).pair(),
        nose(Dark, 78, 13),
        line(Dark, 20, &[(50, 82), (50, 86)]),
    ],
};
