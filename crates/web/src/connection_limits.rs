//! The limits of the connections of a server.

use std::time::Duration;

/// The number of connections of a server, and their timeouts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConnectionLimits {
    /// Connections at once. Beyond these, idle ones are closed, or new ones wait to be accepted.
    pub connections: usize,
    /// Connections at once from one address (IPv6: one /64) that is no trusted proxy. More are
    /// closed at once.
    pub connections_of_one: usize,
    /// Headers of a request; more are answered with 431.
    pub headers: usize,
    /// Bytes of all headers of a request; more are answered with 431.
    pub header_bytes: usize,
    /// The time until a new connection has sent the head of its first request. It is closed
    /// after at most twice this time.
    pub head_timeout: Duration,
    /// The time after which a connection without traffic is closed, at most one `head_timeout`
    /// later.
    pub idle_timeout: Duration,
    /// The time that requests in flight have to finish when the server stops.
    pub drain_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_of_one: 5_000,
            headers: 64,
            header_bytes: 16 * 1024,
            head_timeout: Duration::from_secs(15),
            // Longer than the 60 s for which common load balancers keep connections: the load
            // balancer must close first.
            idle_timeout: Duration::from_secs(75),
            drain_timeout: Duration::from_secs(20),
        }
    }
}
