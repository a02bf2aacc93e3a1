//! The shared parts of all routes, tried on a small application.

#[cfg(test)]
mod app;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod logging;
#[cfg(test)]
mod middleware;
#[cfg(test)]
mod rate_limits;
