//! How often somebody may do something.
//!
//! The algorithm is GCRA (ITU-T I.371): one number for each key, the time at which all of its
//! allowance is back. What is kept is bounded and in this process alone: with several nodes a
//! caller has the allowance of each. What must hold across nodes (tries of a one-time password) is
//! counted in records.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::response::{IntoResponseParts, ResponseParts};
use http::{HeaderMap, HeaderName, HeaderValue};
use selfsame_basics::{MonotonicTime, subscriber_prefix};

use crate::{Code, Detail, Problem, Wait};

/// `limit` times in `window`: at once or spread, and back at an even pace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Its name in the headers: lower-case letters, digits and `-`.
    pub name: &'static str,
    /// How often; 0 is no limit.
    pub limit: u32,
    /// In which time, at least a millisecond.
    pub window: Duration,
}

impl Policy {
    /// No limit at all.
    pub const FREE: Self = Self::new("free", 0, Duration::from_mins(1));

    /// `limit` times in `window`.
    #[must_use]
    pub const fn new(name: &'static str, limit: u32, window: Duration) -> Self {
        Self { name, limit, window }
    }

    /// The nanoseconds after which one more is allowed.
    fn interval(&self) -> u64 {
        let window = u64::try_from(self.window.as_nanos()).unwrap_or(u64::MAX);
        (window / u64::from(self.limit.max(1))).max(1)
    }
}

/// What is left of a policy after a request; as part of a response, the two headers that say so
/// (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allowance {
    /// Of which policy.
    pub policy: Policy,
    /// How many more requests are allowed at once.
    pub remaining: u32,
    /// After how many seconds all of them are.
    pub reset: u64,
}

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

impl Allowance {
    /// Adds the headers; those of other policies stay.
    pub fn put(&self, headers: &mut HeaderMap) {
        let Policy { name, limit, window } = self.policy;
        if limit == 0 {
            return;
        }
        let policy = format!("\"{name}\";q={limit};w={}", window.as_secs().max(1));
        let state = format!("\"{name}\";r={};t={}", self.remaining, self.reset);
        for (header, text) in [(POLICY, policy), (LIMIT, state)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.append(header, value);
            }
        }
    }
}

impl IntoResponseParts for Allowance {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        self.put(parts.headers_mut());
        Ok(parts)
    }
}

const WAYS: usize = 8;

#[derive(Clone, Copy, Default)]
struct Slot {
    key: u64,
    /// When all allowance is back, in nanoseconds of the monotonic clock; what lies in the past is
    /// as good as empty.
    full_at: u64,
}

/// Remembers who did what how often, for a fixed number of callers.
///
/// Keys hash into sets of eight; where a ninth comes, the one that is nearest to its full allowance
/// is forgotten. The hash is keyed, so that nobody can aim at somebody else's set.
pub struct Throttle {
    sets: Box<[Mutex<[Slot; WAYS]>]>,
    hasher: RandomState,
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Throttle({} keys)", self.sets.len() * WAYS)
    }
}

impl Default for Throttle {
    /// Room for 131,072 keys, 2.2 MB.
    fn default() -> Self {
        Self::new(131_072)
    }
}

impl Throttle {
    /// Room for `keys` keys of 17 bytes each, in all policies together.
    #[must_use]
    pub fn new(keys: usize) -> Self {
        let sets = keys.div_ceil(WAYS).next_power_of_two();
        Self { sets: (0..sets).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    /// Takes one of what `key` (a user, an address, anything) may do under `policy`, or refuses
    /// with `rate_limited`.
    pub fn check(
        &self,
        policy: Policy,
        key: impl Hash,
        now: MonotonicTime,
    ) -> Result<Allowance, Problem> {
        if policy.limit == 0 {
            return Ok(Allowance { policy, remaining: u32::MAX, reset: 0 });
        }
        let now = now.nanos();
        let interval = policy.interval();
        let burst = interval.saturating_mul(u64::from(policy.limit));
        let hash = self.hasher.hash_one((policy.name, key)) | 1;
        let taken = self.with_slot(hash, |slot| {
            let full_at = slot.full_at.max(now).saturating_add(interval);
            let allowed = full_at - now <= burst;
            if allowed {
                slot.full_at = full_at;
            }
            (allowed, full_at - now)
        });
        match taken {
            (true, used) => Ok(allowance(policy, used)),
            (false, used) => Err(refusal(policy, used - burst, used - interval)),
        }
    }

    /// Takes one of what the client at `ip` may do under `policy`; the addresses of one IPv6 /64
    /// count as one.
    pub fn check_ip(
        &self,
        policy: Policy,
        ip: IpAddr,
        now: MonotonicTime,
    ) -> Result<Allowance, Problem> {
        self.check(policy, subscriber_prefix(ip), now)
    }

    fn with_slot<T>(&self, key: u64, act: impl FnOnce(&mut Slot) -> T) -> T {
        let place = usize::try_from(key >> 8).unwrap_or(usize::MAX) & (self.sets.len() - 1);
        #[expect(
            clippy::indexing_slicing,
            reason = "the mask keeps the place below the power of two of sets"
        )]
        let mut set = self.sets[place].lock().unwrap_or_else(PoisonError::into_inner);
        let mut fallback = Slot { key, full_at: 0 };
        let slot = match set.iter().position(|slot| slot.key == key) {
            Some(found) => set.get_mut(found),
            None => set.iter_mut().min_by_key(|slot| slot.full_at),
        };
        let slot = slot.unwrap_or(&mut fallback);
        if slot.key != key {
            *slot = Slot { key, full_at: 0 };
        }
        act(slot)
    }
}

