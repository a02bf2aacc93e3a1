//! The reason why a value is refused, passed on as a value.
//!
//! `serde` lets a type that refuses its input give a text only. A reader of requests needs the
//! reason itself, so it is passed beside the text, on the same thread and for the length of one
//! call (docs/decisions/0048).

use std::any::Any;
use std::cell::Cell;
use std::fmt::Display;

use serde::de::Error;

thread_local! {
    static FLAW: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

/// The error for `flaw`. A deserializer that needs the reason calls [`take_flaw`] while it makes
/// the error; for others it is an error of that text.
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
