//! The limit per name for all unknown clients together: else guessing would be as fast as an
//! attacker has addresses.

use std::sync::Arc;
use std::time::Duration;

use selfsame_primitives::MonotonicTime;
use selfsame_web::{RateLimitPolicy, RateLimiter};

/// 60 attempts at once, and as many an hour. Half a million guesses a year are too few against the
/// rules for passwords (NIST SP 800-63B-4 §3.1.1.2 and §3.2.2). Counted per name, not per account:
/// a shared count of email address and username would reveal that both belong to one account, or
/// that there is one.
const UNKNOWN_CLIENTS: RateLimitPolicy =
    RateLimitPolicy::new("unknown-clients", 60, Duration::from_hours(1));

/// One attempt of the limit; refunded when dropped, unless it was spent.
pub(super) struct UnknownClientPermit {
    limiter: Arc<RateLimiter>,
    name: String,
    is_spent: bool,
}

impl UnknownClientPermit {
    /// Takes an attempt at `name`.
    ///
    /// # Errors
    /// The time until one is allowed, where none is left.
    pub(super) fn take(
        limiter: &Arc<RateLimiter>,
        name: &str,
        now: MonotonicTime,
    ) -> Result<Self, Duration> {
        limiter.try_take(UNKNOWN_CLIENTS, name, now)?;
        Ok(Self { limiter: Arc::clone(limiter), name: name.to_owned(), is_spent: false })
    }

    /// Keeps the attempt counted: the client learned something about the password.
    pub(super) fn spend(mut self) {
        self.is_spent = true;
    }
}

impl Drop for UnknownClientPermit {
    fn drop(&mut self) {
        if !self.is_spent {
            self.limiter.refund(UNKNOWN_CLIENTS, self.name.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> MonotonicTime {
        MonotonicTime::from_nanos((1_000_000 + seconds) * 1_000_000_000)
    }

    fn limiter() -> Arc<RateLimiter> {
        Arc::new(RateLimiter::new(64))
    }

    /// Attempts and fails, or says how long to wait.
    fn guess(limiter: &Arc<RateLimiter>, name: &str, now: MonotonicTime) -> Option<Duration> {
        UnknownClientPermit::take(limiter, name, now).map(UnknownClientPermit::spend).err()
    }

    #[test]
    fn sixty_attempts_are_free_and_one_more_comes_back_each_minute() {
        let limiter = limiter();
        (0..60).for_each(|_| assert_eq!(guess(&limiter, "ada", at(0)), None));
        assert_eq!(guess(&limiter, "ada", at(0)), Some(Duration::from_mins(1)));
        assert_eq!(guess(&limiter, "eve", at(0)), None);
        assert_eq!(guess(&limiter, "ada", at(59)), Some(Duration::from_secs(1)));
        assert_eq!(guess(&limiter, "ada", at(60)), None);
        assert!(guess(&limiter, "ada", at(60)).is_some());
    }

    #[test]
    fn what_was_no_guess_is_given_back() {
        let limiter = limiter();
        for _ in 0..1000 {
            drop(UnknownClientPermit::take(&limiter, "ada", at(0)).ok().unwrap());
        }
        (0..60).for_each(|_| assert_eq!(guess(&limiter, "ada", at(0)), None));
        assert!(guess(&limiter, "ada", at(0)).is_some());
    }

    #[test]
    fn over_a_day_unknown_clients_have_fifteen_hundred_attempts() {
        let limiter = limiter();
        let attempts =
            (0..24 * 3600).filter(|second| guess(&limiter, "ada", at(*second)).is_none()).count();
        assert_eq!(attempts, 60 + 24 * 60 - 1);
    }
}
