//! Changes and their events, from commit to event handler, on a store that fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use selfsame_events::{
    Backlog, Changes, DeliveryAttempt, Event, EventHandler, EventPayload, HandlerError, Journal,
    Loaded, Origin, Relay, Subscription, backlog, backlog_details, dead_letters, outbox_depth,
    user_key,
};
use selfsame_primitives::{Clock, ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_store::{Faults, FaultyStore, MemoryStore, Record, Store, StoreError};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counter {
    count: u64,
}

impl Record for Counter {
    const KIND: &'static str = "counter";
}

#[derive(Serialize, JsonSchema)]
struct Counted {
    count: u64,
}

impl EventPayload for Counted {
    const TYPE: &'static str = "test.counted";
    const SUMMARY: &'static str = "A test has counted.";
}

/// Decides the outcome by the event and by the number of attempts so far.
type Outcome = Box<dyn Fn(&Event, usize) -> Result<(), HandlerError> + Send + Sync>;

/// Records the events it gets, and fails as `outcome` says.
struct Recorder {
    name: &'static str,
    seen: Mutex<Vec<Event>>,
    outcome: Outcome,
    tries: Mutex<usize>,
}

impl Recorder {
    fn new(
        name: &'static str,
        outcome: impl Fn(&Event, usize) -> Result<(), HandlerError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            name,
            seen: Mutex::default(),
            outcome: Box::new(outcome),
            tries: Mutex::default(),
        })
    }

    fn sequences(&self, user: &UserId) -> Vec<u64> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|event| event.subject == *user).map(|event| event.sequence).collect()
    }
}

#[async_trait]
impl EventHandler for Recorder {
    fn name(&self) -> &'static str {
        self.name
    }
    fn handles(&self, event_type: &str) -> bool {
        event_type == Counted::TYPE
    }
    async fn handle(&self, event: &Event, _: DeliveryAttempt) -> Result<(), HandlerError> {
        let tries = {
            let mut tries = self.tries.lock().unwrap();
            *tries += 1;
            *tries
        };
        (self.outcome)(event, tries)?;
        self.seen.lock().unwrap().push(event.clone());
        Ok(())
    }
}

fn as_handlers(recorders: &[Arc<Recorder>]) -> Vec<Arc<dyn EventHandler>> {
    recorders.iter().map(|recorder| Arc::clone(recorder) as Arc<dyn EventHandler>).collect()
}

struct Bench {
    store: Arc<FaultyStore<MemoryStore>>,
    clock: Arc<ManualClock>,
    journal: Arc<Journal>,
}

impl Bench {
    fn new(seed: u64, faults: Faults, handlers: &[Arc<Recorder>]) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let store = Arc::new(FaultyStore::new(MemoryStore::new(clock.clone()), seed, faults));
        let journal = Self::journal(&store, &clock, seed, handlers);
        Self { store, clock, journal }
    }

    fn journal(
        store: &Arc<FaultyStore<MemoryStore>>,
        clock: &Arc<ManualClock>,
        seed: u64,
        handlers: &[Arc<Recorder>],
    ) -> Arc<Journal> {
        let subscriptions = as_handlers(handlers).iter().map(Subscription::of).collect();
        let random = Arc::new(SeededRandom::new(seed));
        let store = Arc::clone(store) as Arc<dyn Store>;
        Arc::new(Journal::new(
            store,
            clock.clone(),
            random,
            subscriptions,
            Duration::from_hours(24 * 365),
        ))
    }

    async fn count(&self, user: &UserId) -> Result<u64, StoreError> {
        let key = user_key(user, "counter");
        let rule = |loaded: &Loaded| {
            let count = loaded.get::<Counter>(&key)?.unwrap_or_default().count + 1;
            Ok((
                Changes::none().put(key.clone(), &Counter { count }).emit(&Counted { count }),
                count,
            ))
        };
        self.journal.change(user, std::slice::from_ref(&key), &Origin::default(), rule).await
    }

    async fn counted(&self, user: &UserId) -> u64 {
        let item = self.store.inner().get(&user_key(user, "counter")).await.unwrap();
        item.map_or(0, |item| selfsame_store::decode::<Counter>(&item.body).unwrap().count)
    }

    /// Works until nothing is left, through whatever the store does, advancing the clock for
    /// retries.
    async fn settle(&self, handlers: &[Arc<Recorder>]) {
        let relay = Relay::new(Arc::clone(&self.journal), as_handlers(handlers));
        for _ in 0..10_000 {
            let drained = relay.drain().await.is_ok();
            let mut users = 0;
            for handler in handlers {
                users += backlog(self.store.inner(), handler.name).await.unwrap();
            }
            if drained && users == 0 {
                return;
            }
            self.clock.advance(Duration::from_mins(2));
        }
        panic!("something is left to do for ever");
    }
}

fn user(number: u64) -> UserId {
    UserId::parse(&format!("usr_{number}")).unwrap()
}

