//! Traces to a collector, by OTLP over HTTP.

use std::collections::HashMap;

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, Key, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use selfsame_events::{SpanLinks, set_span_linker};
use selfsame_web::Trace;
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;

use super::sender::Sender;
use super::{SpanLayer, TARGET};
use crate::failure::Failure;
use crate::settings::{HttpUrl, Settings};

/// The source of spans of requests.
pub const REQUESTS: Option<&'static dyn Trace> = Some(&Requests);

/// Sends ended spans in batches, on a thread of its own.
#[derive(Debug)]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Traces to the collector in the settings, if any. It need not be up: spans that it does not
    /// accept are dropped. Must be called within the runtime that sends them.
    pub fn connect(settings: &Settings) -> Result<Self, Failure> {
        let provider = settings.traces_endpoint.as_ref().map(provider).transpose()?;
        if provider.is_some() {
            set_span_linker(&Requests);
        }
        Ok(Self(provider))
    }

    /// The layer for spans; `None` without a collector.
    #[must_use]
    pub fn layer(&self) -> Option<SpanLayer> {
        let tracer = self.0.as_ref()?.tracer(env!("CARGO_PKG_NAME"));
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false);
        Some(layer.with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO)).boxed())
    }

    /// Sends the remaining spans, for at most five seconds.
    pub async fn finish(self) {
        let Some(provider) = self.0 else { return };
        // It waits for the sending thread, which waits for this runtime.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

fn provider(endpoint: &HttpUrl) -> Result<SdkTracerProvider, Failure> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Sender::new()?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .build()
        .map_err(|error| Failure::Said(format!("traces can't be sent to {endpoint}: {error}")))?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build())
}

/// The resource of the spans: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, or this program's
/// name.
fn resource() -> Resource {
    let name = Resource::builder().build().get(&Key::new("service.name"));
    let is_named = name.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let builder = Resource::builder().with_attribute(version);
    if is_named { builder.build() } else { builder.with_service_name("selfsame").build() }
}

struct Requests;

impl Trace for Requests {
    fn continue_from(&self, span: &Span, headers: &HeaderMap) {
        let propagator = TraceContextPropagator::new();
        let caller = propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
        if caller.span().span_context().is_valid() {
            // It fails only where no layer takes spans.
            let _ = span.set_parent(caller);
        }
    }

    fn rename(&self, span: &Span, name: String) {
        // Recording `otel.name` has no effect once a span was entered.
        span.context().span().update_name(name);
    }
}

impl SpanLinks for Requests {
    fn here(&self) -> Option<String> {
        let context = Span::current().context();
        let span = context.span();
        let here = span.span_context();
        let name = || {
            format!("00-{}-{}-{:02x}", here.trace_id(), here.span_id(), here.trace_flags().to_u8())
        };
        here.is_sampled().then(name)
    }

    fn link(&self, span: &Span, traceparent: &str) {
        let named = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
        let cause = TraceContextPropagator::new().extract_with_context(&Context::new(), &named);
        if cause.span().span_context().is_valid() {
            span.add_link(cause.span().span_context().clone());
        }
    }
}
