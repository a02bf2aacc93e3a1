use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::task::{Context, Wake, Waker};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::*;

const MIB: u64 = 1 << 20;

/// Both kinds of pool: with threads of its own, and on the runtime's.
fn pools(workers: usize, queued: usize) -> [WorkerPool<Vec<u8>>; 2] {
    [true, false].map(|low_priority| {
        let limits = PoolLimits { workers, queued, memory_bytes: MIB, low_priority };
        WorkerPool::new("test", limits)
    })
}

/// A job that signals its start, and ends when it is released.
struct Gate {
    begun: oneshot::Receiver<()>,
    let_go: mpsc::Sender<()>,
}

fn gated() -> (Gate, impl FnOnce(&mut Vec<u8>) -> bool + Send + 'static) {
    let (say, begun) = oneshot::channel();
    let (let_go, wait) = mpsc::channel();
    (Gate { begun, let_go }, move |_| say.send(()).is_ok() && wait.recv().is_ok())
}

fn is_pending<F: Future>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// The rest of a job that is prepared and has nothing more to do.
type NoWork = fn() -> Result<(), ()>;

#[expect(clippy::unnecessary_wraps, reason = "work may fail; this does not")]
fn nothing() -> Result<(), ()> {
    Ok(())
}

fn is_free<M>(pool: &WorkerPool<M>, places: usize, workers: usize) -> bool {
    pool.places.available_permits() == places
        && pool.workers.available_permits() == workers
        && pool.memory.available_permits() as u64 == pool.memory_units
}

#[tokio::test]
async fn a_job_that_finds_no_room_is_refused_at_once_and_the_others_are_done() {
    for pool in pools(1, 1) {
        let (gate, job) = gated();
        let mut first = Box::pin(pool.run(job));
        assert!(is_pending(first.as_mut()), "it waits for its answer");
        gate.begun.await.unwrap();
        let mut second = Box::pin(pool.run(|_| 2));
        assert!(is_pending(second.as_mut()), "it waits for a worker");
        assert_eq!(pool.run(|_| 3).await, Err(PoolError::Full));
        gate.let_go.send(()).unwrap();
        assert_eq!((first.await, second.await), (Ok(true), Ok(2)));
        assert!(is_free(&pool, 2, 1));
    }
}

