//! What strangers together may try at one account, wherever they are: else guessing would be as
//! fast as an attacker has addresses.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use selfsame_basics::MonotonicTime;

/// So many tries at once, and as many an hour: with the rules for passwords (NIST SP 800-63B-4
/// §3.1.1.2 and §3.2.2) half a million a year are too few.
const TRIES: u32 = 60;
/// How long it takes until all of them are back.
const WINDOW: Duration = Duration::from_hours(1);

/// When all tries at a name are back (GCRA, ITU-T I.371).
type FullAt = Arc<Mutex<MonotonicTime>>;

/// Tries that are left, by name. Names that belong to one account are counted apart: else somebody
/// could find out that they do.
pub(crate) struct Strangers(Cache<String, FullAt>);

/// One try, which is given back when this is dropped, unless it was spent.
pub(crate) struct Share(Option<FullAt>);

impl Strangers {
    pub(crate) fn new(names: usize) -> Self {
        Self(Cache::new(names))
    }

    /// Takes a try at `name`, or says how long to wait.
    pub(crate) fn take(&self, name: &str, now: MonotonicTime) -> Result<Share, Duration> {
        let made = self
            .0
            .get_or_insert_with(name, || Ok::<_, std::convert::Infallible>(FullAt::default()));
        let shared = made.unwrap_or_else(|never| match never {});
        let mut full_at = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let after = (*full_at).max(now).plus(WINDOW / TRIES);
        if let Some(wait) = after.since(now).checked_sub(WINDOW).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        *full_at = after;
        drop(full_at);
        Ok(Share(Some(shared)))
    }
}

impl Share {
    /// It was a guess.
    pub(crate) fn spend(mut self) {
        self.0 = None;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(full_at) = &self.0 {
            let mut full_at = full_at.lock().unwrap_or_else(PoisonError::into_inner);
            *full_at = full_at.minus(WINDOW / TRIES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> MonotonicTime {
        MonotonicTime::from_nanos((1_000_000 + seconds) * 1_000_000_000)
    }

    /// Tries and fails, or says how long to wait.
    fn guess(strangers: &Strangers, name: &str, now: MonotonicTime) -> Option<Duration> {
        strangers.take(name, now).map(Share::spend).err()
    }

    #[test]
    fn sixty_tries_are_free_and_one_more_comes_back_each_minute() {
        let strangers = Strangers::new(10);
        (0..60).for_each(|_| assert_eq!(guess(&strangers, "ada", at(0)), None));
        assert_eq!(guess(&strangers, "ada", at(0)), Some(Duration::from_mins(1)));
        assert_eq!(guess(&strangers, "eve", at(0)), None);
        assert_eq!(guess(&strangers, "ada", at(59)), Some(Duration::from_secs(1)));
        assert_eq!(guess(&strangers, "ada", at(60)), None);
        assert!(guess(&strangers, "ada", at(60)).is_some());
    }

    #[test]
    fn what_was_no_guess_is_not_counted() {
        let strangers = Strangers::new(10);
        for _ in 0..1000 {
            drop(strangers.take("ada", at(0)).ok().unwrap());
        }
        (0..60).for_each(|_| assert_eq!(guess(&strangers, "ada", at(0)), None));
        assert!(guess(&strangers, "ada", at(0)).is_some());
    }

    #[test]
    fn over_a_day_strangers_have_fifteen_hundred_tries() {
        let strangers = Strangers::new(10);
        let tries =
            (0..24 * 3600).filter(|second| guess(&strangers, "ada", at(*second)).is_none()).count();
        assert_eq!(tries, 60 + 24 * 60 - 1);
    }
}
