//! What the seed decides about an animal: colours and expression, never the shape.

use super::part::Paint;
use crate::colour::{Lch, Rgb, lch};
use crate::curve::Point;
use crate::seed::Choices;

const DARK: Lch = lch(27, 3, 280);
const PINK: Lch = lch(74, 13, 10);
const GROUND_HUES: [u16; 9] = [15, 45, 80, 125, 165, 200, 240, 285, 335];

/// What the seed decides: never the species' shape.
#[derive(Debug)]
pub(super) struct Mood {
    pub(super) ground: Rgb,
    pub(super) tones: [Lch; 3],
    /// Beads as smiling arcs: right eye, left eye.
    pub(super) smiling: (bool, bool),
    pub(super) gaze: Point,
    pub(super) mouth: Smile,
    pub(super) blush: bool,
    pub(super) tilt: i8,
    pub(super) eye_scale: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Smile {
    Line,
    Open,
    Double,
}

impl Mood {
    pub(super) fn new(choices: &mut Choices, tones: [Lch; 3]) -> Self {
        let (turn, light) = (choices.between(-7.0, 7.0), choices.between(-0.025, 0.025));
        let smiling = choices.pick(&[
            (false, false),
            (false, false),
            (false, false),
            (true, true),
            (true, false),
        ]);
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

    pub(super) fn colour(&self, paint: Paint) -> Rgb {
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
