//! A stream of choices drawn from a seed: the only source of variety in a drawing.

/// A deterministic stream of small choices (`SplitMix64` over both halves of the seed).
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    state: u64,
}

impl Choices {
    /// Each kind of drawing passes its own `salt`, so that one seed does not give look-alike
    /// colours everywhere.
    pub(crate) fn new(seed: [u8; 16], salt: u64) -> Self {
        let whole = u128::from_le_bytes(seed);
        let low = u64::try_from(whole & u128::from(u64::MAX)).unwrap_or_default();
        let high = u64::try_from(whole >> 64).unwrap_or_default();
        let mut choices = Self { state: low ^ salt };
        choices.state = choices.next() ^ high;
        choices
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// An even choice of `0..sides`; `sides` of zero gives zero.
    pub(crate) fn below(&mut self, sides: u8) -> u8 {
        let wide = (u128::from(self.next()) * u128::from(sides)) >> 64;
        u8::try_from(wide).unwrap_or_default()
    }

    /// True `percent` times in a hundred.
    pub(crate) fn chance(&mut self, percent: u8) -> bool {
        self.below(100) < percent
    }

    /// A value from `low` to `high`, in 255 even steps.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * f32::from(self.below(255)) / 254.0
    }

    /// One of `options`; `None` only if there are none (or more than 255).
    pub(crate) fn pick<T: Copy>(&mut self, options: &[T]) -> Option<T> {
        let sides = u8::try_from(options.len()).unwrap_or_default();
        options.get(usize::from(self.below(sides))).copied()
    }
}
