//! Great cats, apes and other large animals of warm countries.

use super::part::Look::{Ball, Bead, Iris, Slit};
use super::part::Paint::{Coat, Dark, Pink, Second, Shade, Third, White};
use super::part::Tip::{Round, Sharp};
use super::part::{
    Sketch, blob, blush, burst, bust, dots, eyes, half, head, leaf, line, mouth, nose, oval, taper,
};
use crate::colour::lch;

pub(super) const CHEETAH: Sketch = Sketch {
    tones: [lch(83, 10, 82), lch(97, 2, 90), lch(30, 3, 60)],
    parts: &[
        bust(Coat, 26),
        oval(Coat, 72, 28, 10, 10).pair(),
        oval(Third, 73, 28, 5, 5).pair(),
        head(Coat, 20, 86, [24, 32, 21]),
        dots(
            Third,
            2,
            &[(55, 26), (64, 31), (58, 35), (50, 38), (72, 39), (78, 48), (77, 58), (72, 68)],
        )
        .pair(),
        oval(Second, 58, 73, 10, 9).pair(),
        line(Third, 26, &[(60, 53), (61, 62), (66, 70)]).pair(),
        eyes(Bead, 65, 50, 4),
        nose(Dark, 65, 11),
        mouth(50, 71, 7),
    ],
};

pub(super) const ELEPHANT: Sketch = Sketch {
    tones: [lch(65, 5, 250), lch(80, 6, 10), lch(55, 5, 250)],
    parts: &[
        bust(Third, 22),
        blob(Coat, &[(62, 26), (80, 20), (95, 36), (93, 60), (78, 72), (66, 64)]).pair(),
        blob(Second, &[(68, 32), (80, 28), (88, 40), (86, 56), (76, 63), (68, 56)]).pair(),
        head(Coat, 18, 74, [21, 25, 20]),
        taper(White, 7, 3, &[(62, 66), (66, 76), (74, 80)]).pair(),
        taper(Coat, 24, 12, &[(50, 56), (50, 72), (48, 84), (40, 90), (33, 85)]),
        line(Third, 18, &[(43, 66), (50, 68), (57, 66)]),
        line(Third, 18, &[(43, 73), (50, 75), (56, 73)]),
        line(Third, 18, &[(43, 80), (49, 82), (54, 80)]),
        eyes(Bead, 63, 46, 4),
        blush(66, 57),
    ],
};

pub(super) const GORILLA: Sketch = Sketch {
    tones: [lch(34, 1, 280), lch(56, 2, 40), lch(44, 2, 40)],
    parts: &[
        half(Shade, &[(50, 60), (86, 72), (98, 110), (50, 112)]),
        oval(Second, 81, 50, 6, 8).pair(),
        half(Coat, &[(50, 8), (64, 18), (80, 42), (82, 66), (70, 86), (50, 90)]),
        half(Second, &[(50, 40), (62, 36), (74, 44), (70, 58), (76, 72), (66, 85), (50, 88)]),
        line(Third, 50, &[(55, 44), (63, 42), (71, 45)]).pair(),
        eyes(Bead, 63, 50, 4),
        blob(Third, &[(50, 58), (57, 58), (61, 66), (55, 69), (50, 67)]).pair(),
        dots(Dark, 2, &[(54, 64)]).pair(),
        line(Dark, 22, &[(38, 77), (50, 79), (62, 77)]),
    ],
};

pub(super) const HIPPO: Sketch = Sketch {
    tones: [lch(60, 5, 310), lch(76, 7, 350), lch(50, 5, 310)],
    parts: &[
        bust(Third, 34),
        oval(Coat, 71, 20, 7, 8).pair(),
        oval(Second, 71, 21, 4, 4).pair(),
        head(Coat, 18, 76, [23, 25, 20]),
        eyes(Bead, 64, 37, 4),
        half(Second, &[(50, 52), (70, 50), (88, 66), (80, 86), (50, 91)]),
        oval(Third, 66, 60, 5, 4).turn(-20).pair(),
        half(White, &[(57, 76), (57, 76), (66, 75), (66, 75), (65, 86), (58, 87)]),
        half(Second, &[(50, 74), (57, 74), (56, 88), (50, 89)]),
        line(Dark, 22, &[(26, 72), (38, 77), (50, 78), (62, 77), (74, 72)]),
    ],
};

pub(super) const LEMUR: Sketch = Sketch {
    tones: [lch(66, 2, 270), lch(97, 1, 90), lch(76, 17, 60)],
    parts: &[
        bust(Coat, 22),
        burst(Second, (77, 34), 9, (14, 10), Sharp).pair(),
        half(Coat, &[(50, 18), (68, 24), (79, 46), (68, 70), (56, 86), (50, 88)]),
        half(Second, &[(50, 36), (62, 32), (74, 44), (70, 62), (58, 84), (50, 88)]),
        oval(Dark, 63, 49, 11, 12).pair(),
        eyes(Iris, 63, 49, 7),
        half(Dark, &[(50, 66), (58, 70), (57, 80), (50, 85)]),
    ],
};

