//! Event handlers that come and go, each with a worker of its own.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use selfsame_events::{
    Changes, DeliveryAttempt, Event, EventHandler, EventPayload, HandlerError, Journal, Loaded,
    Origin, Relay, SubscriptionSource, backlog, discard, enqueue,
};
use selfsame_primitives::{Clock, ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_store::{Guard, Key, MemoryStore, Store, StoreError, Write};
use serde::Serialize;
use tokio::sync::{Notify, mpsc, watch};

#[derive(Serialize, JsonSchema)]
struct Done {}

impl EventPayload for Done {
    const TYPE: &'static str = "test.done";
    const SUMMARY: &'static str = "A test has done something.";
}

/// What a member does with an event.
type Act = Box<dyn Fn(DeliveryAttempt) -> Result<(), HandlerError> + Send + Sync>;

struct Member {
    name: String,
    act: Act,
    hangs: bool,
    delivered: mpsc::UnboundedSender<(String, u64)>,
}

#[async_trait]
impl EventHandler for Member {
    fn name(&self) -> &str {
        &self.name
    }
    fn handles(&self, _: &str) -> bool {
        true
    }
    async fn handle(&self, event: &Event, attempt: DeliveryAttempt) -> Result<(), HandlerError> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        self.delivered.send((self.name.clone(), event.sequence)).unwrap();
        (self.act)(attempt)
    }
}

#[derive(Default)]
struct Members {
    now: Mutex<Vec<Arc<dyn EventHandler>>>,
    changed: Arc<Notify>,
}

#[async_trait]
impl SubscriptionSource for Members {
    async fn members(&self) -> Result<Vec<Arc<dyn EventHandler>>, StoreError> {
        Ok(self.now.lock().unwrap().clone())
    }
    fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }
}

struct Bench {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    journal: Arc<Journal>,
    members: Arc<Members>,
    delivered: mpsc::UnboundedReceiver<(String, u64)>,
    delivery: mpsc::UnboundedSender<(String, u64)>,
    ada: UserId,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let random = Arc::new(SeededRandom::new(1));
        let items = Arc::clone(&store) as Arc<dyn Store>;
        let journal =
            Journal::new(items, clock.clone(), random, Vec::new(), Duration::from_hours(24 * 365));
        let (delivery, delivered) = mpsc::unbounded_channel();
        let ada = UserId::parse("usr_ada").unwrap();
        Self {
            store,
            clock,
            journal: Arc::new(journal),
            members: Arc::default(),
            delivered,
            delivery,
            ada,
        }
    }

    fn join(
        &self,
        name: &str,
        hangs: bool,
        act: impl Fn(DeliveryAttempt) -> Result<(), HandlerError> + Send + Sync + 'static,
    ) {
        let member = Member {
            name: name.to_owned(),
            act: Box::new(act),
            hangs,
            delivered: self.delivery.clone(),
        };
        self.members.now.lock().unwrap().push(Arc::new(member));
        self.members.changed.notify_waiters();
    }

    /// Something happens, and it is given to `names`.
    async fn happen(&self, sequence: u64, names: &[&str]) {
        let rule = |_: &Loaded| Ok::<_, StoreError>((Changes::none().emit(&Done {}), ()));
        self.journal.change(&self.ada, &[], &Origin::default(), rule).await.unwrap();
        self.enqueue_for(sequence, names, Guard::Absent).await.unwrap();
    }

    async fn enqueue_for(
        &self,
        sequence: u64,
        names: &[&str],
        guard: Guard,
    ) -> Result<(), StoreError> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let precondition = Write::check(Key::new("roster", "all"), guard);
        enqueue(&self.journal, &names, &self.ada, sequence, &precondition).await
    }

    fn relay(&self) -> Relay {
        let source = Arc::clone(&self.members) as Arc<dyn SubscriptionSource>;
        Relay::new(Arc::clone(&self.journal), Vec::new()).with_roster(source)
    }

    async fn backlog_of(&self, name: &str) -> usize {
        backlog(&*self.store, name).await.unwrap()
    }

    fn deliveries(&mut self) -> Vec<(String, u64)> {
        std::iter::from_fn(|| self.delivered.try_recv().ok()).collect()
    }
}

#[tokio::test]
async fn a_member_gets_what_is_enqueued_for_it_and_nothing_else() {
    let mut bench = Bench::new();
    bench.join("a", false, |_| Ok(()));
    bench.join("b", false, |_| Ok(()));
    bench.happen(1, &["a"]).await;
    bench.happen(2, &["a", "b"]).await;
    bench.relay().drain().await.unwrap();
    let mut deliveries = bench.deliveries();
    deliveries.sort();
    assert_eq!(deliveries, [("a".to_owned(), 1), ("a".to_owned(), 2), ("b".to_owned(), 2)]);
}

