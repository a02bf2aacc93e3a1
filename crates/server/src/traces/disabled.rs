//! A program without OpenTelemetry.

use std::future::{Ready, ready};

use selfsame_web::Trace;

use super::SpanLayer;
use crate::failure::Failure;
use crate::settings::Settings;

/// No request has a span.
pub const REQUESTS: Option<&'static dyn Trace> = None;

/// Nothing is traced.
#[derive(Debug)]
pub struct Traces;

impl Traces {
    /// Never fails: the settings were refused where they ask for traces.
    pub fn connect(_: &Settings) -> Result<Self, Failure> {
        Ok(Self)
    }

    /// There is none.
    #[must_use]
    pub fn layer(&self) -> Option<SpanLayer> {
        None
    }

    /// Nothing is left to send.
    pub fn finish(self) -> Ready<()> {
        ready(())
    }
}
