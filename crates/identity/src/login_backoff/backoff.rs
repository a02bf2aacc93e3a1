//! Guessing gets slower with every guess, for whoever guesses.
//!
//! Failures are counted for each pair of identifier and network, and for each network; those of a
//! browser that somebody has signed in with before, only for that browser. What all strangers
//! together may try at one account is bounded too (`Strangers`), but never what its owner may try
//! from where they have signed in before: else whoever knows a name could keep its owner out for as
//! long as they like (decision 0018). The counters are this node's own and in memory.
//!
//! An attempt that is under way is no failure. As many are looked at at the same time as might fail
//! without making anybody wait; further ones wait for those, and none is refused because of others
//! that turn out right. One that is broken off leaves nothing.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use selfsame_basics::{Clock, MonotonicTime, subscriber_prefix};
use selfsame_web::{Allowance, Code, Detail, Policy, Problem, Wait};
use tokio::sync::Notify;

use super::strangers::{Share, Strangers};

/// Pairs, and networks, that are remembered.
const CAPACITY: usize = 100_000;
/// Failures for one identifier that cost nothing: people mistype.
const FREE_FOR_PAIR: u32 = 5;
/// Failures from one network that cost nothing: an office shares an address.
const FREE_FOR_NETWORK: u32 = 30;
/// No pause is longer.
const LONGEST: Duration = Duration::from_mins(15);
/// Failures are forgotten after so long without another one.
const FORGOTTEN: Duration = Duration::from_hours(1);

#[derive(Clone, Copy, Default)]
struct Count {
    failures: u32,
    /// Attempts whose outcome is not known yet.
    under_way: u32,
    blocked_until: MonotonicTime,
    last: MonotonicTime,
}

impl Count {
    fn wait(self, now: MonotonicTime) -> Option<Duration> {
        (now < self.blocked_until).then(|| self.blocked_until.since(now))
    }

    /// Whether one more may be looked at, with `free` failures that cost nothing: beyond those one
    /// after the other.
    fn has_room(self, free: u32) -> bool {
        self.under_way < free.saturating_sub(self.failures).max(1)
    }

    fn is_forgotten(self, now: MonotonicTime) -> bool {
        now.since(self.last) >= FORGOTTEN
    }

    fn fail(&mut self, now: MonotonicTime, free: u32) {
        if self.is_forgotten(now) {
            *self = Self { under_way: self.under_way, ..Self::default() };
        }
        self.failures += 1;
        self.last = now;
        if let Some(beyond) = self.failures.checked_sub(free) {
            let pause = Duration::from_secs(1 << beyond.min(16));
            self.blocked_until = now.plus(pause.min(LONGEST));
        }
    }

    /// Takes back `failures` that turned out to be somebody's who may get in.
    fn forgive(&mut self, failures: u32, free: u32) {
        self.failures = self.failures.saturating_sub(failures);
        if self.failures < free {
            self.blocked_until = MonotonicTime::default();
        }
    }
}

/// What the headers of a refusal name.
const ATTEMPTS: Policy = Policy::new("attempts", FREE_FOR_PAIR, FORGOTTEN);

/// What whoever has to wait is told.
pub(crate) fn too_many(wait: Duration) -> Problem {
    let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
    let allowance = Allowance { policy: ATTEMPTS, remaining: 0, reset: seconds };
    let problem = Problem::new(Code::RateLimited, Detail::TooManyAttempts { wait: Wait(seconds) });
    Problem { allowance: Some(Box::new(allowance)), ..problem }.retry_after(seconds)
}

#[derive(Default)]
struct Counter {
    count: Mutex<Count>,
    /// Told when an attempt is over.
    over: Notify,
}

