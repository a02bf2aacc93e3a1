//! Traces for an OpenTelemetry collector. What sends them is built only with the feature `otel`;
//! without it `traces.endpoint` is refused with the other settings.

#[cfg(feature = "otel")]
mod collector;
#[cfg(not(feature = "otel"))]
mod disabled;
#[cfg(feature = "otel")]
mod sender;

#[cfg(feature = "otel")]
pub use collector::{REQUESTS, Traces};
#[cfg(not(feature = "otel"))]
pub use disabled::{REQUESTS, Traces};
use tracing_subscriber::{Layer, Registry};

/// The target of all spans that are sent, and of nothing else: what is logged stays here.
pub const TARGET: &str = "traces";

/// What takes the spans.
pub type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;
