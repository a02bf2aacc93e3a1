//! Refusals of a code, with the time to wait.

use std::time::Duration;

use selfsame_store::StoreError;
use selfsame_web::{Code, Detail, Problem, Wait};
use thiserror::Error;

/// Why no code is sent.
#[derive(Debug, Error)]
pub enum Refusal {
    /// Too many codes were sent; another may be sent after this time.
    #[error("too many codes were sent")]
    TooMany(Duration),
    /// A code could not be used before this time has passed.
    #[error("a code could not be used now")]
    Cooling(Duration),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooMany(wait) => limited(wait, |wait| Detail::TooManyCodes { wait }),
            Refusal::Cooling(wait) => limited(wait, |wait| Detail::CodesPaused { wait }),
            Refusal::Store(error) => error.into(),
        }
    }
}

pub(super) fn limited(wait: Duration, why: impl FnOnce(Wait) -> Detail) -> Problem {
    let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1);
    Problem::new(Code::RateLimited, why(Wait(seconds))).retry_after(seconds)
}
