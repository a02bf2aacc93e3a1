//! Bounded pools for work that takes a processor for milliseconds: so many workers, so much memory
//! and a short queue. Nothing here blocks a thread that serves requests.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::spawn_blocking;

/// Memory is counted in units of so many bytes, so that a permit's 32 bits are enough.
const UNIT: u64 = 4096;

type Job = Box<dyn FnOnce() + Send>;

/// What a pool may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolLimits {
    /// Jobs that run at the same time; at least 1.
    pub workers: usize,
    /// Jobs that may wait for a worker; further ones are refused.
    pub queued: usize,
    /// Bytes of all jobs of [`WorkerPool::run_within_memory`] that run; [`u64::MAX`] sets no limit.
    pub memory_bytes: u64,
    /// Whether the jobs run on threads of the pool's own, with the lowest priority (nice 19; on
    /// Linux only), of which there are never more than cores. Else they run on the runtime's
    /// threads for blocking work.
    pub low_priority: bool,
}

/// Why a job was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolError {
    /// All workers are busy, and the queue is full.
    Full,
    /// It panicked, or the process is stopping.
    Lost,
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "too many jobs wait for a worker",
            Self::Lost => "the job panicked, or the process is stopping",
        })
    }
}

impl Error for PoolError {}

/// A slot in the queue and a worker, both held until a job ends.
type Turn = (OwnedSemaphorePermit, OwnedSemaphorePermit);

/// A bounded pool. Each job is lent an `M`, memory that later jobs use again.
pub struct WorkerPool<M = ()> {
    name: &'static str,
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    memory_units: u64,
    scratch: Arc<Mutex<Vec<M>>>,
    /// Leads to the pool's own threads, where it has any.
    threads: Option<Sender<Job>>,
}

impl<M> fmt::Debug for WorkerPool<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkerPool({})", self.name)
    }
}

impl<M: Default + Send + 'static> WorkerPool<M> {
    /// A pool by `limits`. Its threads and its lines in the log are called `name`, of which Linux
    /// shows 15 bytes.
    #[must_use]
    pub fn new(name: &'static str, limits: PoolLimits) -> Self {
        let most = if limits.low_priority { cores() } else { Semaphore::MAX_PERMITS };
        let workers = limits.workers.clamp(1, most);
        let places = workers.saturating_add(limits.queued).min(Semaphore::MAX_PERMITS);
        let memory = usize::try_from(units(limits.memory_bytes).max(1)).unwrap_or(usize::MAX);
        let memory = memory.min(Semaphore::MAX_PERMITS);
        Self {
            name,
            places: Arc::new(Semaphore::new(places)),
            workers: Arc::new(Semaphore::new(workers)),
            memory: Arc::new(Semaphore::new(memory)),
            memory_units: memory as u64,
            scratch: Arc::default(),
            threads: limits.low_priority.then(|| start(name, workers)),
        }
    }

    /// Runs `work` on a worker. Fails with [`PoolError::Full`] at once where there is no room.
    /// Dropping the future drops work that has not started; work that has started keeps its worker
    /// to its end.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut M) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let turn = self.turn().await?;
        let scratch = Arc::clone(&self.scratch);
        let work = move || {
            let mut memory = lock(&scratch).pop().unwrap_or_default();
            let outcome = work(&mut memory);
            lock(&scratch).push(memory);
            outcome
        };
        self.execute(turn, work).await.map(|(outcome, _turn)| outcome)
    }

    /// Has a worker `prepare`, which gives how many bytes the rest takes and the rest itself, and
    /// then do the rest once so much of the pool's memory is free. Where the rest takes more than
    /// there is, it runs alone. Apart from that it is as [`WorkerPool::run`].
    pub async fn run_within_memory<P, W, T, E>(&self, prepare: P) -> Result<Result<T, E>, PoolError>
    where
        P: FnOnce() -> Result<(u64, W), E> + Send + 'static,
        W: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let turn = self.turn().await?;
        let (prepared, turn) = self.execute(turn, prepare).await?;
        let (bytes, work) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Err(error)),
        };
        let share = u32::try_from(units(bytes).min(self.memory_units)).unwrap_or(u32::MAX);
        // A job acquires memory while it holds a worker, and no worker while it holds memory: no
        // two jobs can wait for each other.
        let memory = acquire(&self.memory, share).await?;
        self.execute((turn, memory), work).await.map(|(outcome, _permits)| outcome)
    }

    /// Waits for a worker, unless the queue is full.
    async fn turn(&self) -> Result<Turn, PoolError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| PoolError::Full)?;
        Ok((place, acquire(&self.workers, 1).await?))
    }

    /// Runs `work` where blocking is allowed. It keeps `permits` to its end, also when the caller
    /// is cancelled.
    async fn execute<T, P>(
        &self,
        permits: P,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, P), PoolError>
    where
        T: Send + 'static,
        P: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let pool = self.name;
        let job: Job = Box::new(move || {
            if answer.is_closed() {
                return;
            }
            // A panic must not take the thread with it.
            if let Ok(outcome) = catch_unwind(AssertUnwindSafe(work)) {
                // Where the caller is gone this fails and frees the permits.
                drop(answer.send((outcome, permits)));
            } else {
                tracing::error!(pool, "a job panicked");
                // Before the answer: the caller may come again at once.
                drop(permits);
                drop(answer);
            }
        });
        match &self.threads {
            Some(threads) => threads.send(job).map_err(|_| PoolError::Lost)?,
            None => drop(spawn_blocking(job)),
        }
        answered.await.map_err(|_| PoolError::Lost)
    }
}

fn units(bytes: u64) -> u64 {
    bytes.div_ceil(UNIT)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn acquire(
    semaphore: &Arc<Semaphore>,
    permits: u32,
) -> Result<OwnedSemaphorePermit, PoolError> {
    Arc::clone(semaphore).acquire_many_owned(permits).await.map_err(|_| PoolError::Lost)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Starts `threads` threads of the lowest priority. They end when the sender is dropped.
fn start(name: &'static str, threads: usize) -> Sender<Job> {
    let (sender, jobs) = channel();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..threads {
        let jobs = Arc::clone(&jobs);
        let started = std::thread::Builder::new().name(name.into()).spawn(move || {
            lower_priority(name);
            while let Some(job) = next(&jobs) {
                job();
            }
        });
        if let Err(error) = started {
            tracing::error!(%error, pool = name, "a thread can't be started");
        }
    }
    sender
}

fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    lock(jobs).recv().ok()
}

/// On Linux this sets the priority of the calling thread alone; elsewhere it would be that of the
/// whole process.
#[cfg(target_os = "linux")]
fn lower_priority(pool: &str) {
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::warn!(%error, pool, "a thread keeps the usual priority");
    }
}

#[cfg(not(target_os = "linux"))]
const fn lower_priority(_: &str) {}

#[cfg(test)]
mod tests;
