//! Hooves, horns and antlers.

use super::part::Look::{Ball, Bead, Iris};
use super::part::Paint::{Coat, Dark, Pink, Second, Shade, Third, White};
use super::part::Tip::{Round, Sharp};
use super::part::{
    Sketch, blob, blush, burst, bust, dots, eye, eyes, half, head, leaf, line, mouth, nose, oval,
    taper,
};
use crate::colour::lch;

pub(super) const BISON: Sketch = Sketch {
    tones: [lch(50, 8, 52), lch(34, 5, 42), lch(92, 3, 85)],
    parts: &[
        burst(Coat, (50, 54), 13, (45, 38), Round),
        taper(Third, 10, 2, &[(68, 36), (83, 36), (87, 19)]).pair(),
        leaf(Second, (68, 48), (18, 11), 100, Round).pair(),
        burst(Second, (50, 30), 9, (22, 17), Round),
        half(Coat, &[(50, 32), (68, 40), (66, 66), (64, 84), (50, 90)]),
        leaf(Second, (50, 80), (16, 20), 180, Sharp),
        half(Second, &[(50, 66), (62, 68), (66, 78), (50, 86)]),
        eyes(Ball, 63, 53, 4),
        dots(Dark, 2, &[(57, 74)]).pair(),
        burst(Second, (50, 34), 8, (14, 11), Round),
    ],
};

pub(super) const BOAR: Sketch = Sketch {
    tones: [lch(52, 6, 55), lch(70, 8, 30), lch(36, 4, 45)],
    parts: &[
        burst(Third, (50, 44), 17, (40, 32), Sharp),
        bust(Third, 34),
        leaf(Coat, (69, 36), (24, 16), 34, Sharp).pair(),
        half(Coat, &[(50, 20), (70, 26), (80, 48), (70, 72), (64, 86), (50, 90)]),
        taper(White, 8, 2, &[(63, 80), (76, 76), (79, 62)]).pair(),
        oval(Second, 50, 74, 17, 12),
        oval(Dark, 56, 73, 3, 5).pair(),
        eyes(Ball, 65, 50, 5),
        line(Third, 40, &[(57, 44), (65, 43), (73, 48)]).pair(),
    ],
};

pub(super) const CAMEL: Sketch = Sketch {
    tones: [lch(74, 8, 68), lch(62, 8, 60), lch(86, 6, 75)],
    parts: &[
        oval(Second, 27, 78, 20, 26),
        oval(Second, 73, 78, 20, 26),
        half(Coat, &[(50, 56), (62, 62), (66, 108), (50, 110)]),
        leaf(Coat, (65, 34), (16, 11), 52, Round).pair(),
        half(Coat, &[(50, 22), (66, 28), (70, 42), (64, 58), (70, 74), (62, 86), (50, 87)]),
        half(Third, &[(50, 60), (62, 60), (70, 74), (62, 86), (50, 87)]),
        burst(Second, (50, 24), 8, (15, 11), Round),
        eyes(Ball, 62, 47, 5),
        half(Coat, &[(50, 36), (58, 38), (70, 42), (67, 45), (58, 45), (50, 44)]),
        leaf(Dark, (58, 66), (7, 3), 110, Sharp).pair(),
        line(Dark, 20, &[(50, 70), (50, 76)]),
        mouth(50, 76, 9),
    ],
};

pub(super) const COW: Sketch = Sketch {
    tones: [lch(97, 1, 90), lch(30, 2, 40), lch(85, 7, 15)],
    parts: &[
        bust(Coat, 28),
        taper(Shade, 9, 2, &[(62, 26), (73, 20), (74, 9)]).pair(),
        leaf(Second, (72, 36), (22, 14), 76, Round).pair(),
        head(Coat, 20, 84, [23, 26, 22]),
        blob(Second, &[(54, 22), (68, 25), (76, 46), (70, 60), (58, 56), (54, 40)]),
        half(Third, &[(50, 60), (68, 60), (78, 73), (70, 86), (50, 90)]),
        eye(Ball, 64, 47, 5),
        eye(Bead, 36, 47, 4),
        oval(Shade, 60, 69, 3, 4).pair(),
        mouth(50, 78, 8),
    ],
};

pub(super) const DEER: Sketch = Sketch {
    tones: [lch(64, 9, 55), lch(94, 3, 80), lch(46, 6, 50)],
    parts: &[
        bust(Coat, 20),
        line(Third, 42, &[(57, 36), (61, 24), (70, 17), (71, 10)]).pair(),
        line(Third, 42, &[(61, 24), (58, 12)]).pair(),
        line(Third, 42, &[(68, 19), (79, 19)]).pair(),
        leaf(Coat, (66, 44), (24, 13), 66, Sharp).pair(),
        leaf(Second, (69, 43), (16, 7), 66, Sharp).pair(),
        half(Coat, &[(50, 32), (66, 36), (70, 52), (60, 72), (58, 84), (50, 88)]),
        half(Second, &[(50, 70), (59, 71), (58, 84), (50, 88)]),
        dots(Second, 2, &[(55, 40)]).pair(),
        dots(Second, 2, &[(50, 46)]),
        eyes(Bead, 63, 55, 5),
        nose(Dark, 76, 11),
        blush(64, 66),
    ],
};

