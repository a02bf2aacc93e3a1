//! Logging to standard error, as text or JSON.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt, registry};

use crate::settings::{LogFormat, LogLevel, Settings};
use crate::traces::{self, SpanLayer};

/// Drivers of brokers. Their traces hold URLs with passwords, and bodies of messages.
const DRIVERS: &[&str] = &["amq_protocol", "amq_protocol_tcp", "async_nats", "lapin", "tcp_stream"];

/// Starts logging for the service, whose spans go to `spans`.
pub fn start(settings: &Settings, spans: Option<SpanLayer>) {
    start_at(level(settings.log_level), settings.log_format, spans);
}

/// Starts logging for a command: its own output is enough where nothing fails.
pub fn start_quiet(settings: &Settings) {
    start_at(level(settings.log_level).min(LevelFilter::WARN), settings.log_format, None);
}

const fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

fn start_at(level: LevelFilter, format: LogFormat, spans: Option<SpanLayer>) {
    let shown = Targets::new()
        .with_default(level)
        .with_target(traces::TARGET, LevelFilter::OFF)
        .with_targets(DRIVERS.iter().map(|driver| (*driver, level.min(LevelFilter::WARN))));
    let lines = lines(format);
    // A second start in one process finds the subscriber of the first one, which does the same.
    let _ = match spans {
        // One filter for all, so that tracing caches which spans no layer wants.
        None => registry().with(lines).with(shown).try_init(),
        Some(spans) => registry().with(vec![spans, lines.with_filter(shown).boxed()]).try_init(),
    };
}

fn lines(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    // A line that can't be written is lost: a complaint on standard error would panic, and end what
    // is under way.
    let lines =
        fmt::layer().with_writer(std::io::stderr).with_ansi(false).log_internal_errors(false);
    match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    }
}
