//! Links from the span of a delivery to the change that caused it.
//!
//! Traces belong to the process, as logs do, so there is one [`SpanLinks`] for all journals in it.

use std::fmt;
use std::sync::OnceLock;

use tracing::Span;

/// What `tracing` has no interface for.
pub trait SpanLinks: Send + Sync {
    /// The current span (`traceparent` of W3C Trace Context, 55 characters), if it is sampled.
    fn here(&self) -> Option<String>;

    /// Links `span` to the one that `traceparent` names. An invalid name is ignored.
    fn link(&self, span: &Span, traceparent: &str);
}

impl fmt::Debug for dyn SpanLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpanLinks")
    }
}

static LINKS: OnceLock<&'static dyn SpanLinks> = OnceLock::new();

/// From now on entries hold the span they were committed in, and deliveries are linked to it. Only
/// the first call counts.
pub fn set_span_linker(links: &'static dyn SpanLinks) {
    // A second linker would go to the same subscriber, of which a process has one.
    let _ = LINKS.set(links);
}

pub(crate) fn here() -> Option<String> {
    LINKS.get()?.here()
}

pub(crate) fn link(span: &Span, traceparent: Option<&str>) {
    if let (Some(links), Some(traceparent)) = (LINKS.get(), traceparent) {
        links.link(span, traceparent);
    }
}
