//! The vocabulary in which an animal is described: shapes and features, in hundredths of the
//! picture's side.

use crate::colour::Lch;
use crate::curve::Point;

/// A whole description: three colours and the parts, back to front.
#[derive(Debug)]
pub(super) struct Sketch {
    pub(super) tones: [Lch; 3],
    pub(super) parts: &'static [Part],
}

/// Which colour a part takes. `Shade` is the coat, darker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Coat,
    Shade,
    Second,
    Third,
    Dark,
    White,
    Pink,
}

/// Whether the end of an ear, a leaf or a ray is pointed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tip {
    Round,
    Sharp,
}

/// How eyes are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// A dark bead with a glint; may smile or wink.
    Bead,
    /// A white eyeball with a dark pupil.
    Ball,
    /// An iris in the third colour with a dark pupil.
    Iris,
    /// An iris in the third colour with a slit.
    Slit,
}

/// One piece of an animal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) paint: Paint,
    /// Drawn a second time in the mirror on x = 50.
    pub(super) paired: bool,
    pub(super) form: Form,
}

/// A position, in hundredths of the side.
pub(super) type Spot = (i8, i8);

/// What a piece looks like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Oval {
        at: Spot,
        radii: Spot,
        turn: i8,
    },
    Blob(&'static [Spot]),
    /// The right half of a symmetric shape, top to bottom.
    Half(&'static [Spot]),
    /// A symmetric face by its height and its half-widths at brow, cheek and jaw.
    Head {
        top: i8,
        bottom: i8,
        brow: i8,
        cheek: i8,
        jaw: i8,
    },
    /// A leaf-shaped piece planted at its foot; `lean` is degrees right of straight up.
    Leaf {
        foot: Spot,
        length: i8,
        width: i8,
        lean: i16,
        tip: Tip,
    },
    Taper {
        from: i8,
        to: i8,
        spine: &'static [Spot],
    },
    /// Width in tenths.
    Line {
        width: i8,
        points: &'static [Spot],
    },
    Dots {
        radius: i8,
        at: &'static [Spot],
    },
    /// Rays or scallops round a middle.
    Burst {
        at: Spot,
        rays: u8,
        outer: i8,
        inner: i8,
        tip: Tip,
    },
    Eye {
        look: Look,
        at: Spot,
        radius: i8,
    },
    Nose {
        at: Spot,
        width: i8,
    },
    Mouth {
        at: Spot,
        width: i8,
    },
    Blush {
        at: Spot,
    },
}

const fn part(paint: Paint, form: Form) -> Part {
    Part { paint, paired: false, form }
}

impl Part {
    pub(super) const fn pair(self) -> Self {
        Self { paired: true, ..self }
    }

    /// Turns an oval clockwise; other forms stay as they are.
    pub(super) const fn turn(mut self, degrees: i8) -> Self {
        if let Form::Oval { turn, .. } = &mut self.form {
            *turn = degrees;
        }
        self
    }
}

pub(super) const fn oval(paint: Paint, x: i8, y: i8, across: i8, down: i8) -> Part {
    part(paint, Form::Oval { at: (x, y), radii: (across, down), turn: 0 })
}

pub(super) const fn blob(paint: Paint, points: &'static [Spot]) -> Part {
    part(paint, Form::Blob(points))
}

pub(super) const fn half(paint: Paint, points: &'static [Spot]) -> Part {
    part(paint, Form::Half(points))
}

pub(super) const fn head(paint: Paint, top: i8, bottom: i8, widths: [i8; 3]) -> Part {
    let [brow, cheek, jaw] = widths;
    part(paint, Form::Head { top, bottom, brow, cheek, jaw })
}

/// Shoulders at the lower edge.
pub(super) const fn bust(paint: Paint, width: i8) -> Part {
    oval(paint, 50, 102, width, 24)
}

pub(super) const fn leaf(paint: Paint, foot: Spot, size: Spot, lean: i16, tip: Tip) -> Part {
    part(paint, Form::Leaf { foot, length: size.0, width: size.1, lean, tip })
}

pub(super) const fn taper(paint: Paint, from: i8, to: i8, spine: &'static [Spot]) -> Part {
    part(paint, Form::Taper { from, to, spine })
}

pub(super) const fn line(paint: Paint, width: i8, points: &'static [Spot]) -> Part {
    part(paint, Form::Line { width, points })
}

pub(super) const fn dots(paint: Paint, radius: i8, at: &'static [Spot]) -> Part {
    part(paint, Form::Dots { radius, at })
}

pub(super) const fn burst(paint: Paint, at: Spot, rays: u8, radii: Spot, tip: Tip) -> Part {
    part(paint, Form::Burst { at, rays, outer: radii.0, inner: radii.1, tip })
}

/// Both eyes, at `x` and its mirror image.
pub(super) const fn eyes(look: Look, x: i8, y: i8, radius: i8) -> Part {
    eye(look, x, y, radius).pair()
}

pub(super) const fn eye(look: Look, x: i8, y: i8, radius: i8) -> Part {
    part(Paint::Dark, Form::Eye { look, at: (x, y), radius })
}

pub(super) const fn nose(paint: Paint, y: i8, width: i8) -> Part {
    part(paint, Form::Nose { at: (50, y), width })
}

pub(super) const fn mouth(x: i8, y: i8, width: i8) -> Part {
    part(Paint::Dark, Form::Mouth { at: (x, y), width })
}

pub(super) const fn blush(x: i8, y: i8) -> Part {
    part(Paint::Pink, Form::Blush { at: (x, y) }).pair()
}

/// A position as a point of the canvas.
pub(super) fn point(spot: Spot) -> Point {
    (f32::from(spot.0), f32::from(spot.1))
}

/// A position as a point, or where its mirror image stands.
pub(super) fn mirror(spot: Spot, mirrored: bool) -> Point {
    let (x, y) = point(spot);
    (if mirrored { 100.0 - x } else { x }, y)
}