impl Counter {
    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counters.
pub(crate) struct Backoff {
    /// Failures of a name from a network.
    pairs: Cache<(String, IpAddr), Arc<Counter>>,
    /// Failures from a network.
    networks: Cache<IpAddr, Arc<Counter>>,
    /// Failures with a browser, or in a session, that is known.
    known: Cache<String, Arc<Counter>>,
    strangers: Strangers,
}

/// An attempt that was let through. Whoever drops it without a word has looked at nothing, and
/// nothing is counted.
pub(crate) struct Attempt {
    own: Place,
    /// The same for its network, where that counts.
    network: Option<Place>,
    /// What it took of the strangers' share.
    share: Option<Share>,
}

/// A place among those that are looked at, which is free again when this is dropped.
struct Place(Arc<Counter>);

impl Drop for Place {
    fn drop(&mut self) {
        let mut count = self.0.lock();
        count.under_way = count.under_way.saturating_sub(1);
        drop(count);
        self.0.over.notify_waiters();
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            pairs: Cache::new(CAPACITY),
            networks: Cache::new(CAPACITY),
            known: Cache::new(CAPACITY),
            strangers: Strangers::new(CAPACITY),
        }
    }
}

impl Backoff {
    /// Lets an attempt at `name` through, once there is room for it, or says how long to wait.
    pub(crate) async fn attempt(
        &self,
        name: &str,
        address: IpAddr,
        clock: &dyn Clock,
    ) -> Result<Attempt, Duration> {
        let network = subscriber_prefix(address);
        let own = counter(&self.pairs, &(name.to_owned(), network));
        let network = counter(&self.networks, &network);
        let own = enter(own, FREE_FOR_PAIR, clock).await?;
        let network = enter(network, FREE_FOR_NETWORK, clock).await?;
        // The wait for the network may have been long enough for others to fail at the name.
        if let Some(wait) = own.0.lock().wait(clock.monotonic()) {
            return Err(wait);
        }
        Ok(Attempt { own, network: Some(network), share: None })
    }

    /// The same for whoever is `known` by more than where they are: what others do in the same
    /// network is not theirs.
    pub(crate) async fn attempt_of_known(
        &self,
        known: &str,
        clock: &dyn Clock,
    ) -> Result<Attempt, Duration> {
        let own = enter(counter(&self.known, known), FREE_FOR_PAIR, clock).await?;
        Ok(Attempt { own, network: None, share: None })
    }

    /// Has `attempt` take one of what strangers together may try at `name`; where nothing is left,
    /// gives it back with how long to wait.
    pub(crate) fn among_strangers(
        &self,
        mut attempt: Attempt,
        name: &str,
        now: MonotonicTime,
    ) -> Result<Attempt, (Attempt, Duration)> {
        match self.strangers.take(name, now) {
            Ok(share) => {
                attempt.share = Some(share);
                Ok(attempt)
            }
            Err(wait) => Err((attempt, wait)),
        }
    }
}

/// A place at `counter`, once there is one; or how long to wait, where too many have failed.
async fn enter(counter: Arc<Counter>, free: u32, clock: &dyn Clock) -> Result<Place, Duration> {
    loop {
        let mut over = pin!(counter.over.notified());
        // Before looking, so that nothing that ends in between is missed.
        over.as_mut().enable();
        {
            let mut count = counter.lock();
            if let Some(wait) = count.wait(clock.monotonic()) {
                return Err(wait);
            }
            if count.has_room(free) {
                count.under_way += 1;
                drop(count);
                return Ok(Place(Arc::clone(&counter)));
            }
        }
        over.await;
    }
}

impl Attempt {
    /// The password was right: who tried starts anew, and what they mistyped before is nobody's
    /// failure.
    pub(crate) fn succeeded(self, now: MonotonicTime) {
        let mut own = self.own.0.lock();
        let mistyped = if own.is_forgotten(now) { 0 } else { own.failures };
        *own = Count { under_way: own.under_way, ..Count::default() };
        drop(own);
        if let Some(network) = &self.network {
            network.0.lock().forgive(mistyped, FREE_FOR_NETWORK);
        }
    }

    /// The password was wrong.
    pub(crate) fn failed(mut self, now: MonotonicTime) {
        self.own.0.lock().fail(now, FREE_FOR_PAIR);
        if let Some(network) = &self.network {
            network.0.lock().fail(now, FREE_FOR_NETWORK);
        }
        if let Some(share) = self.share.take() {
            share.spend();
        }
    }
}

