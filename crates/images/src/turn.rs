//! Turning planes upright.

use crate::orientation::Orientation;
use crate::plane::Plane;

/// Side of the squares a transposition works in, so that both sides stay in the nearest cache.
const TILE: usize = 16;

pub(crate) fn upright(plane: Plane, orientation: Orientation) -> Plane {
    let mut plane = if orientation.transposed { transpose(&plane) } else { plane };
    if orientation.mirrored {
        plane.rows_mut().for_each(<[u8]>::reverse);
    }
    if orientation.flipped {
        flip(&mut plane);
    }
    plane
}

fn flip(plane: &mut Plane) {
    let mut rows = plane.rows_mut();
    while let (Some(top), Some(bottom)) = (rows.next(), rows.next_back()) {
        top.swap_with_slice(bottom);
    }
}

fn transpose(plane: &Plane) -> Plane {
    let mut turned = Plane::new(plane.height, plane.width);
    let stride = turned.width.max(1);
    for (band, rows) in turned.samples.chunks_mut(stride * TILE).enumerate() {
        for top in (0..plane.height).step_by(TILE) {
            tile(plane, band * TILE, top, rows, stride);
        }
    }
    turned
}

/// Copies the source square at (`left`, `top`) into the columns from `top` of the turned rows.
fn tile(plane: &Plane, left: usize, top: usize, turned: &mut [u8], stride: usize) {
    let mut square = [[0_u8; TILE]; TILE];
    let height = TILE.min(plane.height - top);
    for (line, y) in square.iter_mut().take(height).zip(top..) {
        let row = plane.row(y).get(left..).unwrap_or_default();
        line.iter_mut().zip(row).for_each(|(out, sample)| *out = *sample);
    }
    for (index, row) in turned.chunks_exact_mut(stride).enumerate() {
        let target = row.get_mut(top..top + height).unwrap_or_default();
        let column = square.iter().map(|line| line.get(index).copied().unwrap_or(0));
        target.iter_mut().zip(column).for_each(|(out, sample)| *out = sample);
    }
}
