//! Drawing a description: each part in its place, in the colours of the mood.

use super::face::{eyes, mouth};
use super::mood::Mood;
use super::part::{Form, Part, Sketch, Tip, mirror, point};
use crate::curve::{Outline, Point, oval, planted, scallops, spikes};
use crate::seed::Choices;
use crate::svg::{Canvas, Ink, Svg};

/// The finished picture of one animal.
pub(super) fn draw(name: &str, sketch: &Sketch, seed: [u8; 16]) -> Svg {
    let mood = Mood::new(&mut Choices::new(seed, 0x616e_696d_616c), sketch.tones);
    let mut canvas = Canvas::new(name, mood.ground);
    canvas.tilt(mood.tilt, (50, 60));
    for part in sketch.parts {
        add(&mut canvas, &mood, part);
    }
    canvas.finish()
}

fn add(canvas: &mut Canvas, mood: &Mood, part: &Part) {
    let fill = Ink::Fill(mood.colour(part.paint));
    match part.form {
        Form::Eye { look, at, radius } => eyes(canvas, mood, look, at, radius, part.paired),
        Form::Mouth { at, width } => mouth(canvas, mood, point(at), f32::from(width)),
        Form::Blush { at } if mood.blush => {
            let ink = Ink::Veil(mood.colour(part.paint));
            sides(part, |side| canvas.draw(ink, &oval(mirror(at, side), (5.0, 3.4), 0.0)));
        }
        Form::Blush { .. } => {}
        Form::Oval { at, radii, turn } => sides(part, |side| {
            let turn = if side { -f32::from(turn) } else { f32::from(turn) };
            canvas.draw(fill, &oval(mirror(at, side), point(radii), turn));
        }),
        Form::Burst { at, rays, outer, inner, tip } => sides(part, |side| {
            let draw = if tip == Tip::Round { scallops } else { spikes };
            canvas.draw(fill, &draw(mirror(at, side), rays, f32::from(outer), f32::from(inner)));
        }),
        Form::Dots { radius, at } => sides(part, |side| {
            for spot in at {
                canvas.draw(fill, &oval(mirror(*spot, side), point((radius, radius)), 0.0));
            }
        }),
        Form::Line { width, .. } => {
            let ink = Ink::Stroke(mood.colour(part.paint), f32::from(width) / 10.0);
            outlines(canvas, ink, part);
        }
        Form::Blob(_)
        | Form::Half(_)
        | Form::Head { .. }
        | Form::Leaf { .. }
        | Form::Taper { .. }
        | Form::Nose { .. } => outlines(canvas, fill, part),
    }
}

fn outlines(canvas: &mut Canvas, ink: Ink, part: &Part) {
    let Some(outline) = outline(part.form) else { return };
    canvas.draw(ink, &outline.path());
    if part.paired {
        canvas.draw(ink, &outline.mirrored().path());
    }
}

/// The outline of the forms that are one.
fn outline(form: Form) -> Option<Outline> {
    Some(match form {
        Form::Blob(points) => Outline::closed(points.iter().copied().map(point)),
        Form::Line { points, .. } => Outline::open(points.iter().copied().map(point)),
        Form::Half(points) => symmetric(points.iter().copied().map(point)),
        Form::Head { top, bottom, brow, cheek, jaw } => {
            let (top, tall) = (f32::from(top), f32::from(bottom) - f32::from(top));
            let at = |width: i8, part: f32| (50.0 + f32::from(width), top + tall * part);
            symmetric([at(0, 0.0), at(brow, 0.2), at(cheek, 0.6), at(jaw, 0.89), at(0, 1.0)])
        }
        Form::Leaf { foot, length, width, lean, tip } => {
            leaf(point(foot), point((width, length)), lean, tip)
        }
        Form::Taper { from, to, spine } => {
            let spine: Vec<Point> = spine.iter().copied().map(point).collect();
            Outline::taper(&spine, f32::from(from), f32::from(to))
        }
        Form::Nose { at, width } => nose(point(at), f32::from(width)),
        Form::Oval { .. }
        | Form::Burst { .. }
        | Form::Dots { .. }
        | Form::Eye { .. }
        | Form::Mouth { .. }
        | Form::Blush { .. } => {
            return None;
        }
    })
}

/// A closed shape from its right half; points on the axis are not doubled.
fn symmetric(half: impl IntoIterator<Item = Point>) -> Outline {
    let right: Vec<Point> = half.into_iter().collect();
    let left = right.iter().rev().map(|(x, y)| (100.0 - x, *y)).filter(|(x, _)| *x < 50.0);
    Outline::closed(right.iter().copied().chain(left))
}

fn leaf(foot: Point, (width, length): Point, lean: i16, tip: Tip) -> Outline {
    let half = width / 2.0;
    let frame = match tip {
        Tip::Sharp => vec![
            (half * 0.85, 0.0),
            (half * 0.85, length * 0.4),
            (0.0, length),
            (0.0, length),
            (-half * 0.85, length * 0.4),
            (-half * 0.85, 0.0),
        ],
        Tip::Round => vec![
            (half * 0.8, 0.0),
            (half, length * 0.5),
            (0.0, length),
            (-half, length * 0.5),
            (-half * 0.8, 0.0),
        ],
    };
    Outline::closed(frame.into_iter().map(|at| planted(foot, f32::from(lean), at)))
}

fn nose(at: Point, width: f32) -> Outline {
    let half = width / 2.0;
    symmetric([
        (50.0, at.1 - half * 0.65),
        (50.0 + half, at.1 - half * 0.45),
        (50.0 + half * 0.6, at.1 + half * 0.4),
        (50.0, at.1 + half * 0.8),
    ])
}

fn sides(part: &Part, mut each: impl FnMut(bool)) {
    each(false);
    if part.paired {
        each(true);
    }
}
