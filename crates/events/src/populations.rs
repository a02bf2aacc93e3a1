//! How many users are what, kept exact by the commits that change it.
//!
//! The head of a user says which populations they are counted in. A change that says otherwise
//! rewrites the head, as nearly every change does anyway, and puts the difference beside it in the
//! same commit; so neither a crash nor another process counts anybody twice, and a change that
//! leaves all as it was costs nothing. A difference lies at a place of its own, so that no item is
//! written by many; a chore adds them up ([`add_up`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use selfsame_basics::UserId;
use selfsame_items::{
    Guard, Item, ItemStore, Key, Query, Record, StoreError, Write, decode, encode,
};
use serde::{Deserialize, Serialize};

use crate::quarantine::{Read, read_or_set_aside};
use crate::shards::{SHARDS, shard_of};
use crate::{Head, Journal, Status};

/// So many differences are added up in one commit, which holds the sum besides.
const TOGETHER: usize = 90;
/// So many commits are made for one part of them at a time.
const TURNS: usize = 100;
/// The place of the sum, before those of all differences.
const SUM: &str = "all";
const DIFFERENCES: &str = "difference/";

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

    fn add(&mut self, difference: &Self) {
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

fn partition(shard: u8) -> String {
    format!("populations/{shard:02}")
}

/// Adds up what lies there. Every node may do this at any time: whoever comes second finds that the
/// guards do not hold. A part that fails keeps no other from being added up.
pub async fn add_up(journal: &Arc<Journal>) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    for shard in 0..SHARDS {
        outcome = outcome.and(add_part(journal, shard).await);
    }
    outcome
}

async fn add_part(journal: &Arc<Journal>, shard: u8) -> Result<(), StoreError> {
    let mut after = None;
    for _ in 0..TURNS {
        match add_some(journal, shard, after).await {
            Ok(None) | Err(StoreError::Conflict(_)) => break,
            Ok(next) => after = next,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Adds up some differences of `shard`, those behind the place `after`; says behind which there may
/// be more. One that is damaged is set aside, and one that a later release has written stays.
async fn add_some(
    journal: &Arc<Journal>,
    shard: u8,
    after: Option<String>,
) -> Result<Option<String>, StoreError> {
    let store = journal.store();
    let query = Query::prefix(partition(shard), DIFFERENCES).limit(TOGETHER).after(after);
    let page = store.query(&query).await?;
    let (mut added, mut writes) =
        (Populations::default(), Vec::with_capacity(page.items.len() + 1));
    for item in page.items {
        if let Read::Record(difference) = read_or_set_aside::<Populations>(journal, &item).await? {
            added.add(&difference);
            writes.push(Write::delete(item.key, Guard::Revision(item.revision)));
        }
    }
    if !writes.is_empty() {
        let key = Key::new(partition(shard), SUM);
        let found = store.get(&key).await?;
        let guard = found.as_ref().map_or(Guard::Absent, |item| Guard::Revision(item.revision));
        let mut sum = found.as_ref().map(read).transpose()?.unwrap_or_default();
        sum.add(&added);
        writes.push(Write::put(key, guard, encode(&sum)));
        journal.commit(writes).await?;
    }
    Ok(page.next)
}

/// How many users there are in each population, as far as the first thousand differences of each
/// part say. A difference that can't be read counts once it can be; without a sum nobody knows how
/// many there are.
pub async fn populations(store: &dyn ItemStore) -> Result<Populations, StoreError> {
    let mut all = Populations::default();
    for shard in 0..SHARDS {
        for item in store.query(&Query::prefix(partition(shard), "").limit(1000)).await?.items {
            match read(&item) {
                Ok(counted) => all.add(&counted),
                Err(_) if item.key.sort != SUM => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(all)
}

fn read(item: &Item) -> Result<Populations, StoreError> {
    Ok(decode(&item.body)?)
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
    use selfsame_items::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Populations>();
    }
}
