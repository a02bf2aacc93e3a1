//! Futures whose panics are returned as values.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// What `panic!` was given.
pub(crate) type Panic = Box<dyn Any + Send>;

/// The output of `future`, or its panic; `after` is called at the end of every poll, on the same
/// thread.
pub(crate) async fn catch_panic<F: Future>(
    future: F,
    mut after: impl FnMut(),
) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    poll_fn(|context| {
        // A future that panicked is not polled again: its state may be inconsistent.
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        after();
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

/// The message of a panic.
pub(crate) fn panic_text(panic: &Panic) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}
