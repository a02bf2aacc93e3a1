//! The baseline of an account: known devices and networks, and past alerts.

use std::collections::BTreeMap;
use std::time::Duration;

use selfsame_events::user_key;
use selfsame_primitives::{SessionId, Timestamp, UserId, stored};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use super::events::Kind;

/// Known devices, and known networks; beyond this the one that was unseen for longest is removed.
const MOST: usize = 20;
/// Mails are counted over this time.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// A device or a network.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KnownDevice {
    /// A keyed hash, so that the store does not reveal where a user was.
    pub(super) mark: String,
    /// When it was seen first.
    pub(super) first_at: Timestamp,
    /// When it was seen last.
    pub(super) last_at: Timestamp,
}

/// A sign-in from an unknown device or network.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the fields are stored under these names")]
pub(super) struct NewDevice {
    pub(super) at: Timestamp,
    /// Its session.
    #[serde(
        default,
        deserialize_with = "stored::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) session_id: Option<SessionId>,
    pub(super) new_device: bool,
    pub(super) new_network: bool,
}

/// A mail about a finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct SentAlert {
    pub(super) kind: Kind,
    pub(super) at: Timestamp,
}

/// The baseline of an account, at `monitoring` of its user's partition.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountBaseline {
    /// The sequence of the last evaluated event: none is evaluated twice.
    pub(super) sequence: u64,
    pub(super) devices: Vec<KnownDevice>,
    pub(super) networks: Vec<KnownDevice>,
    /// The last sign-in from a new device or network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) newcomer: Option<NewDevice>,
    /// When each kind was found last.
    #[serde(default)]
    pub(super) found: BTreeMap<Kind, Timestamp>,
    /// The mails of the last day.
    #[serde(default)]
    pub(super) mailed: Vec<SentAlert>,
}

impl Record for AccountBaseline {
    const KIND: &'static str = "monitoring";
}

impl AccountBaseline {
    /// Its key.
    pub(super) fn key(user: &UserId) -> Key {
        user_key(user, "monitoring")
    }
}

/// Whether `mark` is among `known`.
pub(super) fn knows(known: &[KnownDevice], mark: &str) -> bool {
    known.iter().any(|known| known.mark == mark)
}

/// Records that `mark` was seen at `at`.
pub(super) fn observe(known: &mut Vec<KnownDevice>, mark: &str, at: Timestamp) {
    let first_at = known.iter().find(|known| known.mark == mark).map_or(at, |known| known.first_at);
    known.retain(|known| known.mark != mark);
    known.push(KnownDevice { mark: mark.to_owned(), first_at, last_at: at });
    known.drain(..known.len().saturating_sub(MOST));
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = br#"monitoring/1
{"sequence":7,"devices":[{"mark":"bWFyaw","firstAt":"2026-01-31T09:30:00.000Z","lastAt":"2026-01-31T09:45:00.000Z"}],"networks":[],"newcomer":{"at":"2026-01-31T09:30:00.000Z","sessionId":"01JD3Z5K8QW4N6R7T9V2X0Y1AB","newDevice":true,"newNetwork":false},"found":{"new_device":"2026-01-31T09:30:00.000Z"},"mailed":[{"kind":"new_device","at":"2026-01-31T09:30:00.000Z"}]}"#;
        let baseline: AccountBaseline = decode(stored).unwrap();
        assert_eq!((baseline.sequence, baseline.devices.len(), baseline.mailed.len()), (7, 1, 1));
        assert_eq!(encode(&baseline), stored);
    }

    #[test]
    fn what_was_not_seen_for_the_longest_is_forgotten_first() {
        let mut known = Vec::new();
        let at = |second: usize| Timestamp::from_millis(i64::try_from(second).unwrap() * 1000);
        for second in 0..MOST {
            observe(&mut known, &second.to_string(), at(second));
        }
        observe(&mut known, "0", at(100));
        observe(&mut known, "new", at(101));
        assert_eq!(known.len(), MOST);
        assert!(knows(&known, "0") && knows(&known, "new") && !knows(&known, "1"));
        assert_eq!(known[MOST - 2].first_at, at(0));
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::AccountBaseline>();
    }
}
