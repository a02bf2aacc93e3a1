//! The counters of failed attempts.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use selfsame_primitives::{Clock, MonotonicTime, subscriber_prefix};
use selfsame_web::{Code, Detail, Problem, RateLimitPolicy, RateLimitState, RateLimiter, Wait};

use super::failure_counter::{FORGOTTEN, FREE_FOR_NETWORK, FREE_FOR_PAIR, FailureCounter};
use super::login_attempt::LoginAttempt;
use super::unknown_client_permit::UnknownClientPermit;

/// Entries of each cache. The least used are dropped, so that a flood of names uses no more memory.
/// A dropped counter starts anew.
const CAPACITY: usize = 100_000;

/// The policy in the headers of a refusal. Which of the counters refused is not shown: pair,
/// network, device and name look alike.
const ATTEMPTS: RateLimitPolicy = RateLimitPolicy::new("attempts", FREE_FOR_PAIR, FORGOTTEN);

/// The refusal of an attempt that has to wait for `wait`.
pub(crate) fn retry_later(wait: Duration) -> Problem {
    let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
    let state = RateLimitState { policy: ATTEMPTS, remaining: 0, reset: seconds };
    let problem = Problem::new(Code::RateLimited, Detail::TooManyAttempts { wait: Wait(seconds) });
    Problem { rate_limit: Some(Box::new(state)), ..problem }.retry_after(seconds)
}

/// Slows down failed attempts.
pub(crate) struct LoginBackoff {
    /// Failures at a name from a network.
    pairs: Cache<(String, IpAddr), Arc<FailureCounter>>,
    /// Failures from a network.
    networks: Cache<IpAddr, Arc<FailureCounter>>,
    /// Failures per known browser or session. An attacker can't use them up: both need a secret.
    known_devices: Cache<String, Arc<FailureCounter>>,
    /// Attempts of all unknown clients at a name.
    unknown_clients: Arc<RateLimiter>,
}

impl Default for LoginBackoff {
    fn default() -> Self {
        Self {
            pairs: Cache::new(CAPACITY),
            networks: Cache::new(CAPACITY),
            known_devices: Cache::new(CAPACITY),
            unknown_clients: Arc::new(RateLimiter::new(CAPACITY)),
        }
    }
}

impl LoginBackoff {
    /// Admits an attempt at `name` from `address`. Waits while as many attempts are pending as may
    /// still fail for free.
    ///
    /// # Errors
    /// The time to wait, where too many attempts have failed.
    pub(crate) async fn attempt(
        &self,
        name: &str,
        address: IpAddr,
        clock: &dyn Clock,
    ) -> Result<LoginAttempt, Duration> {
        let network = subscriber_prefix(address);
        let own = counter(&self.pairs, &(name.to_owned(), network));
        let network = counter(&self.networks, &network);
        // The pair first: an attempt that must wait for its own pair holds no place of the network.
        let own = own.acquire(FREE_FOR_PAIR, clock).await?;
        let network = network.acquire(FREE_FOR_NETWORK, clock).await?;
        // The wait for the network may have been long enough for others to fail at the name.
        let wait = own.count().wait(clock.monotonic());
        wait.map_or_else(|| Ok(LoginAttempt::new(own, Some(network))), Err)
    }

    /// Admits an attempt from a known `device`. Other clients in its network do not slow it down
    /// (decision 0018).
    ///
    /// # Errors
    /// The time to wait, where too many attempts from it have failed.
    pub(crate) async fn attempt_from_known_device(
        &self,
        device: &str,
        clock: &dyn Clock,
    ) -> Result<LoginAttempt, Duration> {
        let own = counter(&self.known_devices, device).acquire(FREE_FOR_PAIR, clock).await?;
        Ok(LoginAttempt::new(own, None))
    }

    /// Takes one of the attempts at `name` that all unknown clients share. It is refunded unless
    /// `attempt` fails.
    ///
    /// `attempt` and the time to wait, where none is left. The caller goes on with the attempt: a
    /// known network may still sign in with the right password.
    pub(crate) fn take_unknown_client_permit(
        &self,
        attempt: LoginAttempt,
        name: &str,
        now: MonotonicTime,
    ) -> Result<LoginAttempt, (LoginAttempt, Duration)> {
        match UnknownClientPermit::take(&self.unknown_clients, name, now) {
            Ok(permit) => Ok(attempt.with_permit(permit)),
            Err(wait) => Err((attempt, wait)),
        }
    }
}

