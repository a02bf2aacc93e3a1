//! Guessing gets slower with every guess, for whoever guesses.

mod backoff;
mod strangers;

pub(crate) use backoff::{Attempt, Backoff, too_many};
