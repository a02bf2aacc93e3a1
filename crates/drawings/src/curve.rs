//! Outlines: a few points in, smooth path data out.

use crate::svg::PathData;

/// A place on the canvas, in units of a hundredth of its side.
pub(crate) type Point = (f32, f32);

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
            match nodes.last_mut() {
                Some(last) if last.at == at => last.corner = true,
                _ => nodes.push(Node { at, corner: false }),
            }
        }
        Self { nodes, closed }
    }

    /// A closed shape along `spine`, `from` wide at its start and `to` at its end, both ends rounded.
    pub(crate) fn taper(spine: &[Point], from: f32, to: f32) -> Self {
        let last = spine.len().saturating_sub(1);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (index, at) in spine.iter().enumerate() {
            let before = spine.get(index.saturating_sub(1)).unwrap_or(at);
            let after = spine.get(index + 1).unwrap_or(at);
            let ahead = unit((after.0 - before.0, after.1 - before.1));
            let half = (from + (to - from) * ratio(index, last)) / 2.0;
            let bulge = if index == 0 { -0.5 } else { f32::from(u8::from(index == last)) * 0.5 } * half;
            let centre = (at.0 + ahead.0 * bulge, at.1 + ahead.1 * bulge);
            left.push((centre.0 + ahead.1 * half, centre.1 - ahead.0 * half));
            right.push((centre.0 - ahead.1 * half, centre.1 + ahead.0 * half));
        }
        Self::closed(left.into_iter().chain(right.into_iter().rev()))
    }

    /// The shape seen in a mirror standing on x = 50.
    pub(crate) fn mirrored(&self) -> Self {
        let nodes =
            self.nodes.iter().map(|node| Node { at: (100.0 - node.at.0, node.at.1), ..*node }).collect();
        let flipped = Self { nodes, closed: self.closed };
        if self.closed { flipped.clockwise() } else { flipped }
    }

    /// Overlapping shapes of one path must turn the same way, or they would cut holes into each other.
    fn clockwise(mut self) -> Self {
        let next = self.nodes.iter().cycle().skip(1);
        let area: f32 = self.nodes.iter().zip(next).map(|(p, q)| p.at.0 * q.at.1 - q.at.0 * p.at.1).sum();
        if area < 0.0 {
            self.nodes.reverse();
        }
        self
    }

    /// Catmull–Rom through the nodes, written with `S`, whose reflected control point is just what the spline needs.
    pub(crate) fn path(&self) -> PathData {
        let mut path = PathData::default();
        let Some(first) = self.nodes.first() else { return path };
        path.push('M', &[first.at.0, first.at.1]);
        let count = self.nodes.len();
        let stops = if self.closed { count + 1 } else { count };
        for index in 1..stops {
            let (Some(here), Some(slope)) = (self.node(index), self.slope(index)) else { break };
            let control = (here.at.0 - slope.0, here.at.1 - slope.1);
            if index == 1 {
                let start = self.slope(0).unwrap_or_default();
                let lead = (first.at.0 + start.0, first.at.1 + start.1);
                path.push('C', &[lead.0, lead.1, control.0, control.1, here.at.0, here.at.1]);
            } else {
                path.push('S', &[control.0, control.1, here.at.0, here.at.1]);
            }
        }
        if self.closed {
            path.push('z', &[]);
        }
        path
    }

    fn node(&self, index: usize) -> Option<&Node> {
        let index = if self.closed { index % self.nodes.len() } else { index };
        self.nodes.get(index)
    }

    /// The way to the Bézier control point ahead of a node: nil at corners.
    fn slope(&self, index: usize) -> Option<Point> {
        let here = self.node(index)?;
        if here.corner {
            return Some((0.0, 0.0));
        }
        let wrapped = if self.closed { index + self.nodes.len() - 1 } else { index.saturating_sub(1) };
        let before = self.node(wrapped).unwrap_or(here);
        let after = self.node(index + 1).unwrap_or(here);
        Some(((after.at.0 - before.at.0) / 6.0, (after.at.1 - before.at.1) / 6.0))
    }
}

/// An ellipse as path data, turned clockwise by `turn` degrees.
pub(crate) fn oval(centre: Point, radii: Point, turn: f32) -> PathData {
    let (sin, cos) = (libm::sinf(turn.to_radians()), libm::cosf(turn.to_radians()));
    let across = (radii.0 * cos, radii.0 * sin);
    let mut path = PathData::default();
    path.push('M', &[centre.0 - across.0, centre.1 - across.1]);
    path.push('a', &[radii.0, radii.1, turn, 1.0, 1.0, 2.0 * across.0, 2.0 * across.1]);
    path.push('a', &[radii.0, radii.1, turn, 1.0, 1.0, -2.0 * across.0, -2.0 * across.1]);
    path.push('z', &[]);
    path
}

/// `point`, given in a frame whose up is `lean` degrees right of straight up, standing on `base`.
pub(crate) fn planted(base: Point, lean: f32, point: Point) -> Point {
    let (sin, cos) = (libm::sinf(lean.to_radians()), libm::cosf(lean.to_radians()));
    let (side, up) = point;
    (base.0 + side * cos + up * sin, base.1 + side * sin - up * cos)
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
    use super::Outline;

    #[test]
    fn a_shape_and_its_mirror_image_turn_the_same_way() {
        let shape = Outline::closed([(60.0, 10.0), (90.0, 20.0), (70.0, 40.0)]);
        let twice = shape.mirrored().mirrored();
        let area = |outline: &Outline| -> f32 {
            let points: Vec<_> = outline.nodes.iter().map(|node| node.at).collect();
            (0..3).map(|i| points[i].0 * points[(i + 1) % 3].1 - points[(i + 1) % 3].0 * points[i].1).sum()
        };
        assert!(area(&shape) > 0.0 && area(&shape.mirrored()) > 0.0 && area(&twice) > 0.0);
    }

    #[test]
    fn a_doubled_point_becomes_a_corner() {
        let sharp = Outline::open([(0.0, 0.0), (10.0, 10.0), (10.0, 10.0), (20.0, 0.0)]);
        let soft = Outline::open([(0.0, 0.0), (10.0, 10.0), (20.0, 0.0)]);
        assert_eq!(sharp.nodes.len(), soft.nodes.len());
        assert_ne!(sharp.path(), soft.path());
    }
}
