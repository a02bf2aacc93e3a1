//! What is stored of a request with a key.

use selfsame_basics::Timestamp;
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
    /// Something was committed for the request. Until `answering_until` its answer may still come; later it is lost.
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
mod tests {
    use selfsame_items::{decode, encode};

    use super::*;

    #[test]
    fn what_was_stored_once_is_read_for_ever() {
        let stored: [&[u8]; 3] = [
            b"idempotency/1\n{\"fingerprint\":\"a\",\"state\":\"inFlight\"}",
            b"idempotency/1\n{\"fingerprint\":\"a\",\"state\":{\"committed\":{\"answeringUntil\":\"2026-01-31T09:30:00.000Z\"}}}",
            b"idempotency/1\n{\"fingerprint\":\"a\",\"state\":{\"answered\":{\"sealed\":\"b\"}}}",
        ];
        for bytes in stored {
            let record: IdempotencyRecord = decode(bytes).unwrap();
            assert_eq!(encode(&record), bytes);
        }
    }
}
