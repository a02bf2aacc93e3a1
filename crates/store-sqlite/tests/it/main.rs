//! The embedded store on real files, alone and beside other processes.

mod compact;
mod conformance;
mod crash;
mod files;
mod processes;
mod sweep;
