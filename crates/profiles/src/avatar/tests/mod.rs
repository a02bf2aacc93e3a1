//! The feature on stores in memory: its handlers with a caller of our choice, its public route
//! through the router.

mod crash;
mod later;
mod refusals;
mod rename;
mod serve;
mod through_http;
mod upload;
mod world;
