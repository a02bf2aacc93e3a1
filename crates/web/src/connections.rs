//! All connections of a server, and the choice of those that make room.
//!
//! At the limit idle connections close first: those that have not sent a whole request, the oldest
//! first, then those between two requests, the longest idle first. A connection with a request in
//! flight is never closed. Each address has a share of the connections, so that one client can't
//! take them all (decision 0047).

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_primitives::subscriber_prefix;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::Network;
use crate::connection_progress::ConnectionProgress;

/// How long a new connection waits for room before others are asked again.
const LOOKED_THROUGH_AGAIN: Duration = Duration::from_secs(1);
/// At the limit one in this many connections is asked to close. Finding one means a scan of all, so
/// a scan for each new connection would cost more than serving it.
const ONE_IN: usize = 64;

/// All connections of a server.
pub(crate) struct Connections {
    most: usize,
    most_of_one: usize,
    /// Trusted proxies carry the connections of many clients, so they have no share.
    trusted: Vec<Network>,
    open: Mutex<Open>,
    freed: Notify,
}

#[derive(Default)]
struct Open {
    next: u64,
    all: BTreeMap<u64, Entry>,
    of: HashMap<IpAddr, usize>,
}

struct Entry {
    /// The subscriber whose share it counts towards; none for a trusted proxy.
    subscriber: Option<IpAddr>,
    progress: Arc<ConnectionProgress>,
}

/// One of the connections; returned when dropped.
pub(crate) struct ConnectionPermit {
    id: u64,
    connections: Arc<Connections>,
}

/// Why there is no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Full {
    /// The address has used up its share.
    Address,
    /// The server is at its limit.
    Server,
}