/// First deliveries come in order and without a gap; later ones only repeat.
fn assert_complete(sequences: &[u64], last: u64, what: &str) {
    let mut reached = 0;
    for sequence in sequences {
        assert!(
            *sequence <= reached + 1,
            "{what}: {sequence} came before {}: {sequences:?}",
            reached + 1
        );
        reached = reached.max(*sequence);
    }
    assert_eq!(reached, last, "{what}: {sequences:?}");
}

#[tokio::test]
async fn sixty_four_changes_at_once_lose_no_update_and_leave_no_gap() {
    let recorder = Recorder::new("recorder", |_, _| Ok(()));
    let bench = Arc::new(Bench::new(1, Faults::default(), std::slice::from_ref(&recorder)));
    let tasks: tokio::task::JoinSet<_> = (0..64)
        .map(|_| {
            let bench = Arc::clone(&bench);
            async move { bench.count(&user(1)).await.unwrap() }
        })
        .collect();
    let mut answers = tasks.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers, (1..=64).collect::<Vec<_>>());
    bench.settle(std::slice::from_ref(&recorder)).await;
    assert_eq!(recorder.sequences(&user(1)), (1..=64).collect::<Vec<_>>());
}

#[tokio::test]
async fn observers_get_an_event_once_however_often_it_was_decided() {
    let faults = Faults { conflict: 300, unavailable: 100, unknown: 200, ..Faults::default() };
    let mut bench = Bench::new(7, faults, &[]);
    let observed = Arc::new(Mutex::new(Vec::new()));
    let journal = Arc::into_inner(bench.journal).unwrap().with_event_observer({
        let observed = Arc::clone(&observed);
        Arc::new(move |name, data| {
            observed.lock().unwrap().push((name, data["count"].as_u64().unwrap()));
        })
    });
    bench.journal = Arc::new(journal);
    let (mut acknowledged, mut failed) = (Vec::new(), 0);
    for _ in 0..200 {
        match bench.count(&user(1)).await {
            Ok(count) => acknowledged.push((Counted::TYPE, count)),
            Err(_) => failed += 1,
        }
    }
    assert!(failed > 0 && acknowledged.len() > 100, "{failed} failed");
    assert_eq!(*observed.lock().unwrap(), acknowledged);
}

#[tokio::test]
async fn a_handler_that_fails_is_retried_in_order_and_slows_no_other() {
    let shaky = Recorder::new("shaky", |_, tries| {
        if tries <= 3 { Err(HandlerError::Retry("not now".into())) } else { Ok(()) }
    });
    let steady = Recorder::new("steady", |_, _| Ok(()));
    let handlers = [Arc::clone(&shaky), Arc::clone(&steady)];
    let bench = Bench::new(1, Faults::default(), &handlers);
    for _ in 0..3 {
        bench.count(&user(1)).await.unwrap();
    }
    Relay::new(Arc::clone(&bench.journal), as_handlers(&handlers)).drain().await.unwrap();
    assert_eq!(steady.sequences(&user(1)), [1, 2, 3]);
    assert_eq!(shaky.sequences(&user(1)), [] as [u64; 0]);
    bench.settle(&handlers).await;
    assert_eq!(shaky.sequences(&user(1)), [1, 2, 3]);
}

/// With three handlers ten outbox records fit into a commit. Where it conflicts, those of the next
/// commit must wait for it.
#[tokio::test]
async fn no_event_overtakes_one_whose_commit_came_too_late() {
    for seed in 0..100 {
        let handlers = ["one", "two", "three"].map(|name| Recorder::new(name, |_, _| Ok(())));
        let bench = Bench::new(seed, Faults { conflict: 500, ..Faults::default() }, &handlers);
        let mut counted = 0;
        while counted < 24 {
            counted = bench.count(&user(1)).await.unwrap_or(counted);
        }
        bench.settle(&handlers).await;
        for handler in &handlers {
            assert_complete(
                &handler.sequences(&user(1)),
                24,
                &format!("seed {seed}, {}", handler.name),
            );
        }
    }
}

/// An event for several handlers takes more writes than one for a single handler.
#[tokio::test]
async fn events_of_many_users_reach_every_one_of_many_handlers() {
    let names = ["one", "two", "three", "four", "five", "six"];
    let handlers = names.map(|name| Recorder::new(name, |_, _| Ok(())));
    let bench = Bench::new(1, Faults::default(), &handlers);
    for number in 0..1000 {
        bench.count(&user(number)).await.unwrap();
    }
    Relay::new(Arc::clone(&bench.journal), as_handlers(&handlers)).drain().await.unwrap();
    assert!(handlers.iter().all(|handler| handler.seen.lock().unwrap().len() == 1000));
}

#[tokio::test]
async fn an_event_that_is_given_up_becomes_a_dead_letter_and_the_next_follows() {
    let picky = Recorder::new("picky", |event, _| {
        if event.sequence == 2 { Err(HandlerError::GiveUp("never".into())) } else { Ok(()) }
    });
    let bench = Bench::new(1, Faults::default(), std::slice::from_ref(&picky));
    for _ in 0..3 {
        bench.count(&user(1)).await.unwrap();
    }
    bench.settle(std::slice::from_ref(&picky)).await;
    assert_eq!(picky.sequences(&user(1)), [1, 3]);
    let dead_letters = dead_letters(bench.store.inner(), "picky").await.unwrap();
    assert_eq!(
        dead_letters
            .iter()
            .map(|dead_letter| (dead_letter.event.sequence, dead_letter.reason.as_str()))
            .collect::<Vec<_>>(),
        [(2, "never")]
    );
}

