//! How many codes an address gets: in the hour and in the day that end now, not by the clock on the wall.

use std::time::Duration;

use selfsame_basics::{EmailAddress, Keys, Timestamp};
use selfsame_items::{Action, Key, Record, Write};
use serde::{Deserialize, Serialize};

/// The partitions of what was sent start with this.
const PARTITION: &str = "otp-sends/";
const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

/// How many codes may be sent to one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SendLimits {
    /// In an hour.
    pub hourly: usize,
    /// In a day.
    pub daily: usize,
}

impl SendLimits {
    /// For a service for others (SPEC 11).
    pub const PRODUCTION: Self = Self { hourly: 10, daily: 50 };
    /// For somebody's machine.
    pub const DEVELOPMENT: Self = Self { hourly: 20, daily: 100 };
}

/// When codes were sent to an address in the last day, for all purposes together.
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

    /// One more send at `now`; else how long to wait.
    pub(super) fn another(mut self, limits: SendLimits, now: Timestamp) -> Result<Self, Duration> {
        self.at.retain(|at| now.age_of(*at) < DAY);
        let waits = [(HOUR, limits.hourly), (DAY, limits.daily)].map(|(span, limit)| {
            let recent = self.at.iter().rev().take_while(|at| now.age_of(**at) < span);
            // The one whose going makes room again.
            recent.take(limit).nth(limit.saturating_sub(1)).map(|at| at.plus(span).since(now))
        });
        if let Some(wait) = waits.into_iter().flatten().max() {
            return Err(wait);
        }
        self.at.push(now);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + minutes * 60_000)
    }

    #[test]
    fn the_eleventh_in_an_hour_waits_until_the_first_is_an_hour_old() {
        let mut sends = Sends::default();
        for minute in 0..10 {
            sends = sends.another(SendLimits::PRODUCTION, at(minute)).unwrap();
        }
        assert_eq!(sends.clone().another(SendLimits::PRODUCTION, at(10)), Err(Duration::from_mins(50)));
        assert!(sends.clone().another(SendLimits::DEVELOPMENT, at(10)).is_ok());
        let sends = sends.another(SendLimits::PRODUCTION, at(60)).unwrap();
        assert_eq!(sends.another(SendLimits::PRODUCTION, at(60)), Err(Duration::from_mins(1)));
    }

    #[test]
    fn the_fifty_first_in_a_day_waits_until_the_first_is_a_day_old() {
        let mut sends = Sends::default();
        for number in 0..50 {
            sends = sends.another(SendLimits::PRODUCTION, at(number * 7)).unwrap();
        }
        assert_eq!(sends.clone().another(SendLimits::PRODUCTION, at(420)), Err(Duration::from_hours(17)));
        assert_eq!(sends.another(SendLimits::PRODUCTION, at(1440)).unwrap().at.len(), 50);
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
