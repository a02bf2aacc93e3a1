//! User counts by population, kept exact by the commits that change them.
//!
//! A user's head says which populations they are counted in. A change that says otherwise rewrites
//! the head, as nearly every change does anyway, and puts the difference beside it in the same
//! commit. So neither a crash nor another process counts a user twice, and a change that leaves all
//! as it was costs nothing. A difference has a key of its own, so that no item is written by many;
//! a background task adds them up ([`add_up`](crate::add_up)). See docs/decisions/0040.

use std::collections::BTreeMap;

use selfsame_primitives::UserId;
use selfsame_store::{Guard, Key, Record, Write, encode};
use serde::{Deserialize, Serialize};

use crate::shards::shard_of;
use crate::{Head, Status};

/// Prefix of the sort keys of differences.
pub(crate) const DIFFERENCES: &str = "difference/";

/// A set of users that are counted: one of 32, by its number. Numbers are stored, so none is used
/// again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Population(pub u8);

impl Population {
    const fn bit(self) -> u32 {
        1 << (self.0 % 32)
    }
}

/// What a change says about the populations of its user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Membership {
    /// The populations it says something about.
    known: u32,
    /// Those of them that the user is in.
    member: u32,
    /// It covers every population, so it also counts a user who was never counted.
    is_whole: bool,
}

impl Membership {
    pub(crate) const fn set(&mut self, population: Population, is_in: bool) {
        self.known |= population.bit();
        self.member &= !population.bit();
        if is_in {
            self.member |= population.bit();
        }
    }

    pub(crate) const fn set_whole(&mut self) {
        self.is_whole = true;
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.known == 0 && !self.is_whole
    }

    /// Writes the populations into `head`, and returns the difference. A pending registration is in
    /// no population. A user whose head is from before there were populations is counted only as a
    /// whole: what a partial change leaves out would never be counted.
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

    /// Counts a user, whose head is made without a journal, as a member of `populations`.
    pub fn count(&mut self, head: &mut Head, populations: impl IntoIterator<Item = Population>) {
        let mut membership = Membership::default();
        populations.into_iter().for_each(|population| membership.set(population, true));
        self.add(&membership.apply(head, true));
    }

    /// The write that counts these users, `user` among them; `id` makes its key unique.
    #[must_use]
    pub fn write(&self, user: &UserId, id: &str) -> Write {
        Write::put(difference_key(user, id), Guard::Absent, encode(self))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn between(before: u32, after: u32) -> Self {
        let changed = (0..32_u8).filter(|number| has(before ^ after, *number));
        let counts = changed.map(|number| (number, if has(after, number) { 1 } else { -1 }));
        Self { counts: counts.collect() }
    }

    pub(crate) fn add(&mut self, difference: &Self) {
        for (number, count) in &difference.counts {
            *self.counts.entry(*number).or_default() += count;
        }
    }
}

const fn has(bits: u32, number: u8) -> bool {
    bits & Population(number).bit() != 0
}

/// The key of a difference that a change of `user` makes. It does not hold the user's id.
pub(crate) fn difference_key(user: &UserId, id: &str) -> Key {
    Key::new(partition(shard_of(user)), format!("{DIFFERENCES}{id}"))
}

/// The partition of the differences of `shard`, and of their sum.
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
            membership.set(*population, *is_in);
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
    fn a_pending_registration_is_counted_once_it_is_a_user() {
        let mut head = Head { status: Status::Pending, ..Head::default() };
        assert!(saying(&[(USERS, true)]).apply(&mut head, true).is_empty());
        head.status = Status::Active;
        assert_eq!(counts(&saying(&[(USERS, true)]).apply(&mut head, false)), [(0, 1)]);
    }

    #[test]
    fn a_user_who_was_never_counted_is_counted_as_a_whole() {
        let mut head = Head::default();
        assert!(saying(&[(TALL, true)]).apply(&mut head, false).is_empty());
        assert_eq!(head.populations, None);
        let mut all = saying(&[(USERS, true), (TALL, true)]);
        all.set_whole();
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
