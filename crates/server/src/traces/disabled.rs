//! Traces in a program without OpenTelemetry.

use std::future::{Ready, ready};

use selfsame_web::Trace;

use super::SpanLayer;
use crate::failure::Failure;
use crate::settings::Settings;

/// Requests have no spans.
pub const REQUESTS: Option<&'static dyn Trace> = None;

/// No traces.
#[derive(Debug)]
pub struct Traces;

impl Traces {
    /// Never fails: the rules of the settings refuse traces in this program.
    pub fn connect(_: &Settings) -> Result<Self, Failure> {
        Ok(Self)
    }

    /// None.
    #[must_use]
    pub fn layer(&self) -> Option<SpanLayer> {
        None
    }

    /// There are no spans to send.
    pub fn finish(self) -> Ready<()> {
        ready(())
    }
}
