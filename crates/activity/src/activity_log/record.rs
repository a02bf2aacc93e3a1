//! Entries that clients and other services add.

use selfsame_events::{Changes, Head, Loaded};
use selfsame_primitives::{UserId, clean_line};
use selfsame_store::{MAX_LEVELS, StoreError, is_deeper};
use selfsame_web::{Fault, FieldErrors, Problem};
use serde_json::{Map, Value};

use super::events::ActivityRecorded;

/// No kind has more characters.
const LONGEST_KIND: usize = 64;
/// No summary has more characters.
const LONGEST_SUMMARY: usize = 200;
/// No data takes more bytes as JSON.
const MOST_DATA: usize = 4096;

/// The first parts of the types that are the service's own, now or one day: nobody else may record
/// what looks like them.
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

/// Whether `name` is of the form of types: `order.placed`.
pub(super) fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= LONGEST_KIND
        && name.split('.').all(|part| !part.is_empty() && part.bytes().all(is_letter))
}

/// Whether only the service itself records what is called so.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    name.split('.').next().is_some_and(|first| RESERVED.contains(&first))
}

/// An entry that somebody wants to add, checked.
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
        // As many bytes may be nothing but brackets, which no reader of the entry around them would
        // follow.
        if data.values().any(|value| is_deeper(value, MAX_LEVELS - 1)) {
            faults.add("/data", Fault::TooDeep { max: MAX_LEVELS });
        } else if serde_json::to_vec(&data).map_or(usize::MAX, |bytes| bytes.len()) > MOST_DATA {
            faults.add("/data", Fault::TooLarge { max: MOST_DATA });
        }
        faults.or(Self { kind, summary, data })
    }

    /// Tells of it as the activity of `user`; `service` is who records it, if it is no client of
    /// theirs. The answer is the sequence of the entry.
    pub fn tell(
        &self,
        loaded: &Loaded,
        user: &UserId,
        service: Option<&str>,
    ) -> Result<(Changes, u64), StoreError> {
        let head = loaded.get::<Head>(&Head::key(user))?.unwrap_or_default();
        let told = ActivityRecorded {
            user_id: user.clone(),
            kind: self.kind.clone(),
            summary: self.summary.clone(),
            data: self.data.clone(),
            service: service.map(str::to_owned),
        };
        Ok((Changes::none().emit(&told), head.sequence + 1))
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
    fn nobody_records_what_looks_like_an_event_of_the_service() {
        let kinds = features().iter().flat_map(|feature| &feature.events);
        let open: Vec<_> = kinds.map(|kind| kind.name).filter(|name| !is_reserved(name)).collect();
        assert_eq!(open, Vec::<&str>::new());
        assert!(!is_reserved("order.placed") && !is_reserved("users.seen"));
    }
}
