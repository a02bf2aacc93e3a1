//! The program, as its operators and its users use it.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod backup;
mod commands;
mod folder;
mod service;
mod snapshots;
mod support;
#[cfg(feature = "otel")]
mod traces;
