//! What accounts were like before changes.

use std::time::Duration;

use selfsame_basics::{EmailAddress, Timestamp, UserId};
use selfsame_events::user_key;
use selfsame_items::{Key, Record};
use serde::{Deserialize, Serialize};

use crate::records::SecondFactor;

/// A link is good for so long (SPEC 11).
pub(crate) const KEPT: Duration = Duration::from_hours(7 * 24);
/// So many states are kept; later changes of the same week have links that lead nowhere, while the earlier ones stay good: a
/// thief can't push the owner's out.
const MOST: usize = 50;

/// An account before a change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    /// Random, and known to the link.
    pub(crate) id: String,
    /// When the change was.
    pub(crate) at: Timestamp,
    pub(crate) email: Option<EmailAddress>,
    pub(crate) email_verified: bool,
    /// The second factor, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) second_factor: Option<SecondFactor>,
}

/// The states that can be gone back to, the oldest first, at `undo` of their user's partition.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Undos {
    pub(crate) states: Vec<State>,
}

impl Record for Undos {
    const KIND: &'static str = "undo";
}

impl Undos {
    /// Its place.
    pub(crate) fn key(user: &UserId) -> Key {
        user_key(user, "undo")
    }

    /// With `state`, and without those that are too old.
    pub(crate) fn with(mut self, state: State) -> Self {
        self.states.retain(|old| state.at.since(old.at) < KEPT);
        if self.states.len() < MOST {
            self.states.push(state);
        }
        self
    }

    /// Splits into what stays and the state with `id`, unless that is too old.
    pub(crate) fn back_to(mut self, id: &str, now: Timestamp) -> Option<(Self, State)> {
        let place = self.states.iter().position(|state| state.id == id && now.since(state.at) < KEPT)?;
        let state = self.states.drain(place..).next()?;
        Some((self, state))
    }
}

#[cfg(test)]
mod tests {
    use selfsame_items::{decode, encode};

    use super::*;

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = br#"undo/1
{"states":[{"id":"01JD3Z5K8QW4N6R7T9V2X0Y1AB","at":"2026-01-31T09:30:00.000Z","email":"ada@example.org","emailVerified":true}]}"#;
        let undos: Undos = decode(stored).unwrap();
        assert_eq!(undos.states.len(), 1);
        assert_eq!(encode(&undos), stored);
    }

    #[test]
    fn later_changes_push_no_earlier_state_out() {
        let state = |number: usize| State {
            id: number.to_string(),
            at: Timestamp::from_millis(1_800_000_000_000),
            email: None,
            email_verified: false,
            second_factor: None,
        };
        let undos = (0..MOST + 9).fold(Undos::default(), |undos, number| undos.with(state(number)));
        assert_eq!(undos.states.len(), MOST);
        let now = Timestamp::from_millis(1_800_000_000_000);
        assert_eq!(undos.clone().back_to("0", now).unwrap().0, Undos::default());
        assert_eq!(undos.back_to(&MOST.to_string(), now), None);
    }
}
