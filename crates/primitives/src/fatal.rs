//! The end of a process that can't trust its disk or one of its own threads any more.

use std::fmt;
use std::sync::Arc;

/// Called where going on could lose what was acknowledged: in a program, the process ends at once.
///
/// By default it aborts, so that a forgotten handler can't let the process go on. The program ends
/// with a line and an exit code of its own; tests record the call.
#[derive(Clone)]
pub struct Fatal(Arc<dyn Fn(&str) + Send + Sync>);

impl Fatal {
    /// `end` gets the reason, in one line. In a program it does not return.
    #[must_use]
    pub fn new(end: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(end))
    }

    /// Ends the process because of `why`. Whoever calls this has to do no more harm where it
    /// returns all the same.
    pub fn end(&self, why: &str) {
        (self.0)(why);
    }
}

impl Default for Fatal {
    fn default() -> Self {
        Self::new(|_| std::process::abort())
    }
}

impl fmt::Debug for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fatal")
    }
}
