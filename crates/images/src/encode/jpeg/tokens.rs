//! Turning coefficients into Huffman symbols with their extra bits (ITU-T T.81, annex F.1.2).

use fearless_simd::{Simd, dispatch};

use super::blocks::{Band, Component};
use super::tables::ZIGZAG;
use crate::plane::Plane;
use crate::simd;

/// A symbol: class in bits 12 to 13, number of extra bits in 8 to 11, symbol in 0 to 7, extra bits
/// from 16.
#[derive(Clone, Copy)]
pub(super) struct Packed(u32);

pub(super) struct Token {
    pub(super) class: usize,
    pub(super) symbol: u8,
    pub(super) extra: u32,
    pub(super) length: u32,
}

impl Packed {
    #[inline(always)]
    pub(super) const fn unpack(self) -> Token {
        Token {
            class: (self.0 >> 12 & 3) as usize,
            symbol: self.0 as u8,
            extra: self.0 >> 16,
            length: self.0 >> 8 & 15,
        }
    }
}

pub(super) struct Tokens {
    /// A list for each row of units: one long list would take twice its size whenever it grew.
    pub(super) rows: Vec<Vec<Packed>>,
    row: Vec<Packed>,
    /// How often each symbol of each class occurs: DC and AC of luma, DC and AC of chroma.
    pub(super) counts: [[u32; 256]; 4],
}

pub(super) fn of(luma: &Plane, components: &[Component<'_>]) -> Tokens {
    let mut tokens = Tokens { rows: Vec::new(), row: Vec::new(), counts: [[0; 256]; 4] };
    let unit = 8 * components.iter().map(|component| component.sampling).max().unwrap_or(1);
    let units = luma.width.div_ceil(unit);
    let mut bands: Vec<Vec<Band>> = components
        .iter()
        .map(|part| (0..part.sampling).map(|_| Band::new(units * part.sampling * 8)).collect())
        .collect();
    let mut previous = [0_i16; 3];
    for row in 0..luma.height.div_ceil(unit) {
        dispatch!(simd::level(), simd => tokens.row(simd, row, units, components, &mut bands, &mut previous));
        tokens.end_row();
    }
    tokens
}

impl Tokens {
    fn end_row(&mut self) {
        let next = Vec::with_capacity(self.row.len());
        self.rows.push(std::mem::replace(&mut self.row, next));
    }

    #[inline(always)]
    fn row<S: Simd>(
        &mut self,
        simd: S,
        row: usize,
        units: usize,
        components: &[Component<'_>],
        bands: &mut [Vec<Band>],
        previous: &mut [i16; 3],
    ) {
        for (component, bands) in components.iter().zip(bands.iter_mut()) {
            for (top, band) in (row * component.sampling..).zip(bands) {
                band.fill(component.plane, top * 8);
            }
        }
        for unit in 0..units {
            for ((component, bands), previous) in
                components.iter().zip(&*bands).zip(previous.iter_mut())
            {
                for band in bands {
                    for column in 0..component.sampling {
                        let left = (unit * component.sampling + column) * 8;
                        let levels = band.levels(simd, left, component.quantizer);
                        self.block(&levels, component.class, previous);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn block(&mut self, levels: &[i16; 64], class: usize, previous: &mut i16) {
        let dc = levels[0];
        self.push(class, 0, dc - *previous);
        *previous = dc;
        let (levels, mut left) = in_zigzag(levels);
        let mut last = 0;
        while left != 0 {
            let at = left.trailing_zeros();
            left &= left - 1;
            let mut run = at - last - 1;
            last = at;
            while run > 15 {
                self.symbol(class + 1, 0xf0);
                run -= 16;
            }
            self.push(class + 1, (run as u8) << 4, levels.get(at as usize).copied().unwrap_or(0));
        }
        if last < 63 {
            self.symbol(class + 1, 0);
        }
    }

    #[inline(always)]
    fn push(&mut self, class: usize, run: u8, level: i16) {
        let length = u16::BITS - level.unsigned_abs().leading_zeros();
        // A negative number is sent as itself less one, without its sign bits.
        let extra = u32::from((level + (level >> 15)) as u16) & ((1 << length) - 1);
        let symbol = run | length as u8;
        self.count(class, symbol);
        self.row.push(Packed(extra << 16 | (class as u32) << 12 | length << 8 | u32::from(symbol)));
    }

    fn symbol(&mut self, class: usize, symbol: u8) {
        self.count(class, symbol);
        self.row.push(Packed((class as u32) << 12 | u32::from(symbol)));
    }

    #[inline(always)]
    fn count(&mut self, class: usize, symbol: u8) {
        if let Some(count) =
            self.counts.get_mut(class).and_then(|counts| counts.get_mut(usize::from(symbol)))
        {
            *count += 1;
        }
    }
}

/// The levels in zigzag order, and a bit for each AC level that is not zero: most are.
#[inline(always)]
fn in_zigzag(levels: &[i16; 64]) -> ([i16; 64], u64) {
    let mut ordered = [0; 64];
    for (level, at) in ordered.iter_mut().zip(ZIGZAG_TRANSPOSED) {
        #[expect(
            clippy::indexing_slicing,
            reason = "below 64, and the mask lets the compiler see it"
        )]
        {
            *level = levels[usize::from(at & 63)];
        }
    }
    let mut mask = 0;
    for (index, level) in ordered.iter().enumerate() {
        mask |= u64::from(*level != 0) << index;
    }
    (ordered, mask & !1)
}

/// Positions in zigzag order, in a transposed block.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which has no iterators there"
)]
const ZIGZAG_TRANSPOSED: [u8; 64] = {
    let mut order = ZIGZAG;
    let mut index = 0;
    while index < 64 {
        order[index] = (order[index] % 8) * 8 + order[index] / 8;
        index += 1;
    }
    order
};
