//! Drawings as pixels: milliseconds of work each, so a few at a time, beside the threads that
//! answer, and kept for a while.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use selfsame_drawings::{Svg, rasterise};
use selfsame_web::{Code, Detail, Problem};
use tokio::sync::Semaphore;

/// Pictures that are drawn at the same time.
const AT_ONCE: usize = 2;
/// Requests that are drawn for or wait for it; further ones are asked to come again.
const WAITING: usize = 64;
/// Bytes of pictures that are kept.
const KEPT: u64 = 16 << 20;
/// Pictures that are kept, roughly: 16 kB is a usual one.
const PICTURES: usize = 1024;

#[derive(Clone)]
struct Bytewise;

impl Weighter<String, Bytes> for Bytewise {
    fn weight(&self, key: &String, value: &Bytes) -> u64 {
        (key.len() + value.len() + 64) as u64
    }
}

/// Turns drawings into pixels.
pub(crate) struct Pixels {
    kept: Cache<String, Bytes, Bytewise>,
    drawing: Arc<Semaphore>,
    waiting: Semaphore,
}

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixels({} kept)", self.kept.len())
    }
}

impl Default for Pixels {
    fn default() -> Self {
        Self {
            kept: Cache::with_weighter(PICTURES, KEPT, Bytewise),
            drawing: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Semaphore::new(WAITING),
        }
    }
}

impl Pixels {
    /// `svg` as a PNG of `size` pixels a side, named `tag`; those who ask for the same at once wait
    /// for one drawing.
    pub(crate) async fn png(&self, tag: &str, svg: Svg, size: u32) -> Result<Bytes, Problem> {
        if let Some(bytes) = self.kept.get(tag) {
            return Ok(bytes);
        }
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        self.kept.get_or_insert_async(tag, self.draw(svg, size)).await
    }

    async fn draw(&self, svg: Svg, size: u32) -> Result<Bytes, Problem> {
        let turn = Arc::clone(&self.drawing).acquire_owned().await.map_err(|_| busy())?;
        let drawn = tokio::task::spawn_blocking(move || {
            // Work that has begun can't be stopped: its turn lasts until its end, also when nobody
            // waits any more.
            let _turn = turn;
            rasterise(&svg, size)
        })
        .await;
        match drawn {
            Ok(Ok(bytes)) => Ok(bytes.into()),
            Ok(Err(error)) => Err(Problem::internal().because(error)),
            Err(error) => Err(Problem::internal().because(error)),
        }
    }
}

fn busy() -> Problem {
    Problem::new(Code::Unavailable, Detail::ManyDrawings).retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn beyond_the_places_to_wait_callers_are_asked_to_come_again() {
        let pixels = Pixels::default();
        let svg = selfsame_drawings::pattern([1; 16]);
        let kept = pixels.png("a", svg.clone(), 16).await.unwrap();
        let all = pixels.waiting.try_acquire_many(u32::try_from(WAITING).unwrap()).unwrap();
        let refused = pixels.png("b", svg.clone(), 16).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (Code::Unavailable, Some(1)));
        assert_eq!(pixels.png("a", svg.clone(), 16).await.unwrap(), kept);
        drop(all);
        assert_eq!(pixels.png("b", svg, 16).await.unwrap(), kept);
    }
}
