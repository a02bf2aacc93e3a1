//! Properties of the application as a whole.

mod clocks;
mod counted;
mod once;
mod populations;
mod routes;
mod snapshots;
mod stored;
