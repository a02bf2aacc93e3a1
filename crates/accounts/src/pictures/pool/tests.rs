use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::task::{Context, Waker};

use super::*;

type Outcome = Result<Result<(), ()>, Refusal>;

/// Work that says when it has begun and ends when it is let.
struct Gate {
    begun: mpsc::Receiver<()>,
    let_go: mpsc::Sender<()>,
}

fn gated() -> (Gate, impl FnOnce() -> Result<(u64, NoWork), ()> + Send + 'static) {
    let (say, begun) = mpsc::channel();
    let (let_go, wait) = mpsc::channel();
    let prepare = move || {
        say.send(()).unwrap();
        wait.recv().unwrap();
        Ok((1, nothing as NoWork))
    };
    (Gate { begun, let_go }, prepare)
}

fn is_pending<F: Future>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

type NoWork = fn() -> Result<(), ()>;

#[expect(clippy::unnecessary_wraps, reason = "work may fail; this does not")]
fn nothing() -> Result<(), ()> {
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_once_never_take_more_memory_or_workers_than_there_are() {
    const MEMORY: u64 = 512 << 20;
    let pool = Arc::new(Pool::new(4, 96, MEMORY));
    let (now, most, done) =
        (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut tasks = JoinSet::new();
    for number in 0..100_u64 {
        let (pool, now, most, done) = (pool.clone(), now.clone(), most.clone(), done.clone());
        // From 24 MB, a photo, to 324 MB, a large progressive one: four of those would be too much.
        let bytes = (24 + 3 * number) << 20;
        tasks.spawn(async move {
            let work = move || {
                most.fetch_max(now.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                std::thread::yield_now();
                now.fetch_sub(bytes, Ordering::SeqCst);
                done.fetch_add(1, Ordering::SeqCst);
                Ok::<_, ()>(())
            };
            pool.run(move || Ok((bytes, work))).await
        });
    }
    assert!(tasks.join_all().await.iter().all(|outcome: &Outcome| *outcome == Ok(Ok(()))));
    assert_eq!(done.load(Ordering::SeqCst), 100);
    assert!(most.load(Ordering::SeqCst) <= MEMORY, "{most:?}");
    assert_eq!(pool.memory.available_permits() as u64, units(MEMORY));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_finds_no_place_is_refused_at_once_and_the_rest_is_done() {
    let pool = Arc::new(Pool::new(1, 1, 1 << 20));
    let (gate, first) = gated();
    let working = tokio::spawn({
        let pool = pool.clone();
        async move { pool.run(first).await }
    });
    gate.begun.recv().unwrap();
    let waiting = pool.run(|| Ok((1, nothing as NoWork)));
    let mut waiting = Box::pin(waiting);
    assert!(is_pending(waiting.as_mut()));
    assert_eq!(pool.run(|| Ok((1, nothing as NoWork))).await, Err(Refusal::Full));
    gate.let_go.send(()).unwrap();
    assert_eq!(working.await.unwrap(), Ok(Ok(())));
    assert_eq!(waiting.await, Ok(Ok(())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_any_more_does_not_begin() {
    let pool = Arc::new(Pool::new(1, 1, 1 << 20));
    let (gate, first) = gated();
    let working = tokio::spawn({
        let pool = pool.clone();
        async move { pool.run(first).await }
    });
    gate.begun.recv().unwrap();
    let begun = Arc::new(AtomicU64::new(0));
    let count = begun.clone();
    let abandon = move || {
        count.fetch_add(1, Ordering::SeqCst);
        Ok((1, nothing as NoWork))
    };
    let mut abandoned = Box::pin(pool.run(abandon));
    assert!(is_pending(abandoned.as_mut()));
    drop(abandoned);
    gate.let_go.send(()).unwrap();
    assert_eq!(working.await.unwrap(), Ok(Ok(())));
    assert_eq!(
        pool.run(|| Ok((1, nothing as NoWork))).await,
        Ok(Ok(())),
        "its place is free again"
    );
    assert_eq!(begun.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn work_that_panics_or_fails_gives_everything_back() {
    let pool = Pool::new(1, 0, 1 << 20);
    let panics = || -> Result<(), ()> { panic!("a mistake of the pipeline") };
    assert_eq!(pool.run(move || Ok((1, panics))).await, Err(Refusal::Lost));
    assert_eq!(pool.run(|| Err::<(u64, NoWork), _>(())).await, Ok(Err(())));
    assert_eq!(
        pool.run(|| Ok((u64::MAX, nothing as NoWork))).await,
        Ok(Ok(())),
        "alone, if it is that large"
    );
    assert_eq!((pool.places.available_permits(), pool.workers.available_permits()), (1, 1));
    assert_eq!(pool.memory.available_permits() as u64, units(1 << 20));
}
