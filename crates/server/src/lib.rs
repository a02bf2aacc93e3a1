//! The program: settings, wiring, command line, operations and the embedded web interface.

pub mod assembly;
pub mod background;
pub mod clock_mark;
pub mod commands;
pub mod consumers;
pub mod failure;
pub mod fetch;
pub mod files;
pub mod health;
pub mod logs;
pub mod metrics;
pub mod operations;
pub mod publishers;
mod rate_limits;
pub mod serve;
pub mod settings;
mod start;
mod sweep;
pub mod traces;
pub mod ui;
pub mod webhook_client;
pub mod wiring;
