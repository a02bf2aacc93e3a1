//! How many codes an address gets, and how many somebody has sent: in the hour and in the day that end now, not by the clock on
//! the wall.

use std::time::Duration;

use selfsame_basics::{EmailAddress, Keys, Timestamp, UserId};
use selfsame_events::{Changes, Loaded, user_key};
use selfsame_items::{Action, ItemStore, Key, Record, StoreError, Write, decode};
use selfsame_web::{Client, Policy, Problem};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::App;

/// The partitions of what was sent start with this.
const PARTITION: &str = "otp-sends/";
const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

/// How many codes may be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendLimits {
    /// To one address in an hour.
    pub hourly: usize,
    /// To one address in a day.
    pub daily: usize,
    /// Because of one client, an address or an IPv6 /64, in an hour; 0 is no limit. A household or a class shares it.
    pub client_hourly: u32,
}

/// So often in a day an account is told that an address it wants is taken; then it has no address changed for a while, since an
/// answer for free ones alone would say the same.
const TAKEN: (usize, usize) = (5, 5);

impl SendLimits {
    /// For a service for others (SPEC 11).
    pub const PRODUCTION: Self = Self { hourly: 10, daily: 50, client_hourly: 100 };
    /// For somebody's machine.
    pub const DEVELOPMENT: Self = Self { hourly: 20, daily: 100, client_hourly: 0 };

    /// To one address, in an hour and in a day.
    pub(super) const fn of_address(self) -> (usize, usize) {
        (self.hourly, self.daily)
    }

    /// Because of one account, to addresses of its choice: each of them may be somebody else's.
    const fn of_account(self) -> (usize, usize) {
        (self.hourly, 2 * self.hourly)
    }
}

/// Counts a mail that `client` asks for without being signed in, or refuses it.
pub(crate) fn check_sender(app: &App, client: &Client) -> Result<(), Problem> {
    let policy = Policy::new("codes", app.settings.otp_limits.client_hourly, HOUR);
    app.throttle.check_ip(policy, client.ip, app.monotonic()).map(drop)
}

/// An account that has codes sent to addresses of its choice.
pub(crate) struct Sender {
    limits: (usize, usize),
    sends: Key,
    taken: Key,
}

impl Sender {
    /// The account of `user`.
    pub(crate) fn of(app: &App, user: &UserId) -> Self {
        let limits = app.settings.otp_limits.of_account();
        Self { limits, sends: user_key(user, "otp-sends"), taken: user_key(user, "otp-taken") }
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        vec![self.sends.clone(), self.taken.clone()]
    }

    /// Counts one more together with `changes`, whatever comes of it.
    pub(crate) fn count(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, Refusal> {
        counted(loaded, &self.taken, TAKEN)?;
        let sends = counted(loaded, &self.sends, self.limits)?;
        Ok(changes.put_until(self.sends.clone(), &sends, loaded.now().plus(DAY)))
    }

    /// The same for an address that is taken, which the account is told.
    pub(crate) fn count_taken(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, Refusal> {
        let taken = counted(loaded, &self.taken, TAKEN)?;
        let changes = self.count(changes, loaded)?;
        Ok(changes.put_until(self.taken.clone(), &taken, loaded.now().plus(DAY)))
    }
}

/// What lies at `key`, with one more.
fn counted(loaded: &Loaded, key: &Key, limits: (usize, usize)) -> Result<Sends, Refusal> {
    let sends = loaded.get::<Sends>(key)?.unwrap_or_default();
    sends.another(limits, loaded.now()).map_err(Refusal::TooMany)
}

/// When codes were sent to an address, or because of an account, in the last day, for all purposes together.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Sends {
    at: Vec<Timestamp>,
}

impl Record for Sends {
    const KIND: &'static str = "one-time-password-sends";
}

/// Whether `write` notes a code that is sent.
pub(super) fn is_send(write: &Write) -> bool {
    matches!(write.action, Action::Put { .. }) && write.key.partition.starts_with(PARTITION)
}

impl Sends {
    /// Its place: it names nobody.
    pub(super) fn key(keys: &Keys, address: &EmailAddress) -> Key {
        let name = keys.name("otp-sends", &[address.canonical().as_bytes()]);
        Key::new(format!("{PARTITION}{name}"), "sends")
    }

    /// What is stored of `address`.
    pub(super) async fn of(
        store: &dyn ItemStore,
        keys: &Keys,
        address: &EmailAddress,
    ) -> Result<Self, StoreError> {
        let item = store.get(&Self::key(keys, address)).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?.unwrap_or_default())
    }

    /// One more send at `now`; else how long to wait.
    pub(super) fn another(mut self, limits: (usize, usize), now: Timestamp) -> Result<Self, Duration> {
        self.at.retain(|at| now.age_of(*at) < DAY);
        if let Some(wait) = self.wait(limits, now) {
            return Err(wait);
        }
        self.at.push(now);
        Ok(self)
    }

    /// For how long yet there is no other.
    pub(super) fn wait(&self, (hourly, daily): (usize, usize), now: Timestamp) -> Option<Duration> {
        let waits = [(HOUR, hourly), (DAY, daily)].map(|(span, limit)| {
            let recent = self.at.iter().rev().take_while(|at| now.age_of(**at) < span);
            // The one whose going makes room again.
            recent.take(limit).nth(limit.saturating_sub(1)).map(|at| at.plus(span).since(now))
        });
        waits.into_iter().flatten().max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCTION: (usize, usize) = SendLimits::PRODUCTION.of_address();

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + minutes * 60_000)
    }

    #[test]
    fn the_eleventh_in_an_hour_waits_until_the_first_is_an_hour_old() {
        let mut sends = Sends::default();
        for minute in 0..10 {
            sends = sends.another(PRODUCTION, at(minute)).unwrap();
        }
        assert_eq!(sends.clone().another(PRODUCTION, at(10)), Err(Duration::from_mins(50)));
        assert!(sends.clone().another(SendLimits::DEVELOPMENT.of_address(), at(10)).is_ok());
        let sends = sends.another(PRODUCTION, at(60)).unwrap();
        assert_eq!(sends.another(PRODUCTION, at(60)), Err(Duration::from_mins(1)));
    }

    #[test]
    fn the_fifty_first_in_a_day_waits_until_the_first_is_a_day_old() {
        let mut sends = Sends::default();
        for number in 0..50 {
            sends = sends.another(PRODUCTION, at(number * 7)).unwrap();
        }
        assert_eq!(sends.clone().another(PRODUCTION, at(420)), Err(Duration::from_hours(17)));
        assert_eq!(sends.another(PRODUCTION, at(1440)).unwrap().at.len(), 50);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_items::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Sends>();
    }
}
