//! How the span of a delivery leads back to the change that caused it.
//!
//! What a process traces is as much its own as what it logs, so there is one [`SpanLinks`] for all
//! journals in it.

use std::fmt;
use std::sync::OnceLock;

use tracing::Span;

/// What `tracing` can't say of spans.
pub trait SpanLinks: Send + Sync {
    /// Names the span that is entered (`traceparent` of W3C Trace Context, 55 characters), where it
    /// is sampled.
    fn here(&self) -> Option<String>;

    /// Links `span` to the one that `traceparent` names. What is no name is passed over.
    fn link(&self, span: &Span, traceparent: &str);
}

impl fmt::Debug for dyn SpanLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpanLinks")
    }
}

static LINKS: OnceLock<&'static dyn SpanLinks> = OnceLock::new();

/// From now on events say which span they were committed in, and deliveries are linked to it. Only
/// the first call counts.
pub fn set_span_linker(links: &'static dyn SpanLinks) {
    // A second one would be the same: they go to the one subscriber of the process.
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
