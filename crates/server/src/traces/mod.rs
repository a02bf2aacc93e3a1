//! Traces to an OpenTelemetry collector. The sender is built only with the feature `otel`; without
//! it the settings' rules refuse `traces.endpoint`.

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

/// The target of all spans that are sent, and of nothing else: log events stay here.
pub const TARGET: &str = "traces";

/// The layer for spans.
pub type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;
