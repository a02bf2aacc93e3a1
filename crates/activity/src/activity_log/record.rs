//! Entries that clients and other services add.

use selfsame_events::{Changes, Head, Loaded};
use selfsame_primitives::{UserId, clean_line};
use selfsame_store::{MAX_LEVELS, StoreError, is_deeper};
use selfsame_web::{Fault, FieldErrors, Problem};
use serde_json::{Map, Value};

use super::events::ActivityRecorded;

/// Characters of a kind.
const LONGEST_KIND: usize = 64;
/// Characters of a summary.
const LONGEST_SUMMARY: usize = 200;
/// Bytes of the data as JSON.
const MOST_DATA: usize = 4096;

/// First segments of types that belong to the service, now or in future: clients and other services
/// can't record entries that look like them.
const RESERVED: &[&str] = &[
    "account",
    "activity",
    "alias",
    "auth",
    "consent",
    "data",
    "email",
    "login",
    "mail",
    "media",
    "notification",
    "passkey",
    "password",
    "payment",
    "payment_method",
    "profile",
    "profiles",
    "review",
    "security",
    "selfsame",
    "service",
    "session",
    "sessions",
    "terms",
    "token",
    "user",
    "username",
    "webhook",
];

/// Whether `name` has the form of a type: `order.placed`.
pub(super) fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= LONGEST_KIND
        && name.split('.').all(|part| !part.is_empty() && part.bytes().all(is_letter))
}

/// Whether only the service itself records this kind.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    name.split('.').next().is_some_and(|first| RESERVED.contains(&first))
}

/// A checked entry to record.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordActivity {
    kind: String,
    summary: Option<String>,
    data: Map<String, Value>,
}

impl RecordActivity {
    /// Checks the fields `type`, `summary` and `data` of a body.
    pub fn new(
        kind: String,
        summary: Option<&str>,
        data: Map<String, Value>,
    ) -> Result<Self, Problem> {
        let mut faults = FieldErrors::default();
        if !is_name(&kind) {
            faults.add("/type", Fault::NotAKind { max: LONGEST_KIND });
        } else if is_reserved(&kind) {
            faults.add("/type", Fault::ReservedKind);
        }
        let summary = summary.map(|text| clean_line(text, LONGEST_SUMMARY)).transpose();
        let summary = faults.check("/summary", summary).flatten();
        // The same number of bytes may be nested brackets only, deeper than a reader of the entry
        // would parse.
        if data.values().any(|value| is_deeper(value, MAX_LEVELS - 1)) {
            faults.add("/data", Fault::TooDeep { max: MAX_LEVELS });
        } else if serde_json::to_vec(&data).map_or(usize::MAX, |bytes| bytes.len()) > MOST_DATA {
            faults.add("/data", Fault::TooLarge { max: MOST_DATA });
        }
        faults.or(Self { kind, summary, data })
    }

    /// Emits it as activity of `user`. `service` recorded it, or a client of the user if it is
    /// `None`. Returns the sequence of the entry.
    pub fn emit_for(
        &self,
        loaded: &Loaded,
        user: &UserId,
        service: Option<&str>,
    ) -> Result<(Changes, u64), StoreError> {
        let head = loaded.get::<Head>(&Head::key(user))?.unwrap_or_default();
        let payload = ActivityRecorded {
            user_id: user.clone(),
            kind: self.kind.clone(),
            summary: self.summary.clone(),
            data: self.data.clone(),
            service: service.map(str::to_owned),
        };
        Ok((Changes::none().emit(&payload), head.sequence + 1))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use selfsame_testbed::app::features;

    #[test]
    fn data_are_as_deep_as_can_be_read_in_whatever_is_around_them() {
        let record = |levels: usize| {
            let inner = (2..levels).fold(json!([]), |inner, _| json!([inner]));
            let data = Map::from_iter([("more".to_owned(), inner)]);
            RecordActivity::new("order.placed".into(), None, data).map_err(|problem| problem.errors)
        };
        assert!(record(MAX_LEVELS).is_ok());
        let faults = record(MAX_LEVELS + 1).unwrap_err();
        let [fault] = faults.as_slice() else { panic!("{faults:?}") };
        assert_eq!(
            (fault.pointer.as_str(), &fault.fault),
            ("/data", &Fault::TooDeep { max: MAX_LEVELS })
        );
    }

    #[test]
    fn kinds_that_look_like_events_of_the_service_are_reserved() {
        let kinds = features().iter().flat_map(|feature| &feature.events);
        let open: Vec<_> = kinds.map(|kind| kind.name).filter(|name| !is_reserved(name)).collect();
        assert_eq!(open, Vec::<&str>::new());
        assert!(!is_reserved("order.placed") && !is_reserved("users.seen"));
    }
}
