//! Threads that hash, so that a flood of sign-ins slows down sign-ins and nothing else.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::Block;
use tokio::sync::oneshot;

/// Work for a thread; it is lent the memory that all its hashes share.
type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// No thread is free and enough callers wait already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Full;

/// Threads of the lowest priority with a short queue before them.
pub(super) struct Pool(SyncSender<Job>);

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl Pool {
    /// `threads` threads, at most one for each core, before which at most `queue` jobs wait.
    pub(super) fn start(threads: usize, queue: usize) -> Self {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        for _ in 0..threads.clamp(1, cores) {
            let receiver = Arc::clone(&receiver);
            let spawned =
                std::thread::Builder::new().name("hashing".into()).spawn(move || work(&receiver));
            if let Err(error) = spawned {
                tracing::error!(%error, "a hashing thread can't be started");
            }
        }
        Self(sender)
    }

    /// Has a thread do `work`. A caller who has gone away meanwhile costs nothing.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Full> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            if !answer.is_closed() {
                // Nobody to tell is no error.
                let _ = answer.send(work(memory));
            }
        });
        self.0.try_send(job).map_err(|_| Full)?;
        answered.await.map_err(|_| Full)
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    yield_to_everybody();
    let mut memory = Vec::new();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // A job that panics must not take the thread with it; its caller is told that there is no
        // answer.
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            tracing::error!("hashing a password panicked");
        }
    }
}

/// On Linux this sets the priority of the calling thread alone; elsewhere it would be that of the
/// whole process.
#[cfg(target_os = "linux")]
fn yield_to_everybody() {
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::warn!(%error, "hashing threads keep the usual priority");
    }
}

#[cfg(not(target_os = "linux"))]
const fn yield_to_everybody() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_comes_when_the_queue_is_full_is_told_so_at_once() {
        let pool = Pool::start(1, 1);
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (started, starts) = oneshot::channel();
        let mut first = Box::pin(pool.run(move |_| {
            let _ = started.send(());
            held.recv().is_ok()
        }));
        assert!(futures_poll(first.as_mut()).await, "the first waits for its answer");
        starts.await.unwrap();
        let mut second = Box::pin(pool.run(|_| 2));
        assert!(futures_poll(second.as_mut()).await, "the second waits in the queue");
        assert_eq!(pool.run(|_| 3).await, Err(Full));
        release.send(()).unwrap();
        assert_eq!(first.await, Ok(true));
        assert_eq!(second.await, Ok(2));
    }

    /// Polls once; whether it is pending.
    async fn futures_poll<F: Future + Unpin>(mut future: F) -> bool {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut future).poll(context).is_pending())
        })
        .await
    }

    #[tokio::test]
    async fn a_job_that_panics_does_not_take_its_thread_with_it() {
        let pool = Pool::start(1, 4);
        assert_eq!(pool.run(|_| -> u8 { panic!("as the test wants") }).await, Err(Full));
        assert_eq!(pool.run(|_| 1).await, Ok(1));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hashing_threads_give_way_to_all_others() {
        let own = rustix::process::getpriority_process(None).unwrap();
        let theirs =
            Pool::start(1, 1).run(|_| rustix::process::getpriority_process(None).unwrap()).await;
        assert_eq!(theirs, Ok(19));
        assert_eq!(rustix::process::getpriority_process(None).unwrap(), own);
    }
}