fn counter<K, Q>(counters: &Cache<K, Arc<Counter>>, key: &Q) -> Arc<Counter>
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
    use selfsame_basics::{ManualClock, Timestamp};

    use super::*;

    const HOME: [u8; 4] = [203, 0, 113, 7];
    const ELSEWHERE: [u8; 4] = [198, 51, 100, 1];

    struct Scene {
        backoff: Backoff,
        clock: ManualClock,
    }

    impl Scene {
        fn new() -> Self {
            Self {
                backoff: Backoff::default(),
                clock: ManualClock::new(Timestamp::from_millis(1_000_000)),
            }
        }

        async fn enter(&self, name: &str, from: [u8; 4]) -> Result<Attempt, Duration> {
            self.backoff.attempt(name, from.into(), &self.clock).await
        }

        async fn guess(&self, name: &str, from: [u8; 4]) {
            self.enter(name, from).await.ok().unwrap().failed(self.clock.monotonic());
        }

        /// Whether an attempt is let through at once; it is broken off.
        async fn waits(&self, name: &str, from: [u8; 4]) -> Option<Duration> {
            self.enter(name, from).await.err()
        }
    }

    #[tokio::test]
    async fn guessing_gets_slower_only_for_whoever_guesses() {
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
    async fn trying_one_password_on_many_accounts_gets_slower_too() {
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
        scene.enter("ada", HOME).await.ok().unwrap().succeeded(scene.clock.monotonic());
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
    async fn people_who_mistype_and_then_get_in_keep_nobody_of_their_network_out() {
        let scene = Scene::new();
        for person in 0..20 {
            let name = format!("person{person}");
            for _ in 0..2 {
                scene.guess(&name, HOME).await;
            }
            scene.enter(&name, HOME).await.ok().unwrap().succeeded(scene.clock.monotonic());
        }
        assert_eq!(scene.waits("another", HOME).await, None);
        for number in 0..FREE_FOR_NETWORK {
            scene.guess(&format!("victim{number}"), HOME).await;
        }
        let own = scene.enter("mine", HOME).await;
        assert!(own.is_err(), "whoever guesses is forgiven nothing by others");
    }

    #[tokio::test]
    async fn what_is_broken_off_leaves_nothing() {
        let scene = Scene::new();
        for _ in 0..1000 {
            let attempt = scene.enter("ada", HOME).await.ok().unwrap();
            let attempt = scene.backoff.among_strangers(attempt, "ada", scene.clock.monotonic());
            drop(attempt.map_err(|(_, wait)| wait).unwrap());
        }
        for counter in [
            counter(&scene.backoff.pairs, &("ada".to_owned(), HOME.into())),
            counter(&scene.backoff.networks, &IpAddr::from(HOME)),
        ] {
            let count = *counter.lock();
            assert_eq!((count.failures, count.under_way), (0, 0));
        }
    }

    #[tokio::test]
    async fn no_more_are_looked_at_at_once_than_may_fail_and_the_next_waits_for_them() {
        let scene = Scene::new();
        let mut under_way = Vec::new();
        for _ in 0..FREE_FOR_PAIR {
            under_way.push(scene.enter("ada", HOME).await.ok().unwrap());
        }
        let mut next = pin!(scene.enter("ada", HOME));
        assert!(is_pending(next.as_mut()).await);
        under_way.pop().unwrap().failed(scene.clock.monotonic());
        assert!(is_pending(next.as_mut()).await, "a failure leaves no more room than before");
        under_way.pop().unwrap().succeeded(scene.clock.monotonic());
        let entered = next.await;
        for attempt in under_way {
            attempt.failed(scene.clock.monotonic());
        }
        drop(entered.ok().unwrap());
        for _ in 3..FREE_FOR_PAIR {
            scene.guess("ada", HOME).await;
        }
    }

    #[tokio::test]
    async fn who_waits_is_refused_once_the_others_have_failed() {
        let scene = Scene::new();
        for _ in 1..FREE_FOR_PAIR {
            scene.guess("ada", HOME).await;
        }
        let last = scene.enter("ada", HOME).await.ok().unwrap();
        let mut next = pin!(scene.enter("ada", HOME));
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
        let problem = too_many(Duration::from_millis(1500));
        let told = problem.allowance.unwrap();
        assert_eq!((problem.retry_after, told.remaining, told.reset), (Some(2), 0, 2));
        assert_eq!(problem.detail, Some(Detail::TooManyAttempts { wait: Wait(2) }));
    }
}
