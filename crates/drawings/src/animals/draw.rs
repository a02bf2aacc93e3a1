//! Drawing a description: colours and mood from the seed, shapes from the table.

use super::part::{Form, Look, Paint, Part, Sketch, Spot, Tip};
use crate::colour::{Lch, Rgb, lch};
use crate::curve::{Outline, Point, oval, planted, scallops, spikes};
use crate::seed::Choices;
use crate::svg::{Canvas, Ink, Svg};

const DARK: Lch = lch(27, 3, 280);
const PINK: Lch = lch(74, 13, 10);
const GROUND_HUES: [u16; 9] = [15, 45, 80, 125, 165, 200, 240, 285, 335];

/// What the seed decides: never the species' shape.
#[derive(Debug)]
struct Mood {
    ground: Rgb,
    tones: [Lch; 3],
    /// Beads as smiling arcs: right eye, left eye.
    smiling: (bool, bool),
    gaze: Point,
    mouth: Smile,
    blush: bool,
    tilt: i8,
    eye_scale: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Smile {
    Line,
    Open,
    Double,
}

impl Mood {
    fn new(choices: &mut Choices, tones: [Lch; 3]) -> Self {
        let (turn, light) = (choices.between(-7.0, 7.0), choices.between(-0.025, 0.025));
        let smiling =
            choices.pick(&[(false, false), (false, false), (false, false), (true, true), (true, false)]);
        Self {
            ground: ground(choices, tones).to_rgb(),
            tones: tones.map(|tone| tone.turned(turn).lighter(light)),
            smiling: smiling.unwrap_or_default(),
            gaze: (choices.between(-0.3, 0.3), choices.between(-0.2, 0.25)),
            mouth: choices.pick(&[Smile::Line, Smile::Open, Smile::Double]).unwrap_or(Smile::Line),
            blush: choices.chance(60),
            tilt: choices.pick(&[-3, -2, 0, 0, 2, 3]).unwrap_or_default(),
            eye_scale: choices.between(0.94, 1.08),
        }
    }

