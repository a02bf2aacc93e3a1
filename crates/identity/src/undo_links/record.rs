//! The states of accounts before changes.

use std::time::Duration;

use selfsame_events::user_key;
use selfsame_primitives::{EmailAddress, Timestamp, UserId, stored};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use selfsame_users::records::SecondFactor;

/// How long a link is valid (SPEC 11).
pub const KEPT: Duration = Duration::from_hours(7 * 24);
/// States per user. Later changes of the same week have links without effect, earlier links stay
/// valid: a thief can't push out the owner's.
const MOST: usize = 50;

/// An account before a change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountSnapshot {
    /// Random, and known to the link.
    pub id: String,
    /// When the change was.
    pub at: Timestamp,
    /// The address of then.
    #[serde(default, deserialize_with = "stored::optional")]
    pub email: Option<EmailAddress>,
    /// Whether its owner had shown that it is theirs.
    pub email_verified: bool,
    /// The time of the state, where it is earlier than `at`: for an alert about an earlier change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// The second factor, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactor>,
}

/// The states that can be gone back to, the oldest first, at `undo` of their user's partition.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UndoHistory {
    /// The states that can be brought back, the oldest first.
    pub states: Vec<AccountSnapshot>,
}

impl AccountSnapshot {
    /// When the account was like this.
    #[must_use]
    pub fn was_at(&self) -> Timestamp {
        self.as_of.unwrap_or(self.at)
    }
}

impl Record for UndoHistory {
    const KIND: &'static str = "undo";
}

impl UndoHistory {
    /// Its place.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "undo")
    }

    /// With `state`, and without those that are too old.
    #[must_use]
    pub fn with(mut self, state: AccountSnapshot) -> Self {
        self.states.retain(|old| state.at.since(old.at) < KEPT);
        if self.states.len() < MOST {
            self.states.push(state);
        }
        self
    }

    /// What the account was like at `since`, if it was changed after that.
    #[must_use]
    pub fn first_since(&self, since: Timestamp) -> Option<&AccountSnapshot> {
        let changed = self.states.iter().filter(|state| state.was_at() >= since);
        changed.min_by_key(|state| state.was_at())
    }

    /// Splits at the state with `id`, unless that is too old. Nothing stays of what came after it.
    #[must_use]
    pub fn restore(mut self, id: &str, now: Timestamp) -> Option<Back> {
        let index =
            self.states.iter().position(|state| state.id == id && now.since(state.at) < KEPT)?;
        let mut later = self.states.split_off(index);
        let state = later.remove(0);
        if let Some(as_of) = state.as_of {
            self.states.retain(|earlier| earlier.was_at() < as_of);
        }
        Some(Back { left: self, state, later })
    }
}

/// A way back to a state.
#[derive(Clone, PartialEq, Debug)]
pub struct Back {
    /// What stays of the others.
    pub left: UndoHistory,
    /// The state.
    pub state: AccountSnapshot,
    /// What the account was like before later changes.
    pub later: Vec<AccountSnapshot>,
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = br#"undo/1
{"states":[{"id":"01JD3Z5K8QW4N6R7T9V2X0Y1AB","at":"2026-01-31T09:30:00.000Z","email":"ada@example.org","emailVerified":true}]}"#;
        let undos: UndoHistory = decode(stored).unwrap();
        assert_eq!(undos.states.len(), 1);
        assert_eq!(encode(&undos), stored);
    }

    #[test]
    fn a_state_that_was_kept_late_takes_what_came_before_it_along() {
        let at = |second: i64| Timestamp::from_millis(1_800_000_000_000 + second * 1000);
        let state = |id: &str, second, as_of: Option<i64>| AccountSnapshot {
            id: id.into(),
            at: at(second),
            email: None,
            email_verified: false,
            as_of: as_of.map(at),
            second_factor: None,
        };
        let states = [
            state("own", 1, None),
            state("first", 5, None),
            state("thief's", 6, None),
            state("late", 9, Some(4)),
        ];
        let undos = states.into_iter().fold(UndoHistory::default(), UndoHistory::with);
        assert_eq!(undos.first_since(at(4)).unwrap().id, "late");
        assert_eq!(undos.first_since(at(5)).unwrap().id, "first");
        assert_eq!(undos.first_since(at(7)), None);
        let back = undos.clone().restore("late", at(10)).unwrap();
        assert_eq!(back.left.states.iter().map(|state| &*state.id).collect::<Vec<_>>(), ["own"]);
        let back = undos.restore("first", at(10)).unwrap();
        assert_eq!((back.left.states.len(), back.later.len()), (1, 2));
    }

    #[test]
    fn later_changes_push_no_earlier_state_out() {
        let state = |number: usize| AccountSnapshot {
            id: number.to_string(),
            at: Timestamp::from_millis(1_800_000_000_000),
            email: None,
            email_verified: false,
            as_of: None,
            second_factor: None,
        };
        let undos =
            (0..MOST + 9).fold(UndoHistory::default(), |undos, number| undos.with(state(number)));
        assert_eq!(undos.states.len(), MOST);
        let now = Timestamp::from_millis(1_800_000_000_000);
        assert_eq!(undos.clone().restore("0", now).unwrap().left, UndoHistory::default());
        assert_eq!(undos.restore(&MOST.to_string(), now), None);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::UndoHistory>();
    }
}
