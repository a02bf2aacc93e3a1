//! Eyes and mouths: what gives an animal its expression.

use super::mood::{Mood, Smile};
use super::part::{Look, Paint, Spot, mirror};
use crate::curve::{Outline, Point, oval};
use crate::svg::{Canvas, Ink};

pub(super) fn eyes(
    canvas: &mut Canvas,
    mood: &Mood,
    look: Look,
    at: Spot,
    radius: i8,
    paired: bool,
) {
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
            let arc = [(-1.1, 0.35), (0.0, -0.6), (1.1, 0.35)]
                .map(|(x, y)| (at.0 + x * radius, at.1 + y * radius));
            canvas.draw(Ink::Stroke(dark, radius * 0.6), &Outline::open(arc).path());
        }
        Look::Bead => canvas.draw(Ink::Fill(dark), &oval(at, (radius, radius * 1.1), 0.0)),
        Look::Ball => {
            canvas.draw(Ink::Fill(mood.colour(Paint::White)), &oval(at, (radius, radius), 0.0));
        }
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

pub(super) fn mouth(canvas: &mut Canvas, mood: &Mood, (x, y): Point, width: f32) {
    let dark = mood.colour(Paint::Dark);
    let curve = |points: &[Point]| {
        Outline::open(points.iter().map(|p| (x + p.0 * width, y + p.1 * width))).path()
    };
    match mood.mouth {
        Smile::Line => {
            canvas.draw(Ink::Stroke(dark, 2.0), &curve(&[(-0.9, 0.0), (0.0, 0.45), (0.9, 0.0)]));
        }
        Smile::Double => {
            let bends = [(-1.0, 0.0), (-0.5, 0.4), (0.0, 0.0), (0.0, 0.0), (0.5, 0.4), (1.0, 0.0)];
            canvas.draw(Ink::Stroke(dark, 2.0), &curve(&bends));
        }
        Smile::Open => {
            let lips = [
                (-0.95, 0.0),
                (-0.95, 0.0),
                (0.95, 0.0),
                (0.95, 0.0),
                (0.6, 0.75),
                (0.0, 1.1),
                (-0.6, 0.75),
            ];
            let shape = Outline::closed(lips.map(|p| (x + p.0 * width, y + p.1 * width)));
            canvas.draw(Ink::Fill(dark), &shape.path());
            let tongue = oval((x, y + width * 0.66), (width * 0.42, width * 0.3), 0.0);
            canvas.draw(Ink::Fill(mood.colour(Paint::Pink)), &tongue);
        }
    }
}
