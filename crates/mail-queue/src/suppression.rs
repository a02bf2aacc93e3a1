//! Addresses that get no more mail, by keyed hashes: the list holds no address.

use schemars::JsonSchema;
use selfsame_mail::webhook::Reason;
use selfsame_primitives::{EmailAddress, Keys, Timestamp};
use selfsame_store::{Guard, Item, Key, Record, Store, StoreError, Write, decode, encode};
use serde::{Deserialize, Serialize};

/// Why an address is on the list.
#[derive(Serialize, Deserialize)]
struct Suppressed {
    reason: SuppressionReason,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SuppressionReason {
    Bounce,
    Complaint,
}

impl Record for Suppressed {
    const KIND: &'static str = "suppressed";
}

/// Why an address gets no more mail, as its owner is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[schemars(rename = "MailProblem")]
pub enum MailStatus {
    /// A mail came back for good: there is no such mailbox.
    Bounced,
    /// Its owner reported a mail as spam.
    Complained,
}

impl MailStatus {
    /// The key of the suppression of `address`.
    #[must_use]
    pub fn key(keys: &Keys, address: &EmailAddress) -> Key {
        key(keys, address)
    }

    /// The status in the item at that key.
    pub fn of(item: &Item) -> Result<Self, StoreError> {
        Ok(match decode::<Suppressed>(&item.body)?.reason {
            SuppressionReason::Bounce => Self::Bounced,
            SuppressionReason::Complaint => Self::Complained,
        })
    }
}

fn key(keys: &Keys, address: &EmailAddress) -> Key {
    let name = keys.name("suppressed-email", &[address.canonical().as_bytes()]);
    Key::new(format!("suppressed/{name}"), "suppressed")
}

/// Whether `address` gets no mail.
pub(super) async fn is_suppressed(
    store: &dyn Store,
    keys: &Keys,
    address: &EmailAddress,
) -> Result<bool, StoreError> {
    Ok(store.get(&key(keys, address)).await?.is_some())
}

/// What puts `address` on the list.
pub(super) fn suppress(
    keys: &Keys,
    address: &EmailAddress,
    reason: Reason,
    at: Timestamp,
) -> Write {
    let reason = match reason {
        Reason::Bounce => SuppressionReason::Bounce,
        Reason::Complaint => SuppressionReason::Complaint,
    };
    Write::put(key(keys, address), Guard::Any, encode(&Suppressed { reason, at }))
}

/// What takes `address` off it.
pub(super) fn unsuppress(keys: &Keys, address: &EmailAddress) -> Write {
    Write::delete(key(keys, address), Guard::Any)
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Suppressed>();
    }
}
