//! Changes and their events, from commit to reactor, on a store that fails.

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

/// Decides by the event, and by how often anything was tried, whether it goes well.
type Fate = Box<dyn Fn(&Event, usize) -> Result<(), HandlerError> + Send + Sync>;

/// Writes down what it gets, and fails as told.
struct Recorder {
    name: &'static str,
    seen: Mutex<Vec<Event>>,
    fail: Fate,
    tries: Mutex<usize>,
}

impl Recorder {
    fn new(
        name: &'static str,
        fail: impl Fn(&Event, usize) -> Result<(), HandlerError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            name,
            seen: Mutex::default(),
            fail: Box::new(fail),
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
        (self.fail)(event, tries)?;
        self.seen.lock().unwrap().push(event.clone());
        Ok(())
    }
}

fn as_reactors(recorders: &[Arc<Recorder>]) -> Vec<Arc<dyn EventHandler>> {
    recorders.iter().map(|recorder| Arc::clone(recorder) as Arc<dyn EventHandler>).collect()
}

struct Bench {
    store: Arc<FaultyStore<MemoryStore>>,
    clock: Arc<ManualClock>,
    journal: Arc<Journal>,
}

impl Bench {
    fn new(seed: u64, faults: Faults, reactors: &[Arc<Recorder>]) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let store = Arc::new(FaultyStore::new(MemoryStore::new(clock.clone()), seed, faults));
        let journal = Self::journal(&store, &clock, seed, reactors);
        Self { store, clock, journal }
    }

    fn journal(
        store: &Arc<FaultyStore<MemoryStore>>,
        clock: &Arc<ManualClock>,
        seed: u64,
        reactors: &[Arc<Recorder>],
    ) -> Arc<Journal> {
        let interests = as_reactors(reactors).iter().map(Subscription::of).collect();
        let random = Arc::new(SeededRandom::new(seed));
        let store = Arc::clone(store) as Arc<dyn Store>;
        Arc::new(Journal::new(
            store,
            clock.clone(),
            random,
            interests,
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

    /// Works until nothing is left, through whatever the store does, moving the clock on for what
    /// waits.
    async fn settle(&self, reactors: &[Arc<Recorder>]) {
        let relay = Relay::new(Arc::clone(&self.journal), as_reactors(reactors));
        for _ in 0..10_000 {
            let drained = relay.drain().await.is_ok();
            let mut waiting = 0;
            for reactor in reactors {
                waiting += backlog(self.store.inner(), reactor.name).await.unwrap();
            }
            if drained && waiting == 0 {
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
async fn a_fact_is_heard_once_when_it_is_committed_however_often_it_was_decided() {
    let faults = Faults { conflict: 300, unavailable: 100, unknown: 200, ..Faults::default() };
    let mut bench = Bench::new(7, faults, &[]);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let journal = Arc::into_inner(bench.journal).unwrap().with_event_observer({
        let heard = Arc::clone(&heard);
        Arc::new(move |name, data| {
            heard.lock().unwrap().push((name, data["count"].as_u64().unwrap()));
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
    assert_eq!(*heard.lock().unwrap(), acknowledged);
}

#[tokio::test]
async fn a_reactor_that_fails_is_tried_again_in_order_and_slows_no_other() {
    let shaky = Recorder::new("shaky", |_, tries| {
        if tries <= 3 { Err(HandlerError::Retry("not now".into())) } else { Ok(()) }
    });
    let steady = Recorder::new("steady", |_, _| Ok(()));
    let reactors = [Arc::clone(&shaky), Arc::clone(&steady)];
    let bench = Bench::new(1, Faults::default(), &reactors);
    for _ in 0..3 {
        bench.count(&user(1)).await.unwrap();
    }
    Relay::new(Arc::clone(&bench.journal), as_reactors(&reactors)).drain().await.unwrap();
    assert_eq!(steady.sequences(&user(1)), [1, 2, 3]);
    assert_eq!(shaky.sequences(&user(1)), [] as [u64; 0]);
    bench.settle(&reactors).await;
    assert_eq!(shaky.sequences(&user(1)), [1, 2, 3]);
}

/// With three reactors ten pointers fit into a commit. Where it comes too late, those in the next
/// one must wait for it.
#[tokio::test]
async fn no_event_overtakes_one_whose_commit_came_too_late() {
    for seed in 0..100 {
        let reactors = ["one", "two", "three"].map(|name| Recorder::new(name, |_, _| Ok(())));
        let bench = Bench::new(seed, Faults { conflict: 500, ..Faults::default() }, &reactors);
        let mut counted = 0;
        while counted < 24 {
            counted = bench.count(&user(1)).await.unwrap_or(counted);
        }
        bench.settle(&reactors).await;
        for reactor in &reactors {
            assert_complete(
                &reactor.sequences(&user(1)),
                24,
                &format!("seed {seed}, {}", reactor.name),
            );
        }
    }
}

/// What waits for several reactors is more to write than what waits for one.
#[tokio::test]
async fn a_crowd_of_users_is_brought_to_every_one_of_many_reactors() {
    let names = ["one", "two", "three", "four", "five", "six"];
    let reactors = names.map(|name| Recorder::new(name, |_, _| Ok(())));
    let bench = Bench::new(1, Faults::default(), &reactors);
    for number in 0..1000 {
        bench.count(&user(number)).await.unwrap();
    }
    Relay::new(Arc::clone(&bench.journal), as_reactors(&reactors)).drain().await.unwrap();
    assert!(reactors.iter().all(|reactor| reactor.seen.lock().unwrap().len() == 1000));
}

#[tokio::test]
async fn what_is_given_up_is_kept_and_the_next_event_follows() {
    let picky = Recorder::new("picky", |event, _| {
        if event.sequence == 2 { Err(HandlerError::GiveUp("never".into())) } else { Ok(()) }
    });
    let bench = Bench::new(1, Faults::default(), std::slice::from_ref(&picky));
    for _ in 0..3 {
        bench.count(&user(1)).await.unwrap();
    }
    bench.settle(std::slice::from_ref(&picky)).await;
    assert_eq!(picky.sequences(&user(1)), [1, 3]);
    let letters = dead_letters(bench.store.inner(), "picky").await.unwrap();
    assert_eq!(
        letters
            .iter()
            .map(|letter| (letter.event.sequence, letter.reason.as_str()))
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
        let reactors = [Arc::clone(&recorder)];
        let bench = Arc::new(Bench::new(seed, faults, &reactors));
        let tasks: tokio::task::JoinSet<_> = (0..12)
            .map(|number| {
                let bench = Arc::clone(&bench);
                async move { (number % 3, bench.count(&user(number % 3)).await.is_ok()) }
            })
            .collect();
        let outcomes = tasks.join_all().await;
        bench.settle(&reactors).await;
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
        let reactors = [Arc::clone(&recorder)];
        let bench = Bench::new(7, Faults::default(), &reactors);
        bench.store.crash_at(step);
        let mut acknowledged = 0;
        for _ in 0..3 {
            acknowledged += u64::from(bench.count(&user(1)).await.is_ok());
            // Fails once the store is gone, as it would in a process that dies.
            let _ = Relay::new(Arc::clone(&bench.journal), as_reactors(&reactors)).drain().await;
        }
        let crashed = bench.store.is_crashed();
        bench.store.restart();
        // A new process has another journal, and other random numbers.
        let journal = Bench::journal(&bench.store, &bench.clock, 8, &reactors);
        let bench = Bench { journal, ..bench };
        bench.settle(&reactors).await;
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
async fn what_waits_is_counted_and_its_age_is_that_of_the_event_that_is_stuck() {
    let stuck = Recorder::new("stuck", |event, _| {
        if event.subject == user(1) { Err(HandlerError::Retry("down".into())) } else { Ok(()) }
    });
    let reactors = [Arc::clone(&stuck)];
    let bench = Bench::new(1, Faults::default(), &reactors);
    let begin = bench.clock.now();
    bench.count(&user(1)).await.unwrap();
    assert_eq!(outbox_depth(bench.store.inner()).await.unwrap(), 1);
    let relay = Relay::new(Arc::clone(&bench.journal), as_reactors(&reactors));
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