impl Connections {
    pub(crate) fn new(most: usize, most_of_one: usize, trusted: Vec<Network>) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, trusted, open: Mutex::default(), freed: Notify::new() })
    }

    /// Admits a connection from `peer` as soon as there is room; `None` where its address has used
    /// up its share.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        peer: IpAddr,
        progress: &Arc<ConnectionProgress>,
    ) -> Option<ConnectionPermit> {
        let is_trusted = self.trusted.iter().any(|network| network.contains(peer.to_canonical()));
        let subscriber = (!is_trusted).then(|| subscriber_prefix(peer));
        loop {
            match self.take(subscriber, progress) {
                Ok(permit) => return Some(permit),
                Err(Full::Address) => {
                    // Room is made among its own connections only.
                    self.make_room(|entry| entry.subscriber == subscriber);
                    return None;
                }
                Err(Full::Server) => self.make_room(|_| true),
            }
            let _ = timeout(LOOKED_THROUGH_AGAIN, self.freed.notified()).await;
        }
    }

    /// Resolves when there is no connection left.
    pub(crate) async fn wait_until_empty(&self) {
        while !self.lock().all.is_empty() {
            self.freed.notified().await;
        }
    }

    fn take(
        self: &Arc<Self>,
        subscriber: Option<IpAddr>,
        progress: &Arc<ConnectionProgress>,
    ) -> Result<ConnectionPermit, Full> {
        let mut open = self.lock();
        let has = subscriber.and_then(|subscriber| open.of.get(&subscriber).copied()).unwrap_or(0);
        if has >= self.most_of_one {
            return Err(Full::Address);
        }
        if open.all.len() >= self.most {
            return Err(Full::Server);
        }
        if let Some(subscriber) = subscriber {
            open.of.insert(subscriber, has + 1);
        }
        let id = open.next;
        open.next += 1;
        open.all.insert(id, Entry { subscriber, progress: Arc::clone(progress) });
        Ok(ConnectionPermit { id, connections: Arc::clone(self) })
    }

    /// Requests the close of some idle connections among those that `may_close`.
    fn make_room(&self, may_close: impl Fn(&Entry) -> bool) {
        let open = self.lock();
        let idle = open.all.iter().filter(|(_, entry)| may_close(entry));
        let mut idle: Vec<_> = idle
            .filter_map(|(id, entry)| Some((entry.progress.eviction_order()?, *id, entry)))
            .collect();
        let some = (open.all.len() / ONE_IN).max(1).min(idle.len());
        if some > 0 {
            // A selection, not a sort: only the first `some` are needed, in any order.
            idle.select_nth_unstable_by_key(some - 1, |(order, id, _)| (*order, *id));
        }
        idle.iter().take(some).for_each(|(_, _, entry)| entry.progress.request_close());
    }

    fn leave(&self, id: u64) {
        let mut open = self.lock();
        let subscriber = open.all.remove(&id).and_then(|entry| entry.subscriber);
        if let Some(subscriber) = subscriber
            && let Some(has) = open.of.get_mut(&subscriber)
        {
            *has -= 1;
            if *has == 0 {
                open.of.remove(&subscriber);
            }
        }
        drop(open);
        self.freed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.connections.leave(self.id);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn begun() -> Arc<ConnectionProgress> {
        let progress = Arc::new(ConnectionProgress::default());
        drop(progress.begin());
        progress
    }

    fn permit(
        connections: &Arc<Connections>,
        peer: &str,
        progress: &Arc<ConnectionProgress>,
    ) -> Option<ConnectionPermit> {
        connections
            .admit(peer.parse().unwrap(), progress)
            .now_or_never()
            .expect("there is room at once")
    }

    #[test]
    fn one_address_has_a_share_of_the_connections_and_a_trusted_proxy_all() {
        let connections = Connections::new(100, 2, vec!["192.0.2.0/24".parse().unwrap()]);
        let progress = begun();
        let taken: Vec<_> =
            (0..2).map(|_| permit(&connections, "2001:db8::1", &progress).unwrap()).collect();
        assert!(permit(&connections, "2001:db8::2", &progress).is_none(), "the same subscriber");
        assert!(permit(&connections, "2001:db8:0:1::1", &progress).is_some());
        drop(taken);
        assert!(permit(&connections, "2001:db8::2", &progress).is_some());
        let proxied: Vec<_> =
            (0..50).map(|_| permit(&connections, "192.0.2.1", &progress).unwrap()).collect();
        assert_eq!(proxied.len(), 50);
    }

    #[tokio::test(start_paused = true)]
    async fn half_open_and_idle_connections_make_room_and_served_ones_do_not() {
        let connections = Connections::new(4, 4, Vec::new());
        let (half_open, idle, longer_idle, served) = (Arc::default(), begun(), begun(), begun());
        longer_idle.note_idle(2);
        let _busy = served.begin();
        let all = [&served, &idle, &half_open, &longer_idle];
        let mut permits: Vec<_> =
            all.map(|progress| permit(&connections, "192.0.2.1", progress)).into();
        for expected in [&half_open, &longer_idle, &idle] {
            let next = begun();
            let admitted = {
                let waiting = connections.admit([192, 0, 2, 2].into(), &next);
                let mut waiting = std::pin::pin!(waiting);
                assert!(waiting.as_mut().now_or_never().is_none());
                assert!(
                    all.iter().all(|one| one.is_close_requested() == Arc::ptr_eq(one, expected))
                );
                expected.cancel_close();
                let index = all.iter().position(|one| Arc::ptr_eq(one, expected)).unwrap();
                permits[index] = None;
                waiting.await
            };
            std::mem::forget(next.begin());
            permits.push(admitted);
        }
        let waiting = connections.admit([192, 0, 2, 2].into(), &begun()).now_or_never();
        assert!(
            waiting.is_none() && all.iter().all(|one| !one.is_close_requested()),
            "only served ones are left"
        );
    }

    #[tokio::test]
    async fn waiting_ends_with_the_last_connection() {
        let connections = Connections::new(4, 4, Vec::new());
        let (one, two) =
            (permit(&connections, "::1", &begun()), permit(&connections, "::1", &begun()));
        drop(one);
        assert!(connections.wait_until_empty().now_or_never().is_none());
        drop(two);
        connections.wait_until_empty().await;
    }
}
