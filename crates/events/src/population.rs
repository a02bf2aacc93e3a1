//! How many users are what, kept exact by the commits that change it.
//!
//! The head of a user says which populations they are counted in. A change that says otherwise
//! rewrites the head, as nearly every change does anyway, and puts the difference beside it in the
//! same commit; so neither a crash nor another process counts anybody twice, and a change that
//! leaves all as it was costs nothing. A difference lies at a place of its own, so that no item is
//! written by many; a chore adds them up ([`add_up`](crate::add_up)).

use std::collections::BTreeMap;

use selfsame_primitives::UserId;
use selfsame_store::{Guard, Key, Record, Write, encode};
use serde::{Deserialize, Serialize};

use crate::shards::shard_of;
use crate::{Head, Status};

/// What the places of differences begin with.
pub(crate) const DIFFERENCES: &str = "difference/";

/// A set of users that are counted: one of 32, by its number. Numbers stand in what is stored, so
/// none is used again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Population(pub u8);

impl Population {
    const fn bit(self) -> u32 {
        1 << (self.0 % 32)
    }
}

/// What a change says of the populations that its user is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Membership {
    /// Of which it says something.
    known: u32,
    /// In which of these the user is.
    member: u32,
    /// It says all that there is to say of somebody who was never counted.
    is_whole: bool,
}

impl Membership {
    pub(crate) const fn says(&mut self, population: Population, is_in: bool) {
        self.known |= population.bit();
        self.member &= !population.bit();
        if is_in {
            self.member |= population.bit();
        }
    }

    pub(crate) const fn is_whole(&mut self) {
        self.is_whole = true;
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.known == 0 && !self.is_whole
    }

    /// Puts into `head` what is said, and gives the difference. Who waits to become a user is in no
    /// population. Of somebody whose head is from before there were populations only all at once is
    /// taken, or what was not said would never be counted.
    pub(crate) fn apply(self, head: &mut Head, is_new: bool) -> Populations {
        let before = head.populations;
        if before.is_none() && !is_new && !self.is_whole {
            return Populations::default();
        }
        let counted = before.unwrap_or_default();
        let after = if head.status == Status::Pending {
            counted
        } else {
            (counted & !self.known) | (self.member & self.known)
        };
        head.populations = Some(after);
        Populations::between(counted, after)
    }
}

/// How many users there are in each population, or how many more than before.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Populations {
    /// By the number of the population.
    counts: BTreeMap<u8, i64>,
}

impl Record for Populations {
    const KIND: &'static str = "populations";
}

impl Populations {
    /// How many users are in `population`.
    #[must_use]
    pub fn of(&self, population: Population) -> u64 {
        u64::try_from(self.counts.get(&population.0).copied().unwrap_or_default()).unwrap_or(0)
    }

    /// Counts `user`, whose head is made without a journal, as a member of `populations`.
    pub fn count(&mut self, head: &mut Head, populations: impl IntoIterator<Item = Population>) {
        let mut membership = Membership::default();
        populations.into_iter().for_each(|population| membership.says(population, true));
        self.add(&membership.apply(head, true));
    }

    /// What has to be written so that these users, `user` among them, are counted; at a place named
    /// `id`.
    #[must_use]
    pub fn write(&self, user: &UserId, id: &str) -> Write {
        Write::put(place(user, id), Guard::Absent, encode(self))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn between(before: u32, after: u32) -> Self {
        let changed = (0..32_u8).filter(|place| has(before ^ after, *place));
        let counts = changed.map(|place| (place, if has(after, place) { 1 } else { -1 }));
        Self { counts: counts.collect() }
    }

    pub(crate) fn add(&mut self, difference: &Self) {
        for (place, count) in &difference.counts {
            *self.counts.entry(*place).or_default() += count;
        }
    }
}

const fn has(bits: u32, place: u8) -> bool {
    bits & Population(place).bit() != 0
}

/// The place of a difference that `user` makes. It is named after nobody.
pub(crate) fn place(user: &UserId, id: &str) -> Key {
    Key::new(partition(shard_of(user)), format!("{DIFFERENCES}{id}"))
}

/// Where the differences of `shard` lie, and their sum.
pub(crate) fn partition(shard: u8) -> String {
    format!("populations/{shard:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: Population = Population(0);
    const TALL: Population = Population(3);

    fn saying(said: &[(Population, bool)]) -> Membership {
        let mut membership = Membership::default();
        for (population, is_in) in said {
            membership.says(*population, *is_in);
        }
        membership
    }

    fn counts(populations: &Populations) -> Vec<(u8, i64)> {
        populations.counts.clone().into_iter().collect()
    }

    #[test]
    fn only_what_is_new_is_a_difference() {
        let mut head = Head::default();
        let first = saying(&[(USERS, true), (TALL, false)]).apply(&mut head, true);
        assert_eq!(counts(&first), [(0, 1)]);
        assert!(saying(&[(USERS, true), (TALL, false)]).apply(&mut head, false).is_empty());
        let grown = saying(&[(TALL, true)]).apply(&mut head, false);
        assert_eq!((counts(&grown), head.populations), (vec![(3, 1)], Some(0b1001)));
        let gone = saying(&[(USERS, false), (TALL, false)]).apply(&mut head, false);
        assert_eq!(counts(&gone), [(0, -1), (3, -1)]);
    }

    #[test]
    fn who_waits_to_become_a_user_is_counted_when_they_are_one() {
        let mut head = Head { status: Status::Pending, ..Head::default() };
        assert!(saying(&[(USERS, true)]).apply(&mut head, true).is_empty());
        head.status = Status::Active;
        assert_eq!(counts(&saying(&[(USERS, true)]).apply(&mut head, false)), [(0, 1)]);
    }

    #[test]
    fn who_was_never_counted_is_counted_all_at_once() {
        let mut head = Head::default();
        assert!(saying(&[(TALL, true)]).apply(&mut head, false).is_empty());
        assert_eq!(head.populations, None);
        let mut all = saying(&[(USERS, true), (TALL, true)]);
        all.is_whole();
        assert_eq!(counts(&all.apply(&mut head, false)), [(0, 1), (3, 1)]);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Populations>();
    }
}
