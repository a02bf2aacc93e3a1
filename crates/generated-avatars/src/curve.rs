//! Outlines: a few points in, smooth path data out.

use crate::svg::PathData;

/// A place on the canvas, in units of a hundredth of its side.
pub(crate) type Point = (f32, f32);

/// Length of a Bézier handle as a part of its segment: between what eighths (0.346) and quarters
/// (0.39) of a circle need.
const HANDLE: f32 = 0.36;

/// The points a closed or open curve runs through; a point given twice in a row is a corner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    nodes: Vec<Node>,
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    at: Point,
    corner: bool,
}

impl Outline {
    /// A closed shape through `points`.
    pub(crate) fn closed(points: impl IntoIterator<Item = Point>) -> Self {
        Self::through(points, true).clockwise()
    }

    /// A line through `points`.
    pub(crate) fn open(points: impl IntoIterator<Item = Point>) -> Self {
        Self::through(points, false)
    }

    fn through(points: impl IntoIterator<Item = Point>, closed: bool) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        for at in points {
            let at = on_grid(at);
            match nodes.last_mut() {
                Some(last) if last.at == at => last.corner = true,
                _ => nodes.push(Node { at, corner: false }),
            }
        }
        Self { nodes, closed }
    }

    /// A closed shape along `spine`, `from` wide at its start and `to` at its end, both ends
    /// rounded.
    pub(crate) fn taper(spine: &[Point], from: f32, to: f32) -> Self {
        let last = spine.len().saturating_sub(1);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (index, at) in spine.iter().enumerate() {
            let before = spine.get(index.saturating_sub(1)).unwrap_or(at);
            let after = spine.get(index + 1).unwrap_or(at);
            let ahead = unit((after.0 - before.0, after.1 - before.1));
            let half = 0.5 * (from + (to - from) * ratio(index, last));
            left.push((at.0 + ahead.1 * half, at.1 - ahead.0 * half));
            right.push((at.0 - ahead.1 * half, at.1 + ahead.0 * half));
            if index == last {
                left.push((at.0 + ahead.0 * half, at.1 + ahead.1 * half));
            }
            if index == 0 {
                right.push((at.0 - ahead.0 * half, at.1 - ahead.1 * half));
                right.swap(0, 1);
            }
        }
        Self::closed(left.into_iter().chain(right.into_iter().rev()))
    }

    /// The shape seen in a mirror standing on x = 50.
    pub(crate) fn mirrored(&self) -> Self {
        let nodes = self
            .nodes
            .iter()
            .map(|node| Node { at: (100.0 - node.at.0, node.at.1), ..*node })
            .collect();
        let flipped = Self { nodes, closed: self.closed };
        if self.closed { flipped.clockwise() } else { flipped }
    }

    /// Overlapping shapes of one path must turn the same way, or they would cut holes into each
    /// other.
    fn clockwise(mut self) -> Self {
        let next = self.nodes.iter().cycle().skip(1);
        let area: f32 =
            self.nodes.iter().zip(next).map(|(p, q)| p.at.0 * q.at.1 - q.at.0 * p.at.1).sum();
        if area < 0.0 {
            self.nodes.reverse();
        }
        self
    }

    /// A cubic spline through the nodes. Handles are as long as their segment asks, so that uneven
    /// spacing stays round.
    pub(crate) fn path(&self) -> PathData {
        let mut path = PathData::default();
        let Some(first) = self.nodes.first() else { return path };
        path.push('M', &[first.at.0, first.at.1]);
        let segments = if self.closed { self.nodes.len() } else { self.nodes.len() - 1 };
        for index in 0..segments {
            let (Some(from), Some(to)) = (self.node(index), self.node(index + 1)) else { break };
            let handle = distance(from.at, to.at) * HANDLE;
            let (out, back) = (self.heading(index), self.heading(index + 1));
            let lead = (from.at.0 + out.0 * handle, from.at.1 + out.1 * handle);
            let trail = (to.at.0 - back.0 * handle, to.at.1 - back.1 * handle);
            let away = |point: Point| (point.0 - from.at.0, point.1 - from.at.1);
            let (lead, trail, end) = (away(lead), away(trail), away(to.at));
            path.push('c', &[lead.0, lead.1, trail.0, trail.1, end.0, end.1]);
        }
        path
    }

    fn node(&self, index: usize) -> Option<&Node> {
        let index = if self.closed { index % self.nodes.len() } else { index };
        self.nodes.get(index)
    }

    /// The unit direction of the curve at a node; nil at corners and at the ends of a line.
    fn heading(&self, index: usize) -> Point {
        let wrapped =
            if self.closed { Some(index + self.nodes.len() - 1) } else { index.checked_sub(1) };
        let (Some(here), Some(before), Some(after)) =
            (self.node(index), wrapped.and_then(|before| self.node(before)), self.node(index + 1))
        else {
            return (0.0, 0.0);
        };
        if here.corner {
            return (0.0, 0.0);
        }
        // The nearer neighbour weighs more: the direction of the circle through the three points.
        let (to_before, to_after) = (distance(here.at, before.at), distance(here.at, after.at));
        let (near, far) = (to_after / to_before.max(0.001), to_before / to_after.max(0.001));
        let along = |b: f32, h: f32, a: f32| (h - b) * near + (a - h) * far;
        unit((along(before.at.0, here.at.0, after.at.0), along(before.at.1, here.at.1, after.at.1)))
    }
}

