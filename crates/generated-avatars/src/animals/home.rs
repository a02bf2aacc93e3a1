//! Pets, and animals that live in houses uninvited.

use super::part::Look::{Bead, Iris};
use super::part::Paint::{Coat, Dark, Pink, Second, Shade, Third, White};
use super::part::Tip::{Round, Sharp};
use super::part::{
    Sketch, blob, blush, burst, bust, eyes, half, head, leaf, line, mouth, nose, oval,
};
use crate::colour::lch;

pub(super) const CAT: Sketch = Sketch {
    tones: [lch(64, 3, 255), lch(48, 3, 255), lch(80, 15, 130)],
    parts: &[
        bust(Second, 26),
        leaf(Coat, (70, 42), (31, 26), 17, Sharp).pair(),
        leaf(Pink, (71, 38), (20, 14), 17, Sharp).pair(),
        head(Coat, 24, 86, [24, 38, 26]),
        line(Second, 34, &[(50, 27), (50, 38)]),
        line(Second, 34, &[(59, 29), (58, 37)]).pair(),
        oval(White, 57, 72, 9, 8).pair(),
        eyes(Iris, 66, 53, 7),
        nose(Pink, 65, 8),
        mouth(50, 70, 6),
        line(White, 14, &[(70, 67), (94, 62)]).pair(),
        line(White, 14, &[(70, 72), (92, 75)]).pair(),
    ],
};

pub(super) const DOG: Sketch = Sketch {
    tones: [lch(82, 7, 75), lch(50, 8, 50), lch(65, 18, 25)],
    parts: &[
        bust(Coat, 30),
        oval(Third, 50, 88, 24, 7),
        head(Coat, 18, 86, [25, 31, 24]),
        oval(Second, 65, 46, 11, 14),
        blob(Second, &[(66, 20), (80, 26), (90, 50), (84, 68), (74, 62), (70, 40)]).pair(),
        oval(White, 50, 68, 17, 14),
        eyes(Bead, 63, 48, 4),
        nose(Dark, 61, 14),
        line(Dark, 20, &[(50, 64), (50, 71)]),
        mouth(50, 71, 8),
    ],
};

pub(super) const HAMSTER: Sketch = Sketch {
    tones: [lch(78, 11, 68), lch(97, 2, 80), lch(70, 9, 60)],
    parts: &[
        oval(Coat, 74, 28, 9, 9).pair(),
        oval(Pink, 74, 29, 5, 5).pair(),
        half(Coat, &[(50, 18), (72, 26), (84, 46), (92, 66), (80, 86), (50, 92)]),
        oval(Second, 72, 68, 19, 16).pair(),
        half(Second, &[(50, 36), (56, 46), (58, 70), (62, 84), (50, 90)]),
        eyes(Bead, 66, 46, 5),
        nose(Pink, 58, 7),
        mouth(50, 63, 5),
        oval(Pink, 58, 86, 5, 4).pair(),
        blush(79, 64),
    ],
};

pub(super) const MOUSE: Sketch = Sketch {
    tones: [lch(78, 2, 280), lch(86, 7, 10), lch(92, 1, 280)],
    parts: &[
        bust(Shade, 22),
        oval(Coat, 75, 35, 18, 18).pair(),
        oval(Second, 75, 36, 12, 12).pair(),
        half(Coat, &[(50, 32), (68, 40), (75, 60), (64, 78), (50, 88)]),
        eyes(Bead, 61, 57, 4),
        line(Dark, 12, &[(62, 74), (82, 70)]).pair(),
        line(Dark, 12, &[(62, 78), (80, 82)]).pair(),
        oval(Pink, 50, 80, 6, 5),
    ],
};

pub(super) const POODLE: Sketch = Sketch {
    tones: [lch(88, 4, 20), lch(78, 6, 15), lch(60, 15, 350)],
    parts: &[
        bust(Second, 26),
        burst(Second, (80, 58), 9, (16, 13), Round).pair(),
        head(Coat, 28, 88, [22, 26, 18]),
        burst(Second, (50, 28), 11, (24, 20), Round),
        oval(White, 50, 72, 12, 11),
        eyes(Bead, 62, 55, 4),
        nose(Dark, 66, 11),
        mouth(50, 74, 5),
        leaf(Third, (50, 44), (9, 9), 70, Round).pair(),
    ],
};

pub(super) const RABBIT: Sketch = Sketch {
    tones: [lch(93, 2, 60), lch(84, 4, 55), lch(75, 10, 10)],
    parts: &[
        bust(Second, 26),
        leaf(Coat, (61, 46), (42, 17), 9, Round).pair(),
        leaf(Pink, (62, 44), (32, 9), 9, Round).pair(),
        head(Coat, 35, 89, [22, 32, 24]),
        eyes(Bead, 64, 58, 4),
        nose(Pink, 67, 8),
        line(Dark, 18, &[(50, 69), (50, 72)]),
        half(White, &[(50, 74), (54, 74), (54, 74), (53, 81), (50, 81)]),
        line(Dark, 18, &[(42, 71), (46, 74), (50, 72), (54, 74), (58, 71)]),
        blush(72, 69),
    ],
};