#[tokio::test]
async fn nothing_is_enqueued_where_the_precondition_does_not_hold() {
    let bench = Bench::new();
    let enqueued = bench
        .enqueue_for(1, &["a"], Guard::Revision(selfsame_store::Revision::from_number(7)))
        .await;
    assert!(matches!(enqueued, Err(StoreError::Conflict(_))));
    assert_eq!(bench.backlog_of("a").await, 0);
}

#[tokio::test]
async fn the_events_of_a_handler_that_is_gone_can_be_discarded() {
    let bench = Bench::new();
    bench.happen(1, &["a", "b"]).await;
    assert!(!discard(&bench.journal, "a").await.unwrap());
    assert!(discard(&bench.journal, "a").await.unwrap());
    assert_eq!((bench.backlog_of("a").await, bench.backlog_of("b").await), (0, 1));
    discard(&bench.journal, "b").await.unwrap();
}

#[tokio::test]
async fn a_requested_pause_is_kept_up_to_eight_hours() {
    let mut bench = Bench::new();
    bench.join("a", false, |attempt| match attempt.number {
        1 => Err(HandlerError::RetryAfter("busy".into(), Duration::from_mins(10))),
        2 => Err(HandlerError::RetryAfter("busy".into(), Duration::from_hours(1000))),
        _ => Ok(()),
    });
    bench.happen(1, &["a"]).await;
    for (pass, tries) in [(0, 1), (599, 0), (1, 1), (8 * 3600 - 1, 0), (1, 1)] {
        bench.clock.advance(Duration::from_secs(pass));
        bench.relay().drain().await.unwrap();
        assert_eq!(bench.deliveries().len(), tries, "after {pass} more seconds");
    }
    assert_eq!(bench.backlog_of("a").await, 0);
}

#[tokio::test]
async fn pauses_have_jitter_and_the_last_attempt_is_known() {
    let bench = Bench::new();
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&pauses);
    bench.join("a", false, move |attempt| {
        recorded.lock().unwrap().push(attempt.pause);
        Err(HandlerError::Retry("no".into()))
    });
    bench.happen(1, &["a"]).await;
    while bench.backlog_of("a").await > 0 {
        bench.relay().drain().await.unwrap();
        bench.clock.advance(Duration::from_hours(8));
    }
    let pauses = pauses.lock().unwrap();
    assert_eq!((pauses.len(), pauses[23]), (24, None));
    for (failures, pause) in pauses.iter().take(14).enumerate() {
        let (pause, least) = (pause.unwrap(), Duration::from_secs(1 << failures));
        assert!(
            pause >= least && pause <= least + least / 10,
            "{pause:?} after failure {failures}"
        );
    }
    assert!(pauses.iter().take(14).any(|pause| pause.unwrap().subsec_millis() != 0));
}

#[tokio::test]
async fn a_run_of_slow_events_ends_before_its_lease_does() {
    let mut bench = Bench::new();
    let clock = Arc::clone(&bench.clock);
    // Each takes ten seconds: three fit into a run, and the lease is a minute.
    bench.join("a", false, move |_| {
        clock.advance(Duration::from_secs(10));
        Ok(())
    });
    for sequence in 1..=10 {
        bench.happen(sequence, &["a"]).await;
    }
    let began = bench.clock.now();
    bench.relay().drain().await.unwrap();
    assert_eq!(
        bench.deliveries().iter().map(|(_, sequence)| *sequence).collect::<Vec<_>>(),
        (1..=10).collect::<Vec<_>>()
    );
    assert_eq!(bench.clock.now().since(began), Duration::from_secs(100));
}

#[tokio::test]
async fn members_get_events_while_others_hang_and_as_soon_as_they_join() {
    let mut bench = Bench::new();
    bench.join("stuck", true, |_| Ok(()));
    bench.join("a", false, |_| Ok(()));
    let stop = watch::Sender::new(false);
    let relay = tokio::spawn(bench.relay().run(Arc::default(), stop.subscribe()));
    bench.happen(1, &["stuck", "a"]).await;
    assert_eq!(bench.delivered.recv().await.unwrap(), ("a".to_owned(), 1));
    bench.happen(2, &["stuck", "b"]).await;
    bench.join("b", false, |_| Ok(()));
    assert_eq!(bench.delivered.recv().await.unwrap(), ("b".to_owned(), 2));
    bench.members.now.lock().unwrap().clear();
    bench.members.changed.notify_waiters();
    stop.send_replace(true);
    // The one that hangs would be waited for until its patience ends.
    relay.abort();
    assert_eq!(bench.backlog_of("a").await, 0);
}
