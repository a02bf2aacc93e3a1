//! What has to hold for the application as a whole.

mod clocks;
mod counted;
mod once;
mod populations;
mod routes;
mod snapshots;
mod stored;
