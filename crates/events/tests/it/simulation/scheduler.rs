//! Which task goes on, decided by the seed: the same seed is the same interleaving.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use selfsame_primitives::{Random as _, SeededRandom};
use tokio::runtime::{Builder, Runtime};

pub(crate) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// A number in `0..bound`.
pub(crate) fn below(random: &SeededRandom, bound: u64) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    u64::from_le_bytes(bytes) % bound
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Entry {
    node: usize,
    task: Task,
    woken: Arc<Woken>,
}

/// What came of one step.
pub(crate) enum Step {
    /// A task of this node went on.
    Went(usize),
    /// There are no tasks any more.
    Idle,
    /// There are tasks, and all wait for each other.
    Stuck,
    /// Only nodes that stand still could go on.
    Paused,
}

/// Runs the tasks of all nodes in one thread, one step at a time.
pub(crate) struct Scheduler {
    entries: Vec<Entry>,
    random: SeededRandom,
    // Only for its clock, which stands still: timeouts need one.
    runtime: Runtime,
}

impl Scheduler {
    pub(crate) fn new(seed: u64) -> Self {
        let runtime =
            Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        Self { entries: Vec::new(), random: SeededRandom::new(seed), runtime }
    }

    pub(crate) fn spawn(&mut self, node: usize, task: impl Future<Output = ()> + 'static) {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        self.entries.push(Entry { node, task: Box::pin(task), woken });
    }

    /// Drops all tasks of `node`. Outside the runtime, so that
    /// [`selfsame_events::run_to_completion`] does not carry their work on: a process that dies
    /// completes nothing.
    pub(crate) fn kill(&mut self, node: usize) {
        self.entries.retain(|entry| entry.node != node);
    }

    /// One task goes on, of a node that does not stand still.
    pub(crate) fn step(&mut self, is_paused: impl Fn(usize) -> bool) -> Step {
        let awake = |entry: &Entry| entry.woken.0.load(Ordering::Relaxed);
        let (paused, ready): (Vec<usize>, Vec<usize>) = (0..self.entries.len())
            .filter(|at| awake(&self.entries[*at]))
            .partition(|at| is_paused(self.entries[*at].node));
        if ready.is_empty() {
            return match (self.entries.is_empty(), paused.is_empty()) {
                (true, _) => Step::Idle,
                (false, true) => Step::Stuck,
                (false, false) => Step::Paused,
            };
        }
        let chosen = usize::try_from(below(&self.random, ready.len() as u64)).unwrap();
        let at = ready[chosen];
        let entry = &mut self.entries[at];
        let node = entry.node;
        entry.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&entry.woken));
        let inside = self.runtime.enter();
        let polled = entry.task.as_mut().poll(&mut Context::from_waker(&waker));
        drop(inside);
        if let Poll::Ready(()) = polled {
            drop(self.entries.swap_remove(at));
        }
        Step::Went(node)
    }
}

/// Lets others go first.
pub(crate) async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|context| {
        if paused {
            return Poll::Ready(());
        }
        paused = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
