//! Abstract pictures, for users without a name.

use crate::colour::{Lch, Rgb, lch};
use crate::curve::{Outline, Point, oval, planted};
use crate::seed::Choices;
use crate::svg::{Canvas, Ink, PathData, Svg};

/// Four colours that go together: a ground, two near hues and one from across the wheel.
#[derive(Debug, Clone, Copy)]
struct Palette {
    ground: Rgb,
    colours: [Rgb; 4],
}

impl Palette {
    fn new(choices: &mut Choices) -> Self {
        let hue = f32::from(choices.below(72)) * 5.0;
        let across = choices.pick(&[120.0, 150.0, 180.0, 210.0]).unwrap_or(180.0);
        let at = |colour: Lch, turn: f32| colour.turned(hue + turn).to_rgb();
        Self {
            ground: at(lch(91, 5, 0), 0.0),
            colours: [
                at(lch(46, 12, 0), 0.0),
                at(lch(66, 14, 0), 35.0),
                at(lch(79, 11, 0), -20.0),
                at(lch(78, 15, 0), across),
            ],
        }
    }

    fn pick(&self, choices: &mut Choices) -> Ink {
        Ink::Fill(choices.pick(&self.colours).unwrap_or(self.ground))
    }

    fn nth(&self, index: u8) -> Ink {
        Ink::Fill(self.colours.get(usize::from(index % 4)).copied().unwrap_or(self.ground))
    }
}

/// Draws an abstract pattern that the seed decides: tiles, hills, a blossom or ripples.
#[must_use]
pub fn pattern(seed: [u8; 16]) -> Svg {
    let mut choices = Choices::new(seed, 0x7061_7474_6572);
    let palette = Palette::new(&mut choices);
    let mut canvas = Canvas::new("Pattern", palette.ground);
    match choices.below(4) {
        0 => tiles(&mut canvas, palette, &mut choices),
        1 => hills(&mut canvas, palette, &mut choices),
        2 => blossom(&mut canvas, palette, &mut choices),
        _ => ripples(&mut canvas, palette, &mut choices),
    }
    canvas.finish()
}

/// Four by four quarter discs, leaves and dots.
fn tiles(canvas: &mut Canvas, palette: Palette, choices: &mut Choices) {
    for row in 0..4_u8 {
        for column in 0..4_u8 {
            let corner = (f32::from(column) * 25.0, f32::from(row) * 25.0);
            let shape = tile(corner, choices);
            canvas.draw(palette.pick(choices), &shape);
        }
    }
}

fn tile(corner: Point, choices: &mut Choices) -> PathData {
    let (near, far) = (corner, (corner.0 + 25.0, corner.1 + 25.0));
    let mut path = PathData::default();
    match choices.below(6) {
        0 => quarter(&mut path, near, (25.0, 25.0)),
        1 => quarter(&mut path, (far.0, near.1), (-25.0, 25.0)),
        2 => quarter(&mut path, far, (-25.0, -25.0)),
        3 => quarter(&mut path, (near.0, far.1), (25.0, -25.0)),
        4 => {
            path.push('M', &[near.0, near.1]);
            path.push('a', &[25.0, 25.0, 0.0, 0.0, 1.0, 25.0, 25.0]);
            path.push('a', &[25.0, 25.0, 0.0, 0.0, 1.0, -25.0, -25.0]);
        }
        _ => path = oval((near.0 + 12.5, near.1 + 12.5), (9.0, 9.0), 0.0),
    }
    path
}

/// A quarter of a disc whose middle is `corner`.
fn quarter(path: &mut PathData, corner: Point, reach: Point) {
    let sweep = if reach.0 * reach.1 > 0.0 { 1.0 } else { 0.0 };
    path.push('M', &[corner.0, corner.1]);
    path.push('h', &[reach.0]);
    path.push('a', &[25.0, 25.0, 0.0, 0.0, sweep, -reach.0, reach.1]);
}

/// A disc over three or four ranges of hills.
fn hills(canvas: &mut Canvas, palette: Palette, choices: &mut Choices) {
    let (x, y, radius) =
        (choices.between(28.0, 72.0), choices.between(24.0, 38.0), choices.between(11.0, 17.0));
    canvas.draw(palette.nth(3), &oval((x, y), (radius, radius), 0.0));
    for (index, level) in [46.0, 60.0, 74.0].into_iter().enumerate() {
        let mut points = vec![(-10.0, 120.0), (-10.0, 120.0)];
        points.extend(
            (0..5_u8)
                .map(|step| (f32::from(step) * 30.0 - 10.0, level + choices.between(-9.0, 9.0))),
        );
        points.extend([(110.0, 120.0), (110.0, 120.0)]);
        let ink = palette.nth(2_u8.saturating_sub(u8::try_from(index).unwrap_or_default()));
        canvas.draw(ink, &Outline::closed(points).path());
    }
}

/// Rings of petals round a middle.
fn blossom(canvas: &mut Canvas, palette: Palette, choices: &mut Choices) {
    let petals = 5 + choices.below(4);
    let turn = choices.between(0.0, 60.0);
    let first = choices.below(3);
    let rings = [(47.0, 0.66, first), (35.0, 0.62, first + 2), (24.0, 0.56, first + 3)];
    let step = 360.0 / f32::from(petals);
    for (index, (reach, fat, colour)) in rings.into_iter().enumerate() {
        let shift = if index == 1 { step / 2.0 } else { 0.0 };
        let half = reach * libm::sinf((step / 2.0).to_radians()) * fat;
        for petal in 0..petals {
            let lean = turn + shift + step * f32::from(petal);
            let middle = planted((50.0, 50.0), lean, (0.0, reach * 0.56));
            canvas.draw(palette.nth(colour), &oval(middle, (half, reach * 0.44), lean));
        }
    }
    canvas.draw(palette.nth(first + 1), &oval((50.0, 50.0), (8.0, 8.0), 0.0));
}

/// Rings round two or three places, one above the other.
fn ripples(canvas: &mut Canvas, palette: Palette, choices: &mut Choices) {
    let first = choices.below(4);
    for (index, home) in [(22.0, 24.0), (82.0, 38.0), (42.0, 84.0)].into_iter().enumerate() {
        let centre = (home.0 + choices.between(-9.0, 9.0), home.1 + choices.between(-9.0, 9.0));
        let reach = choices.between(38.0, 46.0);
        for ring in 0..4_u8 {
            let radius = reach * (1.0 - f32::from(ring) * 0.24);
            let shade = first + ring + u8::try_from(index).unwrap_or_default();
            canvas.draw(palette.nth(shade), &oval(centre, (radius, radius), 0.0));
        }
    }
}
