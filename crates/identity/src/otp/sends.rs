//! Limits of codes per address and per account, in sliding windows of an hour and a day.

use std::time::Duration;

use selfsame_events::{Changes, Loaded, user_key};
use selfsame_primitives::{EmailAddress, Keys, Timestamp, UserId};
use selfsame_store::{Action, Key, Record, Store, StoreError, Write, decode};
use selfsame_web::{Client, Problem, RateLimitPolicy};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::Identity;

/// The prefix of the partitions of send histories.
const PARTITION: &str = "otp-sends/";
const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

/// How often in a day an account may learn that an address is taken. Then it can start no change of
/// address for a while: an answer for free addresses alone would reveal the same.
const TAKEN: (usize, usize) = (5, 5);

/// Counts a mail for a `client` that is not signed in, or refuses it. Per client in memory: the
/// limits per address alone would let one client send mails to any number of addresses.
pub(crate) fn check_sender(identity: &Identity, client: &Client) -> Result<(), Problem> {
    let policy = RateLimitPolicy::new("codes", identity.settings.otp_limits.client_hourly, HOUR);
    identity
        .platform
        .rate_limiter
        .take_for_ip(policy, client.ip, identity.platform.monotonic())
        .map(drop)
}

/// The limits of an account that has codes sent to addresses of its choice.
pub(crate) struct Sender {
    limits: (usize, usize),
    sends: Key,
    taken: Key,
}

impl Sender {
    /// The account of `user`.
    pub(crate) fn of(identity: &Identity, user: &UserId) -> Self {
        let limits = identity.settings.otp_limits.of_account();
        Self { limits, sends: user_key(user, "otp-sends"), taken: user_key(user, "otp-taken") }
    }

    /// The keys to load.
    pub(crate) fn keys(&self) -> Vec<Key> {
        vec![self.sends.clone(), self.taken.clone()]
    }

    /// Counts a send with `changes`, whatever comes of it.
    pub(crate) fn apply(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, Refusal> {
        counted(loaded, &self.taken, TAKEN)?;
        let sends = counted(loaded, &self.sends, self.limits)?;
        Ok(changes.put_until(self.sends.clone(), &sends, loaded.now().plus(DAY)))
    }

    /// The same for a taken address, which the answer reveals.
    pub(crate) fn count_taken(
        &self,
        changes: Changes,
        loaded: &Loaded,
    ) -> Result<Changes, Refusal> {
        let taken = counted(loaded, &self.taken, TAKEN)?;
        let changes = self.apply(changes, loaded)?;
        Ok(changes.put_until(self.taken.clone(), &taken, loaded.now().plus(DAY)))
    }
}

/// The history at `key` with one more send.
fn counted(loaded: &Loaded, key: &Key, limits: (usize, usize)) -> Result<SendHistory, Refusal> {
    let sends = loaded.get::<SendHistory>(key)?.unwrap_or_default();
    sends.record_send(Reach::Account, limits, loaded.now()).map_err(Refusal::TooMany)
}

/// The recipient of a mail with a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// The reader of the address, with and without an account.
    Reader,
    /// The account of the address; none, where it has none.
    Account,
}

/// The times of sends to an address, or by an account, in the last day, for all purposes together.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct SendHistory {
    /// Sends that an account at the address got mails of.
    at: Vec<Timestamp>,
    /// Sends that reach the reader with and without an account. They are counted apart: the others
    /// send no mail where there is no account, and counted together they could block a registration
    /// (decision 0042).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reaching: Vec<Timestamp>,
}

impl Record for SendHistory {
    const KIND: &'static str = "one-time-password-sends";
}

/// Whether `write` records a sent code.
pub(super) fn is_send(write: &Write) -> bool {
    matches!(write.action, Action::Put { .. }) && write.key.partition.starts_with(PARTITION)
}

impl SendHistory {
    /// Its key, a keyed hash: it does not show the address.
    pub(super) fn key(keys: &Keys, address: &EmailAddress) -> Key {
        let name = keys.name("otp-sends", &[address.canonical().as_bytes()]);
        Key::new(format!("{PARTITION}{name}"), "sends")
    }