    fn colour(&self, paint: Paint) -> Rgb {
        let [coat, second, third] = self.tones;
        match paint {
            Paint::Coat => coat,
            Paint::Shade => coat.lighter(-0.09),
            Paint::Second => second,
            Paint::Third => third,
            Paint::Dark => DARK,
            Paint::White => lch(99, 0, 0),
            Paint::Pink => PINK,
        }
        .to_rgb()
    }
}

/// A soft colour that stands off from the coat in hue, or in lightness where the coat is pale.
fn ground(choices: &mut Choices, tones: [Lch; 3]) -> Lch {
    let [coat, ..] = tones;
    let apart = |hue: &u16| {
        let turn = (f32::from(*hue) - coat.hue).rem_euclid(360.0);
        coat.chroma < 0.045 || turn.min(360.0 - turn) > 55.0
    };
    let fitting: Vec<u16> = GROUND_HUES.into_iter().filter(apart).collect();
    let hue = choices.pick(&fitting).unwrap_or(200);
    if coat.lightness > 0.86 { lch(73, 10, hue) } else { lch(87, 7, hue) }
}

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
        Form::Leaf { foot, length, width, lean, tip } => leaf(point(foot), point((width, length)), lean, tip),
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
        Tip::Sharp => {
            vec![(half, length * 0.35), (0.0, length), (0.0, length), (-half, length * 0.35), (0.0, 0.0)]
        }
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

fn eyes(canvas: &mut Canvas, mood: &Mood, look: Look, at: Spot, radius: i8, paired: bool) {
    let radius = f32::from(radius) * mood.eye_scale;
    let places = [(mirror(at, false), mood.smiling.0), (mirror(at, true), mood.smiling.1)];
    let shown = places.iter().take(if paired { 2 } else { 1 });
    for (at, smiling) in shown.clone() {
        eyeball(canvas, mood, look, *at, radius, *smiling);
    }
    for (at, smiling) in shown {
        glint(canvas, mood, look, *at, radius, *smiling);
    }
}

fn eyeball(canvas: &mut Canvas, mood: &Mood, look: Look, at: Point, radius: f32, smiling: bool) {
    let dark = mood.colour(Paint::Dark);
    match look {
        Look::Bead if smiling => {
            let arc =
                [(-1.1, 0.35), (0.0, -0.6), (1.1, 0.35)].map(|(x, y)| (at.0 + x * radius, at.1 + y * radius));
            canvas.draw(Ink::Stroke(dark, radius * 0.6), &Outline::open(arc).path());
        }
        Look::Bead => canvas.draw(Ink::Fill(dark), &oval(at, (radius, radius * 1.1), 0.0)),
        Look::Ball => canvas.draw(Ink::Fill(mood.colour(Paint::White)), &oval(at, (radius, radius), 0.0)),
        Look::Iris | Look::Slit => {
            canvas.draw(Ink::Fill(mood.colour(Paint::Third)), &oval(at, (radius, radius), 0.0));
        }
    }
}

fn glint(canvas: &mut Canvas, mood: &Mood, look: Look, at: Point, radius: f32, smiling: bool) {
    let (dark, white) = (mood.colour(Paint::Dark), mood.colour(Paint::White));
    let centre = (at.0 + mood.gaze.0 * radius, at.1 + mood.gaze.1 * radius);
    match look {
        Look::Bead if smiling => {}
        Look::Bead => {
            let spot = (at.0 + mood.gaze.0 * radius + 0.12 * radius, at.1 - 0.4 * radius);
            canvas.draw(Ink::Fill(white), &oval(spot, (radius * 0.34, radius * 0.34), 0.0));
        }
        Look::Ball | Look::Iris => {
            let size = if look == Look::Ball { 0.6 } else { 0.55 } * radius;
            canvas.draw(Ink::Fill(dark), &oval(centre, (size, size), 0.0));
        }
        Look::Slit => canvas.draw(Ink::Fill(dark), &oval(at, (radius * 0.24, radius * 0.8), 0.0)),
    }
}

fn mouth(canvas: &mut Canvas, mood: &Mood, (x, y): Point, width: f32) {
    let dark = mood.colour(Paint::Dark);
    let curve =
        |points: &[Point]| Outline::open(points.iter().map(|p| (x + p.0 * width, y + p.1 * width))).path();
    match mood.mouth {
        Smile::Line => {
            canvas.draw(Ink::Stroke(dark, 2.0), &curve(&[(-0.9, 0.0), (0.0, 0.45), (0.9, 0.0)]));
        }
        Smile::Double => {
            let bends = [(-1.0, 0.0), (-0.5, 0.4), (0.0, 0.0), (0.0, 0.0), (0.5, 0.4), (1.0, 0.0)];
            canvas.draw(Ink::Stroke(dark, 2.0), &curve(&bends));
        }
        Smile::Open => {
            let lips =
                [(-0.95, 0.0), (-0.95, 0.0), (0.95, 0.0), (0.95, 0.0), (0.6, 0.75), (0.0, 1.1), (-0.6, 0.75)];
            let shape = Outline::closed(lips.map(|p| (x + p.0 * width, y + p.1 * width)));
            canvas.draw(Ink::Fill(dark), &shape.path());
            let tongue = oval((x, y + width * 0.66), (width * 0.42, width * 0.3), 0.0);
            canvas.draw(Ink::Fill(mood.colour(Paint::Pink)), &tongue);
        }
    }
}

fn sides(part: &Part, mut each: impl FnMut(bool)) {
    each(false);
    if part.paired {
        each(true);
    }
}

fn point(spot: Spot) -> Point {
    (f32::from(spot.0), f32::from(spot.1))
}

fn mirror(spot: Spot, mirrored: bool) -> Point {
    let (x, y) = point(spot);
    (if mirrored { 100.0 - x } else { x }, y)
}
