//! What is stored of a request with a key.

use selfsame_items::Record;
use serde::{Deserialize, Serialize};

/// The item at `idempotency/{name} answer`.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct IdempotencyRecord {
    /// A keyed hash of the request: another request has another.
    pub(crate) fingerprint: String,
    pub(crate) state: State,
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    InFlight,
    /// The sealed answer, in base 64.
    Answered {
        sealed: String,
    },
}

impl Record for IdempotencyRecord {
    const KIND: &'static str = "idempotency";
}
