//! Generated avatars as pixels. Each takes milliseconds of processor time, so a few run at a time,
//! apart from the threads that answer requests, and results are cached.

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
/// Requests that are drawn or queued; further ones are refused with a retry time.
const MAX_REQUESTS: usize = 64;
/// Bytes of cached pictures.
const CACHE_BYTES: u64 = 16 << 20;
/// Cached pictures, roughly: 16 kB is a usual one.
const CACHE_ITEMS: usize = 1024;

#[derive(Clone)]
struct ByteWeight;

impl Weighter<String, Bytes> for ByteWeight {
    fn weight(&self, key: &String, value: &Bytes) -> u64 {
        (key.len() + value.len() + 64) as u64
    }
}

/// Turns drawings into pixels.
pub struct AvatarRasterizer {
    cache: Cache<String, Bytes, ByteWeight>,
    pool: WorkerPool,
    requests: Semaphore,
}

impl fmt::Debug for AvatarRasterizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AvatarRasterizer({} cached)", self.cache.len())
    }
}

impl Default for AvatarRasterizer {
    fn default() -> Self {
        let limits = PoolLimits {
            workers: AT_ONCE,
            queued: MAX_REQUESTS - AT_ONCE,
            memory_bytes: u64::MAX,
            low_priority: false,
        };
        Self {
            cache: Cache::with_weighter(CACHE_ITEMS, CACHE_BYTES, ByteWeight),
            pool: WorkerPool::new("drawing", limits),
            requests: Semaphore::new(MAX_REQUESTS),
        }
    }
}

impl AvatarRasterizer {
    /// `svg` as a PNG of `size` pixels a side, cached as `tag`; concurrent requests for the same
    /// picture share one drawing.
    pub async fn png(&self, tag: &str, svg: Svg, size: u32) -> Result<Bytes, Problem> {
        if let Some(bytes) = self.cache.get(tag) {
            return Ok(bytes);
        }
        let _request = self.requests.try_acquire().map_err(|_| busy())?;
        self.cache.get_or_insert_async(tag, self.draw(svg, size)).await
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
    async fn requests_beyond_the_queue_are_refused_with_a_retry_time() {
        let pixels = AvatarRasterizer::default();
        let svg = selfsame_generated_avatars::pattern([1; 16]);
        let first = pixels.png("a", svg.clone(), 16).await.unwrap();
        let all = pixels.requests.try_acquire_many(u32::try_from(MAX_REQUESTS).unwrap()).unwrap();
        let refused = pixels.png("b", svg.clone(), 16).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (Code::Unavailable, Some(1)));
        assert_eq!(pixels.png("a", svg.clone(), 16).await.unwrap(), first);
        drop(all);
        assert_eq!(pixels.png("b", svg, 16).await.unwrap(), first);
    }
}