fn counter<K, Q>(counters: &Cache<K, Arc<FailureCounter>>, key: &Q) -> Arc<FailureCounter>
where
    K: std::hash::Hash + Eq,
    Q: std::hash::Hash + quick_cache::Equivalent<K> + ToOwned<Owned = K> + ?Sized,
{
    let made =
        counters.get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(Arc::default()));
    made.unwrap_or_else(|never| match never {})
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use selfsame_primitives::{ManualClock, Timestamp};

    use super::*;

    const HOME: [u8; 4] = [203, 0, 113, 7];
    const ELSEWHERE: [u8; 4] = [198, 51, 100, 1];

    struct Scene {
        backoff: LoginBackoff,
        clock: ManualClock,
    }

    impl Scene {
        fn new() -> Self {
            Self {
                backoff: LoginBackoff::default(),
                clock: ManualClock::new(Timestamp::from_millis(1_000_000)),
            }
        }

        async fn attempt(&self, name: &str, from: [u8; 4]) -> Result<LoginAttempt, Duration> {
            self.backoff.attempt(name, from.into(), &self.clock).await
        }

        async fn guess(&self, name: &str, from: [u8; 4]) {
            self.attempt(name, from).await.ok().unwrap().failed(self.clock.monotonic());
        }

        /// How long an attempt has to wait; it is cancelled.
        async fn waits(&self, name: &str, from: [u8; 4]) -> Option<Duration> {
            self.attempt(name, from).await.err()
        }
    }

    #[tokio::test]
    async fn backoff_applies_only_to_the_guessing_client() {
        let scene = Scene::new();
        for _ in 0..FREE_FOR_PAIR {
            scene.guess("ada", ELSEWHERE).await;
        }
        assert_eq!(scene.waits("ada", ELSEWHERE).await, Some(Duration::from_secs(1)));
        assert_eq!(scene.waits("ada", HOME).await, None, "the owner is not kept out");
        scene.clock.advance(Duration::from_secs(1));
        scene.guess("ada", ELSEWHERE).await;
        assert_eq!(scene.waits("ada", ELSEWHERE).await, Some(Duration::from_secs(2)));
    }

    #[tokio::test]
    async fn one_password_on_many_accounts_is_slowed_down_too() {
        let scene = Scene::new();
        for number in 0..FREE_FOR_NETWORK {
            scene.guess(&format!("user{number}"), ELSEWHERE).await;
        }
        assert!(scene.waits("another", ELSEWHERE).await.is_some());
    }

    #[tokio::test]
    async fn a_right_password_forgives_and_so_does_an_hour() {
        let scene = Scene::new();
        for _ in 1..FREE_FOR_PAIR {
            scene.guess("ada", HOME).await;
        }
        scene.attempt("ada", HOME).await.ok().unwrap().succeeded(scene.clock.monotonic());
        for _ in 0..FREE_FOR_PAIR {
            scene.guess("ada", HOME).await;
        }
        assert!(scene.waits("ada", HOME).await.is_some());
        scene.clock.advance(FORGOTTEN);
        for _ in 0..FREE_FOR_PAIR {
            scene.guess("ada", HOME).await;
        }
    }

    #[tokio::test]
    async fn failures_before_a_success_do_not_count_for_the_network() {
        let scene = Scene::new();
        for person in 0..20 {
            let name = format!("person{person}");
            for _ in 0..2 {
                scene.guess(&name, HOME).await;
            }
            scene.attempt(&name, HOME).await.ok().unwrap().succeeded(scene.clock.monotonic());
        }
        assert_eq!(scene.waits("another", HOME).await, None);
        for number in 0..FREE_FOR_NETWORK {
            scene.guess(&format!("victim{number}"), HOME).await;
        }
        let own = scene.attempt("mine", HOME).await;
        assert!(own.is_err(), "a guesser gains nothing by the successes of others");
    }

    #[tokio::test]
    async fn a_cancelled_attempt_counts_for_nothing() {
        let scene = Scene::new();
        for _ in 0..1000 {
            let attempt = scene.attempt("ada", HOME).await.ok().unwrap();
            let attempt =
                scene.backoff.take_unknown_client_permit(attempt, "ada", scene.clock.monotonic());
            drop(attempt.map_err(|(_, wait)| wait).unwrap());
        }
        for counter in [
            counter(&scene.backoff.pairs, &("ada".to_owned(), HOME.into())),
            counter(&scene.backoff.networks, &IpAddr::from(HOME)),
        ] {
            let count = *counter.lock();
            assert_eq!((count.failures, count.pending), (0, 0));
        }
    }

    #[tokio::test]
    async fn no_more_attempts_are_pending_than_may_fail_and_the_next_waits_for_them() {
        let scene = Scene::new();
        let mut pending = Vec::new();
        for _ in 0..FREE_FOR_PAIR {
            pending.push(scene.attempt("ada", HOME).await.ok().unwrap());
        }
        let mut next = pin!(scene.attempt("ada", HOME));
        assert!(is_pending(next.as_mut()).await);
        pending.pop().unwrap().failed(scene.clock.monotonic());
        assert!(is_pending(next.as_mut()).await, "a failure leaves no more room than before");
        pending.pop().unwrap().succeeded(scene.clock.monotonic());
        let admitted = next.await;
        for attempt in pending {
            attempt.failed(scene.clock.monotonic());
        }
        drop(admitted.ok().unwrap());
        for _ in 3..FREE_FOR_PAIR {
            scene.guess("ada", HOME).await;
        }
    }

    #[tokio::test]
    async fn a_waiting_attempt_is_refused_once_the_others_have_failed() {
        let scene = Scene::new();
        for _ in 1..FREE_FOR_PAIR {
            scene.guess("ada", HOME).await;
        }
        let last = scene.attempt("ada", HOME).await.ok().unwrap();
        let mut next = pin!(scene.attempt("ada", HOME));
        assert!(is_pending(next.as_mut()).await);
        last.failed(scene.clock.monotonic());
        assert_eq!(next.await.err(), Some(Duration::from_secs(1)));
    }

    async fn is_pending<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
        })
        .await
    }

    #[test]
    fn the_headers_of_a_refusal_say_what_it_says() {
        let problem = retry_later(Duration::from_millis(1500));
        let state = problem.rate_limit.unwrap();
        assert_eq!((problem.retry_after, state.remaining, state.reset), (Some(2), 0, 2));
        assert_eq!(problem.detail, Some(Detail::TooManyAttempts { wait: Wait(2) }));
    }
}
