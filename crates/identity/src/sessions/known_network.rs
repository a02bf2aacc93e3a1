//! Known networks and browsers of a user: networks in the user's partition, browsers by a cookie.
//!
//! Neither authenticates. A client with a known browser has a backoff of its own, and in a known
//! network a right password is accepted although the limit of unknown clients is used up (decision
//! 0018). So an attacker who uses it up does not lock the owner out.

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use selfsame_events::{Changes, user_partition};
use selfsame_primitives::{Keys, SessionId, Timestamp, UserId, same_secret, subscriber_prefix};
use selfsame_store::{Key, Record, StoreError};
use serde::{Deserialize, Serialize};

use super::cookie::{self, Cookie};
use crate::Identity;
use selfsame_platform::PublicUrls;

/// A network is known for this time after the last sign-in.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);
/// The lifetime of the device cookie: a year, in seconds.
const KEPT: u64 = 365 * 24 * 3600;

/// A network that the user has signed in from, at `network/{keyed hash}` of their partition for 30
/// days.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct KnownNetworkRecord {}

impl Record for KnownNetworkRecord {
    const KIND: &'static str = "familiar-network";
}

/// The key for the network of `ip` in `partition`. The hash is keyed: a reader of the store can't
/// find the network by trying all of them.
fn network_key(keys: &Keys, partition: &str, ip: IpAddr) -> Key {
    let network = subscriber_prefix(ip).to_string();
    let name = keys.name("familiar-network", &[partition.as_bytes(), network.as_bytes()]);
    Key::new(partition, format!("network/{name}"))
}

/// The network of a client that has authenticated as the user.
#[derive(Clone, Debug)]
pub(crate) struct KnownNetwork(Key);

impl KnownNetwork {
    /// The network of `ip`, for `user`.
    pub(crate) fn new(keys: &Keys, user: &UserId, ip: IpAddr) -> Self {
        Self(network_key(keys, &user_partition(user), ip))
    }

    /// Stores it with `changes`, in a commit that happens anyway.
    pub(crate) fn note(&self, changes: Changes, now: Timestamp) -> Changes {
        changes.put_until(self.0.clone(), &KnownNetworkRecord {}, now.plus(REMEMBERED))
    }
}

/// Whether `user` has signed in from the network of `ip`. Without a user there is one read as well,
/// so that the time reveals nothing.
pub(crate) async fn is_known_network(
    identity: &Identity,
    user: Option<&UserId>,
    ip: IpAddr,
) -> Result<bool, StoreError> {
    let partition = user.map_or_else(|| "user/nobody".to_owned(), user_partition);
    Ok(identity
        .platform
        .store
        .get(&network_key(&identity.platform.keys, &partition, ip))
        .await?
        .is_some())
}

/// The `Set-Cookie` headers of the device cookie: `{session}.{keyed hash of user and session}`.
/// Nothing is stored for it.
pub(super) fn set_cookie(
    keys: &Keys,
    user: &UserId,
    session: &SessionId,
    urls: &PublicUrls,
) -> Vec<HeaderValue> {
    let value = format!("{session}.{}", proof(keys, user, session.as_str()));
    cookie::set(Cookie::Device, &value, KEPT, urls)
}

fn proof(keys: &Keys, user: &UserId, session: &str) -> String {
    keys.name("familiar-device", &[user.as_str().as_bytes(), session.as_bytes()])
}

/// The session id in the device cookie, where it is genuine for `user`: the key of the browser's
/// backoff. It outlives the session.
pub(crate) fn device<'h>(
    headers: &'h HeaderMap,
    identity: &Identity,
    user: &UserId,
) -> Option<&'h str> {
    let (session, shown) =
        cookie::find(headers, Cookie::Device, &identity.platform.urls)?.split_once('.')?;
    same_secret(proof(&identity.platform.keys, user, session).as_bytes(), shown.as_bytes())
        .then_some(session)
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = b"familiar-network/1\n{}";
        assert_eq!(encode(&decode::<KnownNetworkRecord>(stored).unwrap()), stored);
    }

    #[test]
    fn a_network_is_one_for_each_subscriber_and_account() {
        let keys = Keys::from_master(&[7; 32]);
        let network_key = |partition, ip: &str| network_key(&keys, partition, ip.parse().unwrap());
        assert_eq!(
            network_key("user/a", "2001:db8:1:2::3"),
            network_key("user/a", "2001:db8:1:2::4")
        );
        assert_ne!(network_key("user/a", "203.0.113.7"), network_key("user/a", "203.0.113.8"));
        assert_ne!(
            network_key("user/a", "203.0.113.7").sort,
            network_key("user/b", "203.0.113.7").sort
        );
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::KnownNetworkRecord>();
    }
}