/// An ellipse as path data, turned clockwise by `turn` degrees.
pub(crate) fn oval(centre: Point, radii: Point, turn: f32) -> PathData {
    let radii = on_grid(radii);
    let (sin, cos) = (libm::sinf(turn.to_radians()), libm::cosf(turn.to_radians()));
    let across = on_grid((radii.0 * cos, radii.0 * sin));
    // Where rounding leaves the ends nearer than two radii, each half would bulge beyond a half.
    // Radii that are too short are stretched to fit by definition (SVG 1.1, F.6.6), which keeps the
    // middle in its place.
    let fit = if distance((0.0, 0.0), across) < radii.0 { 1.0 - 0.1 / radii.0 } else { 1.0 };
    let mut path = PathData::default();
    path.push('M', &[centre.0 - across.0, centre.1 - across.1]);
    for way in [2.0, -2.0] {
        path.push(
            'a',
            &[radii.0 * fit, radii.1 * fit, turn, 1.0, 1.0, way * across.0, way * across.1],
        );
    }
    path
}

/// Round humps that meet in creases: a mane, a fleece, a fan. They reach `outer` and meet at
/// `inner`.
pub(crate) fn scallops(at: Point, rays: u8, outer: f32, inner: f32) -> PathData {
    let step = 180.0 / f32::from(rays.max(1));
    let half_chord = inner * libm::sinf(step.to_radians());
    let rise = (outer - inner * libm::cosf(step.to_radians())).max(0.1);
    let radius = (half_chord * half_chord + rise * rise) / (2.0 * rise);
    let large = f32::from(u8::from(rise > radius));
    let crease = |ray: u8| on_grid(planted(at, step * (2.0 * f32::from(ray) - 1.0), (0.0, inner)));
    let mut path = PathData::default();
    path.push('M', &[crease(0).0, crease(0).1]);
    for ray in 0..rays {
        let (from, to) = (crease(ray), crease(ray + 1));
        path.push('a', &[radius, radius, 0.0, large, 1.0, to.0 - from.0, to.1 - from.1]);
    }
    path
}

