//! One colour component of a picture.

/// `width * height` samples of 8 bits, row after row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) samples: Vec<u8>,
}

impl Plane {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, samples: vec![0; width * height] }
    }

    pub(crate) fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.samples.chunks_exact(self.width.max(1))
    }

    pub(crate) fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, u8> {
        self.samples.chunks_exact_mut(self.width.max(1))
    }

    /// The row at `y`, or the last one below the picture.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let start = y.min(self.height.saturating_sub(1)) * self.width;
        self.samples.get(start..start + self.width).unwrap_or_default()
    }

    pub(crate) fn is_all(&self, value: u8) -> bool {
        self.samples.iter().all(|sample| *sample == value)
    }
}
