//! The stored state of a request with a key.

use selfsame_primitives::Timestamp;
use selfsame_store::Record;
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
    /// Something was committed for the request. Until `answering_until` its answer may still come;
    /// later it is lost.
    #[serde(rename_all = "camelCase")]
    Committed {
        answering_until: Timestamp,
    },
    /// The sealed answer, in base 64.
    Answered {
        sealed: String,
    },
}

impl Record for IdempotencyRecord {
    const KIND: &'static str = "idempotency";
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::IdempotencyRecord>();
    }
}
