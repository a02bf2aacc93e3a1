//! The one program: settings, wiring, command line, operations and the embedded web interface.

pub mod application;
pub mod background;
pub mod clock_mark;
pub mod commands;
pub mod courier;
pub mod failure;
pub mod fetch;
pub mod files;
pub mod health;
pub mod inbound;
pub mod logs;
pub mod metrics;
pub mod operations;
pub mod serve;
pub mod settings;
pub mod sinks;
mod start;
mod sweep;
pub mod traces;
pub mod ui;
pub mod wiring;
