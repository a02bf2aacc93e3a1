//! Work that must not be left half done.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

/// Runs `work` to its end once it has started, also when the caller is cancelled: a client that
/// disconnects must not leave a commit whose caches were not updated. While the caller waits it
/// costs an allocation and no task.
pub fn run_to_completion<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> RunToCompletion<T> {
    RunToCompletion { work: Some(work.boxed()), begun: false }
}

/// Made by [`run_to_completion`].
pub struct RunToCompletion<T: Send + 'static> {
    work: Option<BoxFuture<'static, T>>,
    begun: bool,
}

impl<T: Send + 'static> std::fmt::Debug for RunToCompletion<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunToCompletion").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Future for RunToCompletion<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.begun = true;
        // Taken out during the call: work that panics is not polled again.
        let Some(mut work) = self.work.take() else { return Poll::Pending };
        let polled = work.poll_unpin(context);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for RunToCompletion<T> {
    fn drop(&mut self) {
        let remaining = self.work.take().filter(|_| self.begun);
        // Without a runtime the process is ending. The store survives that, as it survives a crash.
        if let (Some(remaining), Ok(runtime)) = (remaining, Handle::try_current()) {
            drop(runtime.spawn(remaining.map(drop)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn work_of_a_cancelled_caller_is_carried_out() {
        let (go, wait) = oneshot::channel::<()>();
        let (done, was_done) = oneshot::channel();
        let mut work = run_to_completion(async move {
            let _ = wait.await;
            let _ = done.send(7);
        });
        assert!((&mut work).now_or_never().is_none());
        drop(work);
        go.send(()).unwrap();
        assert_eq!(was_done.await, Ok(7));
    }

    #[tokio::test]
    async fn work_that_has_not_begun_is_not_done() {
        let (done, was_done) = oneshot::channel::<()>();
        drop(run_to_completion(async move {
            let _ = done.send(());
        }));
        assert!(was_done.await.is_err());
    }

    #[tokio::test]
    async fn the_caller_gets_the_outcome() {
        assert_eq!(run_to_completion(async { 7 }).await, 7);
    }
}
