//! The feature on stores in memory: its handlers with a chosen caller, its public route through the
//! router.

mod async_upload;
mod crash;
mod refusals;
mod rename;
mod serve;
mod through_http;
mod upload;
mod world;
