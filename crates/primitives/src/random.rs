//! Randomness that tests can seed.

use std::sync::Mutex;

use ring::rand::SecureRandom as _;

/// Where random bytes come from.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes` with random bytes, fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Random {
    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A number in `0..bound`, every one as likely as the others; 0 when `bound` is 0.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        // A 128-bit product keeps the bias below 2^-64, which can't be observed.
        let wide = u128::from(u64::from_le_bytes(self.bytes())) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "without randomness no secret is safe: stopping is the only right answer"
        )]
        ring::rand::SystemRandom::new()
            .fill(bytes)
            .expect("the operating system's random generator works");
    }
}

/// A generator that gives the same bytes for the same seed: for tests only.
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// A generator for `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64 (Steele, Lea, Flood 2014).
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            for (byte, random) in chunk.iter_mut().zip((z ^ (z >> 31)).to_le_bytes()) {
                *byte = random;
            }
        }
    }
}