    /// The stored history of `address`.
    pub(super) async fn of(
        store: &dyn Store,
        keys: &Keys,
        address: &EmailAddress,
    ) -> Result<Self, StoreError> {
        let item = store.get(&Self::key(keys, address)).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?.unwrap_or_default())
    }

    /// Adds a send at `now`; else the time to wait.
    pub(super) fn record_send(
        mut self,
        reach: Reach,
        limits: (usize, usize),
        now: Timestamp,
    ) -> Result<Self, Duration> {
        self.at.retain(|at| now.age_of(*at) < DAY);
        self.reaching.retain(|at| now.age_of(*at) < DAY);
        let used_up = wait(&self.at, limits, now);
        let refused =
            if reach == Reach::Reader { wait(&self.reaching, limits, now) } else { used_up };
        if let Some(wait) = refused {
            return Err(wait);
        }
        if reach == Reach::Reader {
            self.reaching.push(now);
        }
        // A send beyond the limit reaches no account, so it must not prolong the wait for the next
        // one.
        if used_up.is_none() {
            self.at.push(now);
        }
        Ok(self)
    }

    /// Whether the limit of mails to an account at the address is used up.
    pub(super) fn is_used_up(&self, limits: (usize, usize), now: Timestamp) -> bool {
        wait(&self.at, limits, now).is_some()
    }

    /// The time until another send of `reach`, or one that an account would get.
    pub(super) fn wait(
        &self,
        reach: Reach,
        limits: (usize, usize),
        now: Timestamp,
    ) -> Option<Duration> {
        let of_reader = (reach == Reach::Reader).then(|| wait(&self.reaching, limits, now));
        wait(&self.at, limits, now).max(of_reader.flatten())
    }
}

/// The time until another send after `times`.
fn wait(times: &[Timestamp], (hourly, daily): (usize, usize), now: Timestamp) -> Option<Duration> {
    let waits = [(HOUR, hourly), (DAY, daily)].map(|(span, limit)| {
        let recent = times.iter().rev().take_while(|at| now.age_of(**at) < span);
        // The send that leaves the window first once the limit is reached.
        recent.take(limit).nth(limit.saturating_sub(1)).map(|at| at.plus(span).since(now))
    });
    waits.into_iter().flatten().max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SendLimits;

    const PRODUCTION: (usize, usize) = SendLimits::PRODUCTION.of_address();

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + minutes * 60_000)
    }

    #[test]
    fn the_eleventh_in_an_hour_waits_until_the_first_is_an_hour_old() {
        for reach in [Reach::Reader, Reach::Account] {
            let mut sends = SendHistory::default();
            for minute in 0..10 {
                sends = sends.record_send(reach, PRODUCTION, at(minute)).unwrap();
            }
            assert_eq!(
                sends.clone().record_send(reach, PRODUCTION, at(10)),
                Err(Duration::from_mins(50))
            );
            let more = SendLimits::DEVELOPMENT.of_address();
            assert!(sends.clone().record_send(reach, more, at(10)).is_ok());
            let sends = sends.record_send(reach, PRODUCTION, at(60)).unwrap();
            assert_eq!(sends.record_send(reach, PRODUCTION, at(60)), Err(Duration::from_mins(1)));
        }
    }

    #[test]
    fn the_fifty_first_in_a_day_waits_until_the_first_is_a_day_old() {
        let mut sends = SendHistory::default();
        for number in 0..50 {
            sends = sends.record_send(Reach::Account, PRODUCTION, at(number * 7)).unwrap();
        }
        let refused = sends.clone().record_send(Reach::Account, PRODUCTION, at(420));
        assert_eq!(refused, Err(Duration::from_hours(17)));
        assert_eq!(sends.record_send(Reach::Account, PRODUCTION, at(1440)).unwrap().at.len(), 50);
    }

    #[test]
    fn mails_to_accounts_and_to_readers_have_separate_limits() {
        let mut sends = SendHistory::default();
        for minute in 0..10 {
            sends = sends.record_send(Reach::Account, PRODUCTION, at(minute)).unwrap();
        }
        for minute in 10..20 {
            assert!(sends.is_used_up(PRODUCTION, at(minute)));
            sends = sends.record_send(Reach::Reader, PRODUCTION, at(minute)).unwrap();
        }
        let refused = |reach| sends.clone().record_send(reach, PRODUCTION, at(20)).err();
        assert_eq!(refused(Reach::Reader), Some(Duration::from_mins(50)));
        assert_eq!(refused(Reach::Account), Some(Duration::from_mins(40)));
        assert!(sends.clone().record_send(Reach::Account, PRODUCTION, at(60)).is_ok());
        assert_eq!(
            sends.record_send(Reach::Reader, PRODUCTION, at(60)),
            Err(Duration::from_mins(10))
        );
    }

    #[test]
    fn a_mail_to_the_reader_counts_for_an_account_too() {
        let mut sends = SendHistory::default();
        for minute in 0..9 {
            sends = sends.record_send(Reach::Reader, PRODUCTION, at(minute)).unwrap();
        }
        let sends = sends.record_send(Reach::Account, PRODUCTION, at(9)).unwrap();
        assert_eq!(sends.wait(Reach::Account, PRODUCTION, at(9)), Some(Duration::from_mins(51)));
        assert!(sends.clone().record_send(Reach::Account, PRODUCTION, at(10)).is_err());
        assert!(sends.record_send(Reach::Reader, PRODUCTION, at(10)).is_ok());
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::SendHistory>();
    }
}
