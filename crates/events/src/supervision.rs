//! Supervised background tasks: one that panics or returns is restarted, and one that makes no
//! progress is reported (docs/decisions/0039).

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// The pause before the first restart; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause. A task that ran this long starts over with the first pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A task that works this long without progress is stalled.
const STALLED_AFTER: Duration = Duration::from_mins(1);
/// How often tasks are checked for that.
const CHECK_EVERY: Duration = Duration::from_secs(5);

tokio::task_local! {
    static CURRENT: Arc<Task>;
}

/// Marks progress of the current supervised task.
pub fn progress() {
    let _ = CURRENT.try_with(|task| task.set(Doing::Works { since: Instant::now() }));
}

/// Awaits `wait`, during which the task does not count as stalled.
pub async fn idle<T>(wait: impl Future<Output = T>) -> T {
    let _ = CURRENT.try_with(|task| task.set(Doing::Waits));
    let waited = wait.await;
    progress();
    waited
}

/// The condition of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// It runs.
    Runs,
    /// It has ended unasked and is restarted soon.
    Restarts,
    /// It makes no progress.
    Stalled,
}

/// A task, as the operator sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskReport {
    /// Its name.
    pub name: String,
    /// Its condition.
    pub condition: Condition,
    /// How often it was restarted since the process started.
    pub restarts: u64,
}

#[derive(Clone, Copy)]
enum Doing {
    Works { since: Instant },
    Waits,
    Restarts,
}

struct Task(Mutex<State>);

struct State {
    doing: Doing,
    restarts: u64,
    /// Whether the log says that it is stalled.
    is_reported: bool,
}

impl Task {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, doing: Doing) {
        self.state().doing = doing;
    }

    fn ended(&self) -> u64 {
        let mut state = self.state();
        state.doing = Doing::Restarts;
        state.restarts += 1;
        state.restarts
    }
}

impl State {
    fn condition(&self) -> Condition {
        match self.doing {
            Doing::Works { since } if since.elapsed() >= STALLED_AFTER => Condition::Stalled,
            Doing::Works { .. } | Doing::Waits => Condition::Runs,
            Doing::Restarts => Condition::Restarts,
        }
    }
}

/// Restarts background tasks, and reports their condition.
#[derive(Default)]
pub struct Supervisor(Mutex<BTreeMap<String, Arc<Task>>>);

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.tasks().keys()).finish()
    }
}

