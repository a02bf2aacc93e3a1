//! The filter of activity entries.

use std::time::Duration;

use selfsame_events::Entry;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Store, StoreError};
use selfsame_web::{Fault, Problem};

use super::record::is_name;
use super::time_search;
use super::view;

/// Most entries that one request reads, those that the filter excludes included.
pub(super) const READ_LIMIT: usize = 500;
/// Most types in one request.
const MOST_TYPES: usize = 10;
/// Entries of nodes whose clocks differ by less may be slightly out of order in time.
const SKEW: Duration = Duration::from_mins(1);

/// A filter over the entries of one user.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Types, and groups of them without the `.*`; empty for all.
    types: Vec<String>,
    /// Only entries at or after this time.
    from: Option<Timestamp>,
    /// Only entries at or before this time.
    to: Option<Timestamp>,
}

/// A page of matching entries.
pub(super) struct EntryPage {
    pub(super) entries: Vec<Entry>,
    /// The sequence before which the next page begins; `None` at the end.
    pub(super) next: Option<u64>,
    /// How many entries were read.
    pub(super) entries_read: usize,
}

impl Filter {
    /// A checked filter: `types` is a comma-separated list of types (`session.created`) and groups
    /// (`session`, `user.*`).
    pub(super) fn new(
        types: Option<&str>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Self, Problem> {
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Problem::fault("?from", Fault::NotBefore { other: "to".to_owned() }));
        }
        let named = types.iter().flat_map(|list| list.split(',')).map(str::trim);
        let types: Vec<_> =
            named.map(|name| name.strip_suffix(".*").unwrap_or(name).to_owned()).collect();
        if types.len() > MOST_TYPES {
            return Err(Problem::fault("?type", Fault::TooMany { max: MOST_TYPES }));
        }
        if !types.iter().all(|name| is_name(name)) {
            return Err(Problem::fault("?type", Fault::NotAnEventType));
        }
        Ok(Self { types, from, to })
    }

    /// Up to `limit` matching entries, from before the sequence `position` or from the newest on.
    pub(super) async fn find(
        &self,
        store: &dyn Store,
        user: &UserId,
        limit: usize,
        position: Option<u64>,
    ) -> Result<EntryPage, StoreError> {
        let mut at = match position {
            Some(position) => position,
            None => self.beginning(store, user).await?,
        };
        let mut found = EntryPage { entries: Vec::new(), next: None, entries_read: 0 };
        loop {
            let (entries, more) =
                time_search::before(store, user, at, READ_LIMIT - found.entries_read).await?;
            for (sequence, entry) in entries {
                found.entries_read += 1;
                at = sequence;
                let Some(entry) = entry else { continue };
                if self.from.is_some_and(|from| entry.occurred_at < from.minus(SKEW)) {
                    return Ok(found);
                }
                if self.matches(&entry) {
                    found.entries.push(entry);
                }
                if found.entries.len() == limit {
                    found.next = (sequence > 1).then_some(sequence);
                    return Ok(found);
                }
            }
            if !more || found.entries_read >= READ_LIMIT {
                found.next = more.then_some(at);
                return Ok(found);
            }
        }
    }

    async fn beginning(&self, store: &dyn Store, user: &UserId) -> Result<u64, StoreError> {
        let newest = time_search::newest(store, user).await?;
        match self.to {
            Some(to) => time_search::first_after(store, user, newest, to.plus(SKEW)).await,
            None => Ok(newest + 1),
        }
    }

    fn matches(&self, entry: &Entry) -> bool {
        let in_time = self.from.is_none_or(|from| entry.occurred_at >= from)
            && self.to.is_none_or(|to| entry.occurred_at <= to);
        in_time && view::is_shown(entry) && self.wants_type(entry)
    }

    fn wants_type(&self, entry: &Entry) -> bool {
        let kind = view::kind(entry);
        let is_of = |name: &str, group: &str| {
            name.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.types.is_empty()
            || self.types.iter().any(|name| is_of(&entry.event_type, name) || is_of(kind, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selfsame_events::Origin;
    use serde_json::json;

    fn entry(event_type: &str) -> Entry {
        Entry {
            event_id: "01JD3Z5K8QW4N6R7T9V2X0Y1AB".into(),
            event_type: event_type.into(),
            occurred_at: Timestamp::from_millis(0),
            origin: Origin::default(),
            data: json!({"kind": "order.placed"}),
            traceparent: None,
        }
    }

    #[test]
    fn a_group_is_all_types_below_it_and_no_type_that_begins_alike() {
        let matches = |types: &str, name: &str| {
            Filter::new(Some(types), None, None).unwrap().matches(&entry(name))
        };
        for types in ["user.*", "user", "user.email_updated", "media.*, user.*"] {
            assert!(matches(types, "user.email_updated"), "{types}");
        }
        for types in ["use", "user.email", "profile", "user.email_updated.more"] {
            assert!(!matches(types, "user.email_updated"), "{types}");
        }
    }

    #[test]
    fn what_clients_record_is_found_by_its_kind_and_by_where_it_comes_from() {
        for types in ["order", "order.placed", "activity", "activity.recorded"] {
            let filter = Filter::new(Some(types), None, None).unwrap();
            assert!(filter.matches(&entry("activity.recorded")), "{types}");
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        let many = ["user"; 11].join(",");
        for types in ["", "*", "User", "user..x", "user.", "a b", ",", "user.*.*", many.as_str()] {
            assert!(Filter::new(Some(types), None, None).is_err(), "{types}");
        }
    }
}