pub(super) const DONKEY: Sketch = Sketch {
    tones: [lch(62, 2, 270), lch(94, 2, 80), lch(38, 2, 280)],
    parts: &[
        bust(Coat, 22),
        leaf(Coat, (61, 42), (36, 17), 20, Round).pair(),
        leaf(Pink, (63, 38), (27, 9), 20, Round).pair(),
        half(Coat, &[(50, 26), (65, 32), (70, 50), (64, 68), (66, 84), (50, 92)]),
        leaf(Third, (50, 36), (20, 17), 0, Round),
        leaf(Third, (50, 33), (17, 15), 180, Sharp),
        oval(Second, 50, 79, 18, 14),
        oval(Second, 64, 52, 7, 7).pair(),
        eyes(Bead, 64, 52, 4),
        oval(Third, 57, 74, 2, 3).pair(),
        mouth(50, 82, 8),
    ],
};

pub(super) const GIRAFFE: Sketch = Sketch {
    tones: [lch(84, 12, 85), lch(56, 11, 52), lch(94, 4, 85)],
    parts: &[
        half(Coat, &[(50, 60), (62, 66), (66, 106), (50, 110)]),
        dots(Second, 4, &[(58, 88), (44, 94), (63, 100)]),
        line(Second, 46, &[(58, 32), (60, 14)]).pair(),
        dots(Second, 4, &[(60, 13)]).pair(),
        leaf(Coat, (68, 38), (22, 12), 68, Sharp).pair(),
        half(Coat, &[(50, 26), (66, 30), (70, 46), (64, 66), (62, 82), (50, 86)]),
        blob(Second, &[(54, 34), (62, 33), (63, 40), (57, 42)]).pair(),
        blob(Second, &[(50, 48), (54, 53), (50, 60), (46, 53)]),
        oval(Third, 50, 75, 18, 13),
        eyes(Bead, 64, 49, 4),
        dots(Second, 2, &[(57, 71)]).pair(),
        mouth(50, 78, 7),
    ],
};

pub(super) const GOAT: Sketch = Sketch {
    tones: [lch(94, 2, 85), lch(58, 4, 60), lch(80, 13, 85)],
    parts: &[
        bust(Coat, 20),
        taper(Second, 11, 3, &[(57, 30), (61, 18), (69, 11)]).pair(),
        leaf(Coat, (66, 40), (24, 12), 112, Round).pair(),
        leaf(Pink, (70, 42), (17, 6), 112, Round).pair(),
        half(Coat, &[(50, 24), (64, 28), (69, 46), (62, 68), (60, 78), (50, 82)]),
        half(Second, &[(50, 74), (57, 77), (55, 88), (50, 97), (50, 97)]),
        eyes(Iris, 62, 48, 5),
        nose(Pink, 68, 11),
        mouth(50, 74, 5),
    ],
};

pub(super) const HORSE: Sketch = Sketch {
    tones: [lch(50, 9, 45), lch(30, 4, 40), lch(95, 2, 80)],
    parts: &[
        blob(Second, &[(50, 16), (70, 18), (82, 40), (84, 66), (78, 92), (70, 76), (66, 40)]),
        half(Coat, &[(50, 60), (66, 70), (72, 108), (50, 110)]),
        leaf(Coat, (63, 30), (24, 13), 14, Sharp).pair(),
        half(Coat, &[(50, 20), (66, 26), (70, 44), (63, 66), (65, 84), (50, 92)]),
        half(Third, &[(50, 30), (55, 40), (53, 62), (58, 74), (50, 78)]),
        half(Shade, &[(50, 73), (63, 72), (66, 83), (50, 92)]),
        blob(Second, &[(38, 18), (56, 12), (64, 22), (56, 34), (46, 46), (46, 46), (42, 34)]),
        eyes(Bead, 64, 48, 4),
        dots(Dark, 2, &[(57, 80)]).pair(),
        mouth(50, 85, 5),
    ],
};

pub(super) const LLAMA: Sketch = Sketch {
    tones: [lch(93, 3, 80), lch(82, 6, 70), lch(62, 15, 20)],
    parts: &[
        half(Coat, &[(50, 50), (70, 60), (72, 84), (76, 108), (50, 110)]),
        line(Third, 60, &[(30, 91), (50, 95), (70, 91)]),
        leaf(Coat, (58, 32), (27, 11), 12, Sharp).pair(),
        leaf(Pink, (59, 29), (18, 5), 12, Sharp).pair(),
        burst(Coat, (50, 50), 11, (27, 23), Round),
        half(Second, &[(50, 44), (62, 46), (66, 58), (62, 74), (50, 80)]),
        burst(Coat, (50, 34), 8, (17, 13), Round),
        eyes(Bead, 61, 54, 4),
        oval(Coat, 50, 68, 10, 9),
        nose(Dark, 64, 8),
        mouth(50, 70, 5),
    ],
};

