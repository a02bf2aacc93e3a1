//! Drawings as pixels: milliseconds of work each, so a few at a time, beside the threads that
//! answer, and kept for a while.

use std::fmt;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use selfsame_generated_avatars::{Svg, rasterise};
use selfsame_platform::{PoolError, PoolLimits, WorkerPool};
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
pub struct AvatarRasterizer {
    kept: Cache<String, Bytes, Bytewise>,
    pool: WorkerPool,
    waiting: Semaphore,
}

impl fmt::Debug for AvatarRasterizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixels({} kept)", self.kept.len())
    }
}

impl Default for AvatarRasterizer {
    fn default() -> Self {
        let limits = PoolLimits {
            workers: AT_ONCE,
            queued: WAITING - AT_ONCE,
            memory_bytes: u64::MAX,
            low_priority: false,
        };
        Self {
            kept: Cache::with_weighter(PICTURES, KEPT, Bytewise),
            pool: WorkerPool::new("drawing", limits),
            waiting: Semaphore::new(WAITING),
        }
    }
}

impl AvatarRasterizer {
    /// `svg` as a PNG of `size` pixels a side, named `tag`; those who ask for the same at once wait
    /// for one drawing.
    pub async fn png(&self, tag: &str, svg: Svg, size: u32) -> Result<Bytes, Problem> {
        if let Some(bytes) = self.kept.get(tag) {
            return Ok(bytes);
        }
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        self.kept.get_or_insert_async(tag, self.draw(svg, size)).await
    }

    async fn draw(&self, svg: Svg, size: u32) -> Result<Bytes, Problem> {
        match self.pool.run(move |()| rasterise(&svg, size)).await {
            Ok(Ok(bytes)) => Ok(bytes.into()),
            Ok(Err(error)) => Err(Problem::internal().because(error)),
            Err(PoolError::Full) => Err(busy()),
            Err(error @ PoolError::Lost) => Err(Problem::internal().because(error)),
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
        let pixels = AvatarRasterizer::default();
        let svg = selfsame_generated_avatars::pattern([1; 16]);
        let kept = pixels.png("a", svg.clone(), 16).await.unwrap();
        let all = pixels.waiting.try_acquire_many(u32::try_from(WAITING).unwrap()).unwrap();
        let refused = pixels.png("b", svg.clone(), 16).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (Code::Unavailable, Some(1)));
        assert_eq!(pixels.png("a", svg.clone(), 16).await.unwrap(), kept);
        drop(all);
        assert_eq!(pixels.png("b", svg, 16).await.unwrap(), kept);
    }
}