/// Pointed rays with hollow sides: spines, a crest, a star.
pub(crate) fn spikes(at: Point, rays: u8, outer: f32, inner: f32) -> PathData {
    let step = 180.0 / f32::from(rays.max(1));
    // A quadratic curve passes half way between its control point and the middle of its ends.
    let depth = 2.0 * inner - outer * libm::cosf(step.to_radians());
    let peak = |ray: u8| on_grid(planted(at, step * 2.0 * f32::from(ray), (0.0, outer)));
    let mut path = PathData::default();
    path.push('M', &[peak(0).0, peak(0).1]);
    for ray in 0..rays {
        let (from, to) = (peak(ray), peak(ray + 1));
        let control = planted(at, step * (2.0 * f32::from(ray) + 1.0), (0.0, depth));
        path.push('q', &[control.0 - from.0, control.1 - from.1, to.0 - from.0, to.1 - from.1]);
    }
    path
}

/// Relative commands add up exactly only if every point lies on the grid that is written.
fn on_grid(at: Point) -> Point {
    ((at.0 * 10.0).round() / 10.0, (at.1 * 10.0).round() / 10.0)
}

/// `point`, given in a frame whose up is `lean` degrees right of straight up, standing on `base`.
pub(crate) fn planted(base: Point, lean: f32, point: Point) -> Point {
    let (sin, cos) = (libm::sinf(lean.to_radians()), libm::cosf(lean.to_radians()));
    let (side, up) = point;
    (base.0 + side * cos + up * sin, base.1 + side * sin - up * cos)
}

fn distance(from: Point, to: Point) -> f32 {
    libm::sqrtf((to.0 - from.0) * (to.0 - from.0) + (to.1 - from.1) * (to.1 - from.1))
}

fn unit(vector: Point) -> Point {
    let length = libm::sqrtf(vector.0 * vector.0 + vector.1 * vector.1).max(0.001);
    (vector.0 / length, vector.1 / length)
}

fn ratio(index: usize, last: usize) -> f32 {
    let small = |count: usize| u8::try_from(count).map_or(255.0, f32::from);
    small(index) / small(last).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::{Outline, oval};
    use crate::colour::Rgb;
    use crate::svg::{Canvas, Ink};
    use resvg::usvg::{Options, Tree};

    #[test]
    fn a_shape_and_its_mirror_image_turn_the_same_way() {
        let shape = Outline::closed([(60.0, 10.0), (90.0, 20.0), (70.0, 40.0)]);
        let twice = shape.mirrored().mirrored();
        let area = |outline: &Outline| -> f32 {
            let points: Vec<_> = outline.nodes.iter().map(|node| node.at).collect();
            (0..3)
                .map(|i| points[i].0 * points[(i + 1) % 3].1 - points[(i + 1) % 3].0 * points[i].1)
                .sum()
        };
        assert!(area(&shape) > 0.0 && area(&shape.mirrored()) > 0.0 && area(&twice) > 0.0);
    }

    #[test]
    fn an_oval_is_as_wide_and_high_as_asked_whatever_its_size_and_turn() {
        for size in [0.96_f32, 1.04, 3.96, 4.05, 7.77, 12.345] {
            for turn in [0_i8, 20, -25, 30, 45] {
                let path = oval((50.0, 50.0), (size, size), f32::from(turn));
                let mut canvas = Canvas::new("x", Rgb([0; 3]));
                canvas.draw(Ink::Fill(Rgb([255; 3])), &path);
                let tree = Tree::from_str(canvas.finish().as_str(), &Options::default()).unwrap();
                let bounds = tree.root().children().last().unwrap().abs_bounding_box();
                for side in [bounds.width(), bounds.height()] {
                    assert!((side - 2.0 * size).abs() < 0.3, "{size} turned {turn}: {bounds:?}");
                }
            }
        }
    }

    #[test]
    fn a_doubled_point_becomes_a_corner() {
        let sharp = Outline::open([(0.0, 0.0), (10.0, 10.0), (10.0, 10.0), (20.0, 0.0)]);
        let soft = Outline::open([(0.0, 0.0), (10.0, 10.0), (20.0, 0.0)]);
        assert_eq!(sharp.nodes.len(), soft.nodes.len());
        assert_ne!(sharp.path(), soft.path());
    }
}