pub(super) const MOOSE: Sketch = Sketch {
    tones: [lch(40, 6, 48), lch(76, 8, 72), lch(54, 6, 52)],
    parts: &[
        bust(Shade, 26),
        blob(
            Second,
            &[
                (56, 36),
                (66, 34),
                (70, 14),
                (70, 14),
                (76, 24),
                (82, 17),
                (82, 17),
                (84, 27),
                (91, 27),
                (91, 27),
                (88, 42),
                (76, 46),
            ],
        )
        .pair(),
        leaf(Coat, (64, 46), (18, 10), 98, Sharp).pair(),
        half(Coat, &[(50, 26), (63, 30), (66, 46), (62, 60), (70, 76), (64, 92), (50, 95)]),
        half(Third, &[(50, 62), (61, 62), (70, 76), (64, 92), (50, 95)]),
        eyes(Ball, 60, 46, 5),
        oval(Dark, 61, 74, 3, 4).turn(-20).pair(),
        line(Dark, 20, &[(38, 85), (50, 88), (62, 85)]),
    ],
};

pub(super) const PIG: Sketch = Sketch {
    tones: [lch(85, 8, 5), lch(77, 11, 8), lch(58, 12, 10)],
    parts: &[
        bust(Second, 30),
        head(Coat, 20, 87, [27, 37, 27]),
        blob(Second, &[(60, 24), (60, 24), (84, 18), (84, 18), (83, 40), (75, 42)]).pair(),
        oval(Second, 50, 65, 16, 12),
        oval(Third, 56, 65, 3, 5).pair(),
        eyes(Bead, 69, 51, 4),
        mouth(50, 80, 5),
        blush(77, 66),
    ],
};

pub(super) const RAM: Sketch = Sketch {
    tones: [lch(88, 4, 75), lch(60, 7, 60), lch(70, 5, 65)],
    parts: &[
        burst(Third, (50, 84), 12, (34, 28), Round),
        half(Coat, &[(50, 22), (66, 28), (70, 46), (63, 68), (62, 82), (50, 88)]),
        taper(
            Second,
            19,
            4,
            &[(57, 26), (75, 23), (86, 40), (81, 60), (69, 61), (68, 50), (75, 46)],
        )
        .pair(),
        line(Shade, 16, &[(76, 15), (73, 29)]).pair(),
        line(Shade, 16, &[(93, 38), (81, 40)]).pair(),
        line(Shade, 16, &[(91, 58), (79, 54)]).pair(),
        eyes(Bead, 61, 48, 4),
        nose(Dark, 73, 12),
        mouth(50, 80, 5),
    ],
};

pub(super) const SHEEP: Sketch = Sketch {
    tones: [lch(97, 1, 80), lch(44, 3, 40), lch(90, 2, 80)],
    parts: &[
        burst(Coat, (50, 52), 12, (44, 37), Round),
        leaf(Second, (66, 46), (26, 13), 102, Round).pair(),
        half(Second, &[(50, 34), (66, 38), (70, 56), (62, 80), (50, 86)]),
        burst(Third, (50, 31), 8, (19, 14), Round),
        eyes(Ball, 60, 55, 5),
        nose(Pink, 73, 9),
        line(Pink, 18, &[(50, 76), (50, 80)]),
    ],
};

pub(super) const ZEBRA: Sketch = Sketch {
    tones: [lch(97, 1, 90), lch(26, 1, 280), lch(40, 2, 300)],
    parts: &[
        half(Coat, &[(50, 60), (66, 70), (74, 108), (50, 110)]),
        leaf(Coat, (64, 30), (24, 14), 18, Sharp).pair(),
        leaf(Second, (66, 24), (15, 8), 18, Sharp).pair(),
        leaf(Second, (50, 30), (23, 17), 0, Round),
        half(Coat, &[(50, 20), (66, 26), (70, 44), (63, 66), (64, 84), (50, 92)]),
        half(Third, &[(50, 70), (62, 70), (66, 82), (50, 93)]),
        leaf(Second, (50, 46), (24, 6), 0, Sharp),
        leaf(Second, (57, 38), (16, 5), 14, Sharp).pair(),
        leaf(Second, (69, 56), (16, 6), -100, Sharp).pair(),
        line(Second, 34, &[(63, 66), (57, 65)]).pair(),
        eyes(Bead, 63, 46, 4),
        dots(Second, 2, &[(57, 78)]).pair(),
    ],
};