#[tokio::test]
async fn a_job_that_nobody_waits_for_any_more_does_not_begin_and_leaves_its_place() {
    for pool in pools(1, 1) {
        let (gate, job) = gated();
        let mut first = Box::pin(pool.run(job));
        assert!(is_pending(first.as_mut()));
        gate.begun.await.unwrap();
        let begun = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&begun);
        let mut abandoned = Box::pin(pool.run(move |_| count.fetch_add(1, Ordering::SeqCst)));
        assert!(is_pending(abandoned.as_mut()));
        drop(abandoned);
        let mut next = Box::pin(pool.run(|_| 1));
        assert!(is_pending(next.as_mut()), "its place is free again");
        gate.let_go.send(()).unwrap();
        assert_eq!((first.await, next.await), (Ok(true), Ok(1)));
        assert_eq!(begun.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn a_job_that_was_handed_to_a_thread_and_is_not_wanted_any_more_does_not_begin() {
    let [mut pool, _] = pools(1, 0);
    let (threads, jobs) = channel();
    pool.threads = Some(threads);
    let begun = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&begun);
    let mut abandoned = Box::pin(pool.run(move |_| count.fetch_add(1, Ordering::SeqCst)));
    assert!(is_pending(abandoned.as_mut()));
    drop(abandoned);
    let job = jobs.recv().unwrap();
    assert!(!is_free(&pool, 1, 1));
    job();
    assert!(is_free(&pool, 1, 1));
    assert_eq!(begun.load(Ordering::SeqCst), 0);
    drop(jobs);
    assert_eq!(pool.run(|_| 1).await, Err(PoolError::Lost), "there are no threads");
}

#[tokio::test]
async fn a_job_that_has_begun_keeps_its_worker_when_nobody_waits_for_it_any_more() {
    for pool in pools(1, 1) {
        let (gate, job) = gated();
        let mut first = Box::pin(pool.run(job));
        assert!(is_pending(first.as_mut()));
        gate.begun.await.unwrap();
        drop(first);
        let mut second = Box::pin(pool.run(|_| 2));
        assert!(is_pending(second.as_mut()));
        assert_eq!(pool.workers.available_permits(), 0);
        gate.let_go.send(()).unwrap();
        assert_eq!(second.await, Ok(2));
    }
}

#[tokio::test]
async fn a_job_that_panics_gives_everything_back() {
    for pool in pools(1, 0) {
        let panics = |memory: &mut Vec<u8>| -> u8 {
            memory.push(1);
            panic!("as the test wants")
        };
        assert_eq!(pool.run(panics).await, Err(PoolError::Lost));
        assert!(is_free(&pool, 1, 1));
        assert_eq!(pool.run(|memory| memory.len()).await, Ok(0), "nobody gets its memory");
    }
}

#[tokio::test]
async fn jobs_use_the_memory_of_those_before_them() {
    for pool in pools(2, 0) {
        for used in 0..3 {
            let use_more = |memory: &mut Vec<u8>| {
                memory.push(1);
                memory.len()
            };
            assert_eq!(pool.run(use_more).await, Ok(used + 1));
        }
        assert_eq!(lock(&pool.scratch).len(), 1, "one was enough");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_once_never_take_more_memory_or_workers_than_there_are() {
    const MEMORY: u64 = 512 * MIB;
    let limits = PoolLimits { workers: 4, queued: 96, memory_bytes: MEMORY, low_priority: false };
    let pool = Arc::new(WorkerPool::<()>::new("test", limits));
    let (now, most, running, widest) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
    );
    let mut tasks = JoinSet::new();
    for number in 0..100_u64 {
        let (pool, now, most) = (Arc::clone(&pool), Arc::clone(&now), Arc::clone(&most));
        let (running, widest) = (Arc::clone(&running), Arc::clone(&widest));
        // From 24 MiB to 321 MiB, of which four would be too much.
        let bytes = (24 + 3 * number) * MIB;
        tasks.spawn(async move {
            let work = move || {
                most.fetch_max(now.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                widest.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                running.fetch_sub(1, Ordering::SeqCst);
                now.fetch_sub(bytes, Ordering::SeqCst);
                Ok::<_, ()>(())
            };
            pool.run_within_memory(move || Ok((bytes, work))).await
        });
    }
    assert_eq!(tasks.join_all().await, vec![Ok(Ok(())); 100]);
    assert!(most.load(Ordering::SeqCst) <= MEMORY, "{most:?}");
    assert!(widest.load(Ordering::SeqCst) <= 4, "{widest:?}");
    assert!(is_free(&pool, 100, 4));
}

#[tokio::test]
async fn prepared_work_that_panics_fails_or_is_too_large_gives_everything_back() {
    for pool in pools(1, 0) {
        let panics = || -> Result<(), ()> { panic!("as the test wants") };
        assert_eq!(pool.run_within_memory(move || Ok((1, panics))).await, Err(PoolError::Lost));
        let fails = || Err::<(u64, NoWork), _>(());
        assert_eq!(pool.run_within_memory(fails).await, Ok(Err(())));
        let large = || Ok((u64::MAX, nothing as NoWork));
        assert_eq!(pool.run_within_memory(large).await, Ok(Ok(())), "alone, if it is that large");
        assert!(is_free(&pool, 1, 1));
    }
}

/// Says that a future may be polled again.
#[derive(Default)]
struct Woken(Notify);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_job_that_waits_for_memory_and_is_not_wanted_any_more_gives_its_worker_back() {
    for pool in pools(1, 0) {
        let all = u32::try_from(pool.memory_units).unwrap();
        let held = acquire(&pool.memory, all).await.unwrap();
        let mut waiting = Box::pin(pool.run_within_memory(|| Ok((1, nothing as NoWork))));
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        // It is prepared.
        woken.0.notified().await;
        assert!(is_pending(waiting.as_mut()), "there is no memory");
        assert_eq!(pool.run(|_| 1).await, Err(PoolError::Full), "it has the worker");
        drop(waiting);
        assert_eq!(pool.run(|_| 1).await, Ok(1));
        drop(held);
        assert!(is_free(&pool, 1, 1));
    }
}

#[tokio::test]
async fn limits_without_bounds_are_taken() {
    for low_priority in [true, false] {
        let limits = PoolLimits {
            workers: usize::MAX,
            queued: usize::MAX,
            memory_bytes: u64::MAX,
            low_priority,
        };
        let pool = WorkerPool::<()>::new("test", limits);
        assert_eq!(pool.run(|()| 1).await, Ok(1));
        assert_eq!(pool.workers.available_permits() == cores(), low_priority);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn only_the_threads_of_a_pool_of_low_priority_give_way_to_all_others() {
    let priority = || rustix::process::getpriority_process(None).unwrap();
    let own = priority();
    let [low, usual] = pools(1, 0);
    assert_eq!(low.run(move |_| priority()).await, Ok(19));
    assert_eq!(usual.run(move |_| priority()).await, Ok(own));
    assert_eq!(priority(), own);
}