impl Supervisor {
    /// Runs the task `name`, which `begin` starts, until `stop` turns true and it has ended. It
    /// must end soon after that; where it ends or panics before, it is restarted.
    pub async fn supervise<F>(
        &self,
        name: &str,
        mut stop: watch::Receiver<bool>,
        begin: impl Fn() -> F,
    ) where
        F: Future<Output = ()>,
    {
        let task = self.enter(name);
        let mut pause = FIRST_PAUSE;
        while !*stop.borrow() {
            let started = Instant::now();
            task.set(Doing::Works { since: started });
            let run = CURRENT.scope(Arc::clone(&task), async { begin().await });
            let ended = AssertUnwindSafe(run).catch_unwind().await;
            if *stop.borrow() {
                break;
            }
            if started.elapsed() >= LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            let (restarts, reason) = (
                task.ended(),
                ended.err().map_or("it returned".to_owned(), |panic| panic_message(&*panic)),
            );
            tracing::error!(
                task = name,
                reason,
                restarts,
                ?pause,
                "a background task ended; it is begun again"
            );
            tokio::select! {
                () = sleep(pause) => {}
                _ = stop.wait_for(|stops| *stops) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        // Unless another task of that name was started meanwhile.
        let mut tasks = self.tasks();
        if tasks.get(name).is_some_and(|there| Arc::ptr_eq(there, &task)) {
            tasks.remove(name);
        }
    }

    /// The condition of all tasks, by name.
    #[must_use]
    pub fn report(&self) -> Vec<TaskReport> {
        let report = |(name, task): (&String, &Arc<Task>)| {
            let state = task.state();
            TaskReport {
                name: name.clone(),
                condition: state.condition(),
                restarts: state.restarts,
            }
        };
        self.tasks().iter().map(report).collect()
    }

    /// Logs which tasks stall, and which go on again, until `stop` turns true.
    pub async fn watch(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.report_stalls();
            let wait = async {
                tokio::select! {
                    () = sleep(CHECK_EVERY) => {}
                    _ = stop.wait_for(|stops| *stops) => {}
                }
            };
            idle(wait).await;
        }
    }

    fn report_stalls(&self) {
        for (name, task) in &*self.tasks() {
            let mut state = task.state();
            let stalled = state.condition() == Condition::Stalled;
            if stalled && !state.is_reported {
                tracing::error!(
                    task = name,
                    "task_stalled: a background task has made no progress for a minute"
                );
            } else if state.is_reported && !stalled {
                tracing::info!(task = name, "a background task that was stalled goes on");
            }
            state.is_reported = stalled;
        }
    }

    fn enter(&self, name: &str) -> Arc<Task> {
        let state = State { doing: Doing::Waits, restarts: 0, is_reported: false };
        let task = Arc::new(Task(Mutex::new(state)));
        self.tasks().insert(name.to_owned(), Arc::clone(&task));
        task
    }

    fn tasks(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Task>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A supervisor at work on a task that `begin` begins, and what stops it.
    fn supervise<F>(
        begin: impl Fn() -> F + Send + Sync + 'static,
    ) -> (Arc<Supervisor>, watch::Sender<bool>)
    where
        F: Future<Output = ()> + Send,
    {
        let supervisor = Arc::new(Supervisor::default());
        let (stop, stopped) = watch::channel(false);
        let task_supervisor = Arc::clone(&supervisor);
        tokio::spawn(async move { task_supervisor.supervise("work", stopped, begin).await });
        (supervisor, stop)
    }

    fn condition(supervisor: &Supervisor) -> (Condition, u64) {
        let report = supervisor.report();
        (report[0].condition, report[0].restarts)
    }

    async fn wait(seconds: u64) {
        sleep(Duration::from_millis(seconds * 1000 + 1)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_is_begun_again_after_pauses_that_grow_to_a_minute() {
        let begun = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&begun);
        let (supervisor, _stop) = supervise(move || {
            count.fetch_add(1, Ordering::SeqCst);
            async { panic!("out of luck") }
        });
        let mut seen = Vec::new();
        for pause in [0, 1, 2, 4, 8, 16, 32, 60, 60] {
            wait(pause).await;
            seen.push(begun.load(Ordering::SeqCst));
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(condition(&supervisor), (Condition::Restarts, 9));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_ends_unasked_is_begun_again_and_one_that_is_stopped_is_not() {
        let begun = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&begun);
        let (supervisor, stop) = supervise(move || {
            let first = count.fetch_add(1, Ordering::SeqCst) == 0;
            async move {
                if !first {
                    idle(sleep(Duration::from_hours(1))).await;
                }
            }
        });
        wait(1).await;
        assert_eq!(
            (condition(&supervisor), begun.load(Ordering::SeqCst)),
            ((Condition::Runs, 1), 2)
        );
        stop.send_replace(true);
        wait(3600).await;
        assert_eq!((supervisor.report().len(), begun.load(Ordering::SeqCst)), (0, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_ran_well_for_long_is_begun_again_at_once() {
        let begun = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&begun);
        let (_supervisor, _stop) = supervise(move || {
            let number = count.fetch_add(1, Ordering::SeqCst);
            async move { sleep(Duration::from_secs(if number == 4 { 61 } else { 0 })).await }
        });
        wait(1 + 2 + 4 + 8 + 61 + 1).await;
        assert_eq!(begun.load(Ordering::SeqCst), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_without_progress_for_a_minute_is_stalled_and_one_that_waits_is_not() {
        let (supervisor, _stop) = supervise(|| async {
            idle(sleep(Duration::from_mins(5))).await;
            sleep(Duration::from_secs(50)).await;
            progress();
            sleep(Duration::from_secs(100)).await;
            idle(std::future::pending::<()>()).await;
        });
        let mut seen = Vec::new();
        for _ in 0..12 {
            wait(40).await;
            seen.push(condition(&supervisor).0 == Condition::Stalled);
        }
        // From 410 s on, a minute after the last progress, until it waits again at 450 s.
        let stalled: Vec<usize> = (0..12).filter(|place| seen[*place]).collect();
        assert_eq!(stalled, [10]);
    }
}
