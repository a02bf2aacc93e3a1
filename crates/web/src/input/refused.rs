//! The errors of deserialization, as values.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

use crate::fault::{Fault, of_refusal};
use selfsame_primitives::take_flaw;

/// The first fault of a type, and where.
#[derive(Debug)]
pub(super) struct Refused {
    /// Where, once that is known.
    pub(super) pointer: Option<String>,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A member of that name, of the object at the pointer, is not known.
    Unknown(String),
    /// A member of that name is missing from the object at the pointer.
    Missing(String),
    /// Something is wrong with the value at the pointer.
    Fault(Fault),
}

impl Refused {
    pub(super) const fn fault(fault: Fault) -> Self {
        Self { pointer: None, kind: Kind::Fault(fault) }
    }

    /// The same, at `pointer` where no deeper place is known.
    pub(super) fn at(mut self, pointer: impl FnOnce() -> String) -> Self {
        self.pointer.get_or_insert_with(pointer);
        self
    }
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Refused {}

impl Error for Refused {
    /// An error that is only a text becomes `NotTaken`.
    fn custom<T: Display>(_: T) -> Self {
        Self::fault(take_flaw().and_then(of_refusal).unwrap_or(Fault::NotTaken))
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::fault(Fault::NotTaken)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let allowed = expected.iter().map(|name| (*name).to_owned()).collect();
        Self::fault(Fault::NotOneOf { allowed })
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self { pointer: None, kind: Kind::Unknown(field.to_owned()) }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { pointer: None, kind: Kind::Missing(field.to_owned()) }
    }
}
