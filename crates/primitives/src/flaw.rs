//! Why a value is refused, handed on as a value and not in words.
//!
//! `serde` lets a type that refuses its input say so in words only. Whoever reads requests needs
//! the reason itself, so it is laid down beside the words, on the same thread and for the length of
//! one call.

use std::any::Any;
use std::cell::Cell;
use std::fmt::Display;

use serde::de::Error;

thread_local! {
    static FLAW: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

/// The error for `flaw`. A deserializer that wants to know the reason asks [`take_flaw`] while it
/// makes the error; for others it is an error of that text.
pub fn refuse<E: Error>(flaw: impl Any + Display) -> E {
    let text = flaw.to_string();
    FLAW.set(Some(Box::new(flaw)));
    let error = E::custom(text);
    drop(FLAW.take());
    error
}

/// The reason of the error that is being made, where it was given to [`refuse`].
#[must_use]
pub fn take_flaw() -> Option<Box<dyn Any>> {
    FLAW.take()
}