fn allowance(policy: Policy, used: u64) -> Allowance {
    let interval = policy.interval();
    let burst = interval.saturating_mul(u64::from(policy.limit));
    let remaining = (burst - used) / interval;
    Allowance {
        policy,
        remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
        reset: seconds(used),
    }
}

fn refusal(policy: Policy, wait: u64, used: u64) -> Problem {
    let wait = seconds(wait).max(1);
    let mut problem =
        Problem::new(Code::RateLimited, Detail::TooOften { wait: Wait(wait) }).retry_after(wait);
    problem.allowance = Some(Box::new(Allowance { policy, remaining: 0, reset: seconds(used) }));
    problem
}

fn seconds(nanos: u64) -> u64 {
    nanos.div_ceil(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy::new("test", 5, Duration::from_mins(1));

    fn at(millis: u64) -> MonotonicTime {
        MonotonicTime::from_nanos((1_000_000 + millis) * 1_000_000)
    }

    #[test]
    fn exactly_so_many_are_allowed_and_one_more_after_each_interval() {
        let throttle = Throttle::new(64);
        let remaining: Vec<_> =
            (0..5).map(|_| throttle.check(POLICY, "a", at(0)).unwrap().remaining).collect();
        assert_eq!(remaining, [4, 3, 2, 1, 0]);
        let refused = throttle.check(POLICY, "a", at(0)).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (Code::RateLimited, Some(12)));
        assert!(throttle.check(POLICY, "a", at(11_999)).is_err());
        assert!(throttle.check(POLICY, "a", at(12_000)).is_ok());
        assert!(throttle.check(POLICY, "a", at(12_000)).is_err());
    }

    #[test]
    fn over_a_long_time_no_more_than_the_pace_gets_through() {
        for (limit, window) in [(7, 1), (100, 60), (3, 3600)] {
            let (throttle, policy) =
                (Throttle::new(64), Policy::new("p", limit, Duration::from_secs(window)));
            let span = window * 3000;
            let step = (span / 5000).max(1);
            let asked = (0..).map(|n| n * step).take_while(|time| *time < span);
            let allowed = asked.filter(|time| throttle.check(policy, 1, at(*time)).is_ok()).count();
            let pace = usize::try_from(limit * 4).unwrap();
            assert!(
                allowed <= pace && allowed >= pace - usize::try_from(limit).unwrap() / 10 - 1,
                "{allowed}"
            );
        }
    }

    #[test]
    fn keys_and_policies_do_not_touch_each_other() {
        let (throttle, other) =
            (Throttle::new(64), Policy::new("other", 5, Duration::from_mins(1)));
        (0..5).for_each(|_| drop(throttle.check(POLICY, "a", at(0))));
        assert!(throttle.check(POLICY, "a", at(0)).is_err());
        assert_eq!(throttle.check(POLICY, "b", at(0)).unwrap().remaining, 4);
        assert_eq!(throttle.check(other, "a", at(0)).unwrap().remaining, 4);
    }

    #[test]
    fn one_ipv6_household_shares_and_neighbours_do_not() {
        let throttle = Throttle::new(64);
        let check =
            |ip: &str| throttle.check_ip(POLICY, ip.parse().unwrap(), at(0)).unwrap().remaining;
        assert_eq!(check("2001:db8:1:2::1"), 4);
        assert_eq!(check("2001:db8:1:2:ffff::9"), 3);
        assert_eq!(check("2001:db8:1:3::1"), 4);
        assert_eq!(check("192.0.2.1"), 4);
        assert_eq!(check("::ffff:192.0.2.1"), 3);
    }

    #[test]
    fn a_flood_of_keys_takes_no_more_memory_and_forgets_the_least_used_first() {
        let throttle = Throttle::new(8);
        (0..5).for_each(|_| drop(throttle.check(POLICY, "busy", at(0))));
        (0..1000).for_each(|key| drop(throttle.check(POLICY, key, at(0))));
        assert_eq!(throttle.sets.len(), 1);
        assert!(throttle.check(POLICY, "busy", at(0)).is_err());
    }

    #[test]
    fn no_limit_is_never_reached_and_not_told() {
        let (throttle, free) = (Throttle::new(8), Policy::new("free", 0, Duration::from_mins(1)));
        (0..100).for_each(|_| assert!(throttle.check(free, "a", at(0)).is_ok()));
        let allowance = throttle.check(free, "a", at(0)).unwrap();
        let mut headers = HeaderMap::new();
        allowance.put(&mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    fn the_headers_are_lists_of_named_policies() {
        let mut headers = HeaderMap::new();
        let throttle = Throttle::new(64);
        throttle.check(POLICY, "a", at(0)).unwrap().put(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"test\";q=5;w=60");
        assert_eq!(headers["ratelimit"], "\"test\";r=4;t=12");
    }
}
