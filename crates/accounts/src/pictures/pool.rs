//! A bounded place for work that is heavy on processors and memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// Memory is counted in units of so many bytes, so that a permit's 32 bits are enough.
const UNIT: u64 = 4096;

/// Why work was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// There is too much of it already.
    Full,
    /// It panicked, or the process is stopping.
    Lost,
}

/// So many workers, so much memory, and a short queue. Nothing here blocks an asynchronous thread.
#[derive(Debug)]
pub(crate) struct Pool {
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    memory_units: u64,
}

impl Pool {
    /// `workers` at a time on `memory` bytes, while `waiting` more may wait.
    pub(crate) fn new(workers: usize, waiting: usize, memory: u64) -> Self {
        let (workers, memory_units) = (workers.max(1), units(memory).max(1));
        Self {
            places: Arc::new(Semaphore::new(workers + waiting)),
            workers: Arc::new(Semaphore::new(workers)),
            memory: Arc::new(Semaphore::new(usize::try_from(memory_units).unwrap_or(usize::MAX))),
            memory_units,
        }
    }

    /// Lets a worker `prepare`, which says how many bytes the rest will take and gives that rest,
    /// and then do the rest once there is so much memory. Dropping the future drops what has not
    /// begun.
    pub(crate) async fn run<P, W, T, E>(&self, prepare: P) -> Result<Result<T, E>, Refusal>
    where
        P: FnOnce() -> Result<(u64, W), E> + Send + 'static,
        W: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Refusal::Full)?;
        // Only who has a worker asks for memory, and only who works has any: nobody waits in a
        // circle.
        let worker = acquire(&self.workers, 1).await?;
        let (prepared, turn) = blocking((place, worker), prepare).await?;
        let (bytes, work) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Err(error)),
        };
        let share = u32::try_from(units(bytes).min(self.memory_units)).unwrap_or(u32::MAX);
        let memory = acquire(&self.memory, share).await?;
        let (outcome, _) = blocking((turn, memory), work).await?;
        Ok(outcome)
    }
}

fn units(bytes: u64) -> u64 {
    bytes.div_ceil(UNIT)
}

async fn acquire(
    semaphore: &Arc<Semaphore>,
    permits: u32,
) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(semaphore).acquire_many_owned(permits).await.map_err(|_| Refusal::Lost)
}

/// Runs `work` where blocking is allowed. It keeps `permits` until it ends, even when nobody waits
/// for it any more.
async fn blocking<T, P>(
    permits: P,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(T, P), Refusal>
where
    T: Send + 'static,
    P: Send + 'static,
{
    // A set takes back what has not begun when it is dropped; a bare handle would let it run.
    let mut task = JoinSet::new();
    task.spawn_blocking(move || (work(), permits));
    task.join_next().await.and_then(Result::ok).ok_or(Refusal::Lost)
}

#[cfg(test)]
mod tests;
