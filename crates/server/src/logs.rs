//! Log lines: to standard error, for people or for machines.

use tracing::level_filters::LevelFilter;

use crate::settings::{LogFormat, LogLevel, Settings};

/// Starts logging for the service.
pub fn start(settings: &Settings) {
    start_at(level(settings.log_level), settings.log_format);
}

/// Starts logging for a command: what it says itself is enough where all is well.
pub fn start_quiet(settings: &Settings) {
    start_at(level(settings.log_level).min(LevelFilter::WARN), settings.log_format);
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

fn start_at(level: LevelFilter, format: LogFormat) {
    let builder =
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false);
    // A second start in one process finds the first one's subscriber, which does the same.
    let _ = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
