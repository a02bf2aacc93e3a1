//! What is stored of a second factor.

use selfsame_events::user_key;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Record, Store, StoreError, decode};
use serde::{Deserialize, Serialize};

/// A user's time-based codes (RFC 6238), at `two-factor` of their partition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactor {
    /// The secret that the codes are made from, sealed with the installation's keys.
    pub secret: String,
    /// Since when sign-ins require a code; `None` until the owner has entered a first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<Timestamp>,
    /// The last accepted time step. It and older ones are refused, since a code is valid once.
    pub last_step: u64,
    /// Keyed hashes of the recovery codes that are left.
    pub recovery_codes: Vec<String>,
    /// Wrong codes since the last right one.
    #[serde(default)]
    pub failures: u32,
    /// Until when time-based codes are refused, because of too many wrong ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
}

impl Record for SecondFactor {
    const KIND: &'static str = "two-factor";
}

impl SecondFactor {
    /// Its key.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "two-factor")
    }

    /// The owner has reauthenticated: earlier wrong codes no longer count.
    pub const fn unlock(&mut self) {
        self.failures = 0;
        self.paused_until = None;
    }

    /// Whether sign-ins of `user` require a code.
    pub async fn is_on(store: &dyn Store, user: &UserId) -> Result<bool, StoreError> {
        Ok(Self::load(store, user).await?.is_some_and(|factor| factor.enabled_at.is_some()))
    }

    /// The record of `user`, required or not yet.
    pub async fn load(store: &dyn Store, user: &UserId) -> Result<Option<Self>, StoreError> {
        let item = store.get(&Self::key(user)).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?)
    }
}

#[cfg(test)]
mod tests {
    use selfsame_store::encode;

    use super::*;

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = br#"two-factor/1
{"secret":"c2VhbGVk","enabledAt":"2026-01-31T09:30:00.000Z","lastStep":58995060,"recoveryCodes":["aGFzaA"],"failures":2,"pausedUntil":"2026-01-31T09:31:00.000Z"}"#;
        let factor: SecondFactor = decode(stored).unwrap();
        assert_eq!(
            (factor.last_step, factor.failures, factor.recovery_codes.len()),
            (58_995_060, 2, 1)
        );
        assert_eq!(encode(&factor), stored);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::SecondFactor>();
    }
}