#[tokio::test]
async fn an_event_that_fails_for_days_is_given_up() {
    let dead = Recorder::new("dead", |_, _| Err(HandlerError::Retry("down".into())));
    let bench = Bench::new(1, Faults::default(), std::slice::from_ref(&dead));
    bench.count(&user(1)).await.unwrap();
    let begin = bench.clock.now();
    bench.settle(std::slice::from_ref(&dead)).await;
    let days = bench.clock.now().since(begin).as_secs_f64() / 86_400.0;
    assert!((2.0..4.0).contains(&days), "gave up after {days} days");
    assert_eq!(dead_letters(bench.store.inner(), "dead").await.unwrap().len(), 1);
}

#[tokio::test]
async fn whatever_the_store_does_no_acknowledged_change_and_no_event_is_lost() {
    let seeds =
        std::env::var("SELFSAME_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    for seed in 0..seeds {
        let recorder = Recorder::new("recorder", |event, tries| {
            if (event.sequence + tries as u64).is_multiple_of(7) {
                Err(HandlerError::Retry("now and then".into()))
            } else {
                Ok(())
            }
        });
        let faults = Faults { conflict: 80, unavailable: 60, unknown: 60, interleave: 300 };
        let handlers = [Arc::clone(&recorder)];
        let bench = Arc::new(Bench::new(seed, faults, &handlers));
        let tasks: tokio::task::JoinSet<_> = (0..12)
            .map(|number| {
                let bench = Arc::clone(&bench);
                async move { (number % 3, bench.count(&user(number % 3)).await.is_ok()) }
            })
            .collect();
        let outcomes = tasks.join_all().await;
        bench.settle(&handlers).await;
        for number in 0..3 {
            let acknowledged =
                outcomes.iter().filter(|(of, done)| *of == number && *done).count() as u64;
            let counted = bench.counted(&user(number)).await;
            assert!(
                counted >= acknowledged,
                "seed {seed}: {acknowledged} acknowledged, {counted} counted"
            );
            assert_complete(
                &recorder.sequences(&user(number)),
                counted,
                &format!("seed {seed}, user {number}"),
            );
        }
    }
}

#[tokio::test]
async fn a_crash_at_any_step_loses_nothing() {
    for step in 0.. {
        let recorder = Recorder::new("recorder", |_, _| Ok(()));
        let handlers = [Arc::clone(&recorder)];
        let bench = Bench::new(7, Faults::default(), &handlers);
        bench.store.crash_at(step);
        let mut acknowledged = 0;
        for _ in 0..3 {
            acknowledged += u64::from(bench.count(&user(1)).await.is_ok());
            // Fails once the store is gone, as it would in a process that dies.
            let _ = Relay::new(Arc::clone(&bench.journal), as_handlers(&handlers)).drain().await;
        }
        let crashed = bench.store.is_crashed();
        bench.store.restart();
        // A new process has another journal, and other random numbers.
        let journal = Bench::journal(&bench.store, &bench.clock, 8, &handlers);
        let bench = Bench { journal, ..bench };
        bench.settle(&handlers).await;
        let counted = bench.counted(&user(1)).await;
        assert!(
            counted >= acknowledged,
            "step {step}: {acknowledged} acknowledged, {counted} counted"
        );
        assert_complete(&recorder.sequences(&user(1)), counted, &format!("step {step}"));
        if !crashed {
            assert!(step > 20, "the scenario has only {step} steps");
            return;
        }
    }
}

#[tokio::test]
async fn the_backlog_is_counted_and_its_age_is_that_of_the_event_that_is_stuck() {
    let stuck = Recorder::new("stuck", |event, _| {
        if event.subject == user(1) { Err(HandlerError::Retry("down".into())) } else { Ok(()) }
    });
    let handlers = [Arc::clone(&stuck)];
    let bench = Bench::new(1, Faults::default(), &handlers);
    let begin = bench.clock.now();
    bench.count(&user(1)).await.unwrap();
    assert_eq!(outbox_depth(bench.store.inner()).await.unwrap(), 1);
    let relay = Relay::new(Arc::clone(&bench.journal), as_handlers(&handlers));
    for _ in 0..5 {
        relay.drain().await.unwrap();
        bench.clock.advance(Duration::from_hours(1));
        bench.count(&user(2)).await.unwrap();
        bench.count(&user(1)).await.unwrap();
    }
    relay.drain().await.unwrap();
    let found = backlog_details(bench.store.inner(), "stuck").await.unwrap();
    assert_eq!((found.users, found.oldest), (1, Some(begin)));
    assert_eq!(outbox_depth(bench.store.inner()).await.unwrap(), 0);
    assert_eq!(backlog_details(bench.store.inner(), "other").await.unwrap(), Backlog::default());
}
