//! Threads that the store can't be without.

use std::thread::{Builder, JoinHandle};

use selfsame_store::StoreError;

use crate::failure::{self, Failures};

/// Runs `work` on a thread of its own; where that panics, the process ends.
pub(crate) fn spawn(
    name: &str,
    failures: &Failures,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StoreError> {
    let watch = Watch { name: name.to_owned(), failures: failures.clone() };
    let run = move || {
        let _watch = watch;
        work();
    };
    Builder::new().name(name.into()).spawn(run).map_err(|error| failure::io(&error))
}

struct Watch {
    name: String,
    failures: Failures,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.failures.end(&format!("lost its thread {}, which panicked", self.name));
        }
    }
}