pub(super) const LION: Sketch = Sketch {
    tones: [lch(80, 12, 78), lch(56, 12, 48), lch(92, 5, 85)],
    parts: &[
        burst(Second, (50, 51), 15, (45, 38), Round),
        oval(Coat, 75, 28, 9, 9).pair(),
        oval(Second, 75, 28, 5, 5).pair(),
        head(Coat, 22, 84, [22, 29, 21]),
        oval(Third, 57, 70, 10, 8).pair(),
        eyes(Bead, 63, 49, 4),
        half(Second, &[(50, 54), (54, 56), (58, 61), (50, 67)]),
        mouth(50, 69, 7),
        blush(72, 62),
    ],
};

pub(super) const MONKEY: Sketch = Sketch {
    tones: [lch(48, 8, 50), lch(84, 7, 65), lch(38, 7, 48)],
    parts: &[
        bust(Third, 26),
        oval(Coat, 84, 52, 12, 13).pair(),
        oval(Second, 84, 52, 7, 8).pair(),
        head(Coat, 16, 86, [25, 33, 25]),
        leaf(Coat, (50, 22), (14, 9), 14, Sharp),
        half(Second, &[(50, 42), (62, 36), (76, 46), (70, 60), (76, 74), (64, 85), (50, 87)]),
        eyes(Bead, 62, 51, 4),
        dots(Third, 1, &[(53, 62)]).pair(),
        mouth(50, 70, 10),
        blush(70, 66),
    ],
};

pub(super) const PANTHER: Sketch = Sketch {
    tones: [lch(34, 3, 290), lch(42, 4, 290), lch(86, 17, 105)],
    parts: &[
        bust(Shade, 30),
        oval(Coat, 75, 29, 11, 11).pair(),
        oval(Second, 75, 30, 6, 6).pair(),
        head(Coat, 18, 86, [25, 34, 24]),
        oval(Second, 58, 72, 11, 10).pair(),
        eyes(Slit, 66, 50, 7),
        nose(Pink, 64, 13),
        line(Dark, 22, &[(38, 72), (44, 76), (50, 71), (56, 76), (62, 72)]),
        leaf(White, (56, 75), (8, 4), 180, Sharp).pair(),
    ],
};

pub(super) const RHINO: Sketch = Sketch {
    tones: [lch(62, 2, 240), lch(95, 3, 90), lch(52, 3, 240)],
    parts: &[
        bust(Third, 30),
        leaf(Coat, (70, 34), (20, 14), 26, Round).pair(),
        leaf(Third, (71, 33), (13, 7), 26, Round).pair(),
        half(Coat, &[(50, 22), (66, 24), (74, 40), (72, 56), (80, 72), (72, 88), (50, 93)]),
        half(Third, &[(50, 68), (64, 66), (79, 76), (70, 89), (50, 93)]),
        eyes(Bead, 66, 46, 4),
        half(Second, &[(50, 30), (50, 30), (55, 52), (58, 66), (50, 69)]),
        half(Second, &[(50, 16), (50, 16), (54, 26), (55, 31), (50, 33)]),
        oval(Dark, 66, 77, 4, 3).pair(),
        line(Dark, 20, &[(38, 87), (50, 88), (62, 87)]),
    ],
};

pub(super) const SLOTH: Sketch = Sketch {
    tones: [lch(62, 5, 75), lch(89, 4, 82), lch(42, 4, 60)],
    parts: &[
        bust(Shade, 34),
        half(
            Coat,
            &[
                (50, 14),
                (70, 18),
                (86, 40),
                (90, 60),
                (90, 60),
                (84, 66),
                (86, 78),
                (86, 78),
                (70, 84),
                (50, 90),
            ],
        ),
        half(Second, &[(50, 34), (66, 32), (79, 50), (74, 70), (50, 83)]),
        leaf(Third, (58, 52), (26, 13), 112, Round).pair(),
        eyes(Ball, 63, 54, 4),
        oval(Dark, 50, 60, 7, 5),
        mouth(50, 69, 10),
        leaf(Shade, (50, 33), (15, 8), 150, Sharp).pair(),
    ],
};

pub(super) const TIGER: Sketch = Sketch {
    tones: [lch(73, 16, 58), lch(97, 1, 90), lch(28, 2, 50)],
    parts: &[
        bust(Coat, 30),
        oval(Coat, 76, 28, 12, 12).pair(),
        oval(Third, 77, 27, 7, 7).pair(),
        head(Coat, 18, 87, [25, 37, 26]),
        oval(Second, 59, 73, 13, 12).pair(),
        oval(Second, 66, 43, 6, 5).pair(),
        leaf(Third, (50, 40), (20, 6), 0, Sharp),
        leaf(Third, (58, 34), (14, 5), 24, Sharp).pair(),
        leaf(Third, (87, 50), (15, 6), -82, Sharp).pair(),
        leaf(Third, (87, 60), (16, 6), -95, Sharp).pair(),
        eyes(Bead, 65, 52, 4),
        nose(Pink, 65, 13),
        mouth(50, 72, 8),
    ],
};
