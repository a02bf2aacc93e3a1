//! The loop of a background task.

use std::future::pending;
use std::time::Duration;

use selfsame_events::supervision::{idle, progress};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

/// When a loop makes its next step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NextStep {
    /// At once: there may be more to do.
    Now,
    /// After the next wake-up or poll: nothing more can be done now.
    Wait,
}

/// Repeats `run_step` until `stop` turns true or its sender is dropped. The first step runs at
/// once. Between two steps the loop waits for `poll`, or for `wake` where that comes first; a
/// wake-up during a step leads to another step without a pause.
///
/// A step is never interrupted: the loop ends after the one that is under way. A task that must do
/// something when it ends does it after this. Supervision sees each step as work and each wait as
/// idle, so a step that takes longer than a minute calls
/// [`progress`](selfsame_events::supervision::progress). A step logs its own errors.
pub async fn run_until<F, Fut>(
    mut stop: watch::Receiver<bool>,
    poll: Duration,
    wake: Option<&Notify>,
    mut run_step: F,
) where
    F: FnMut() -> Fut,
    Fut: Future<Output = NextStep>,
{
    while !*stop.borrow() {
        if run_step().await == NextStep::Now {
            progress();
            continue;
        }
        let woken = async {
            match wake {
                Some(wake) => wake.notified().await,
                None => pending().await,
            }
        };
        let wait = async {
            tokio::select! {
                () = woken => false,
                () = sleep(poll) => false,
                // An error means that the sender is gone.
                _ = stop.wait_for(|stops| *stops) => true,
            }
        };
        if idle(wait).await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, advance};

    use super::*;

    const POLL: Duration = Duration::from_secs(10);

    struct Loop {
        stop: watch::Sender<bool>,
        wake: Arc<Notify>,
        /// Milliseconds from the start to each step.
        steps: UnboundedReceiver<u128>,
        task: JoinHandle<()>,
    }

    /// A loop whose first `busy` steps ask for another one.
    fn begin(busy: usize) -> Loop {
        let (told, steps) = unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let wake = Arc::new(Notify::new());
        let (woken, began) = (Arc::clone(&wake), Instant::now());
        let task = tokio::spawn(async move {
            let mut made = 0;
            run_until(stopped, POLL, Some(&woken), || {
                told.send(began.elapsed().as_millis()).unwrap();
                made += 1;
                std::future::ready(if made <= busy { NextStep::Now } else { NextStep::Wait })
            })
            .await;
        });
        Loop { stop, wake, steps, task }
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_is_made_at_once_and_then_every_poll() {
        let mut polled = begin(0);
        for at in [0, 10_000, 20_000] {
            assert_eq!(polled.steps.recv().await, Some(at));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_that_asks_for_another_one_is_followed_without_a_pause() {
        let mut busy = begin(2);
        for at in [0, 0, 0, 10_000] {
            assert_eq!(busy.steps.recv().await, Some(at));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wake_up_ends_the_wait_and_begins_the_next_one() {
        let mut woken = begin(0);
        assert_eq!(woken.steps.recv().await, Some(0));
        advance(Duration::from_secs(4)).await;
        woken.wake.notify_one();
        assert_eq!(woken.steps.recv().await, Some(4_000));
        assert_eq!(woken.steps.recv().await, Some(14_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wake_up_during_a_step_is_not_lost() {
        let (stop, stopped) = watch::channel(false);
        let (wake, began) = (Notify::new(), Instant::now());
        let (mut made, mut at) = (0, Vec::new());
        run_until(stopped, POLL, Some(&wake), || {
            at.push(began.elapsed().as_millis());
            made += 1;
            if made == 1 {
                wake.notify_one();
            } else {
                stop.send_replace(true);
            }
            std::future::ready(NextStep::Wait)
        })
        .await;
        assert_eq!(at, [0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait_and_the_loop() {
        let mut stopped = begin(0);
        assert_eq!(stopped.steps.recv().await, Some(0));
        let began = Instant::now();
        stopped.stop.send_replace(true);
        stopped.task.await.unwrap();
        assert!(began.elapsed() < POLL);
        assert_eq!(stopped.steps.recv().await, None, "no further step");
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_whose_stop_can_not_come_any_more_ends() {
        let Loop { stop, wake: _wake, mut steps, task } = begin(0);
        assert_eq!(steps.recv().await, Some(0));
        drop(stop);
        task.await.unwrap();
        assert_eq!(steps.recv().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_is_stopped_already_makes_no_step() {
        let (_stop, stopped) = watch::channel(true);
        run_until(stopped, POLL, None, || -> std::future::Ready<NextStep> {
            unreachable!("it is stopped")
        })
        .await;
    }
}
