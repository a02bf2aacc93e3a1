//! Unreadable records of queues, and clocks that were wrong: the queues go on.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use selfsame_events::quarantine::{counts, discard, find, list, set_aside};
use selfsame_events::{
    Changes, DeliveryAttempt, Entry, Event, EventHandler, EventPayload, HandlerError, Journal,
    Origin, Relay, Replay, Subscription, backlog, dead_letters, outbox_depth, release,
};
use selfsame_primitives::{Clock, ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_store::{
    Faults, FaultyStore, Guard, Item, Key, Maintenance, MemoryStore, Store, StoreError, Write,
};
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
struct Happened {
    number: u64,
}

impl EventPayload for Happened {
    const TYPE: &'static str = "test.happened";
    const SUMMARY: &'static str = "Something has happened.";
}

type Delivered = Arc<Mutex<Vec<(String, u64)>>>;
/// What else happens while the next event is handled.
type Meanwhile = Arc<Mutex<Option<BoxFuture<'static, ()>>>>;

struct Ear {
    delivered: Delivered,
    meanwhile: Meanwhile,
    /// Panics at the events of this user.
    panics_at: &'static str,
}

#[async_trait]
impl EventHandler for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }

    fn handles(&self, event_type: &str) -> bool {
        event_type == Happened::TYPE
    }

    async fn handle(&self, event: &Event, _: DeliveryAttempt) -> Result<(), HandlerError> {
        assert!(event.subject.as_str() != self.panics_at, "boo");
        self.delivered.lock().unwrap().push((event.subject.to_string(), event.sequence));
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        Ok(())
    }
}

struct World {
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    journal: Arc<Journal>,
    relay: Relay,
    delivered: Delivered,
    meanwhile: Meanwhile,
}

fn user(name: &str) -> UserId {
    UserId::parse(&format!("usr_{name}")).unwrap()
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let (delivered, meanwhile) = (Delivered::default(), Meanwhile::default());
        let ear = Ear {
            delivered: Arc::clone(&delivered),
            meanwhile: Arc::clone(&meanwhile),
            panics_at: "usr_ghost",
        };
        let ear: Arc<dyn EventHandler> = Arc::new(ear);
        let journal = Arc::new(Journal::new(
            store.clone(),
            clock.clone(),
            Arc::new(SeededRandom::new(3)),
            vec![Subscription::of(&ear)],
            Duration::from_hours(24 * 365),
        ));
        let relay = Relay::new(Arc::clone(&journal), vec![ear]);
        Self { clock, store, journal, relay, delivered, meanwhile }
    }

    async fn happen(&self, name: &str) {
        let decide =
            |_: &_| Ok::<_, StoreError>((Changes::none().emit(&Happened { number: 1 }), ()));
        self.journal.change(&user(name), &[], &Origin::default(), decide).await.unwrap();
    }

    /// What was delivered since the last call.
    async fn deliver(&self) -> Vec<(String, u64)> {
        self.relay.drain().await.unwrap();
        let mut delivered = std::mem::take(&mut *self.delivered.lock().unwrap());
        delivered.sort();
        delivered
    }

    /// The items whose partitions start with `prefix` and whose sort keys name `name`.
    async fn items(&self, prefix: &str, name: &str) -> Vec<Item> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.scan(prefix, after.as_ref()).await.unwrap();
            found.extend(page.items.into_iter().filter(|item| item.key.sort.contains(name)));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    }

    async fn overwrite(&self, item: &Item, body: &[u8]) {
        let write = Write::put(item.key.clone(), Guard::Any, body.to_vec());
        self.journal.commit(vec![write]).await.unwrap();
    }
}

fn delivered(names: &[(&str, u64)]) -> Vec<(String, u64)> {
    names.iter().map(|(name, sequence)| (format!("usr_{name}"), *sequence)).collect()
}

#[tokio::test]
async fn a_damaged_outbox_record_is_set_aside_and_the_others_are_distributed() {
    let world = World::new();
    for name in ["ada", "bob", "eve"] {
        world.happen(name).await;
    }
    let record = world.items("outbox/", "usr_bob").await.remove(0);
    world.overwrite(&record, b"pointer/1\n{").await;
    assert_eq!(world.deliver().await, delivered(&[("ada", 1), ("eve", 1)]));
    assert_eq!(outbox_depth(&*world.store).await, Ok(0));
    assert_eq!(counts(&*world.store).await.unwrap(), [("pointer".to_owned(), 1)]);
    let description = list(&*world.store, "pointer", 10).await.unwrap().remove(0);
    assert_eq!(
        (&description.partition, &description.sort),
        (&record.key.partition, &record.key.sort)
    );
    assert_eq!(description.at, world.clock.now());
    let (found, body) = find(&*world.store, "pointer", &description.id).await.unwrap().unwrap();
    assert_eq!((&found, body.as_slice()), (&description, b"pointer/1\n{".as_slice()));
    // The same user's next event is delivered, and the damaged record's event once it is released.
    world.happen("bob").await;
    assert_eq!(world.deliver().await, delivered(&[("bob", 2)]));
    release(&world.journal, &description, record.body.to_vec()).await.unwrap();
    assert_eq!(world.deliver().await, delivered(&[("bob", 1)]));
    assert_eq!(counts(&*world.store).await.unwrap(), []);
}

#[tokio::test]
async fn an_outbox_record_that_is_put_back_during_a_later_delivery_is_delivered_too() {
    let world = World::new();
    world.happen("ada").await;
    let record = world.items("outbox/", "usr_ada").await.remove(0);
    world.overwrite(&record, b"pointer/1\n{").await;
    assert_eq!(world.deliver().await, []);
    let description = list(&*world.store, "pointer", 10).await.unwrap().remove(0);
    world.happen("ada").await;
    let journal = Arc::clone(&world.journal);
    *world.meanwhile.lock().unwrap() = Some(Box::pin(async move {
        release(&journal, &description, record.body.to_vec()).await.unwrap();
        // The cursor is extended while a worker holds it.
        Relay::new(journal, Vec::new()).drain().await.unwrap();
    }));
    assert_eq!(world.deliver().await, delivered(&[("ada", 1), ("ada", 2), ("ada", 2)]));
    assert_eq!(backlog(&*world.store, "ear").await, Ok(0));
}

#[tokio::test]
async fn a_record_is_put_back_by_one_only() {
    let world = World::new();
    world.happen("ada").await;
    let record = world.items("outbox/", "usr_ada").await.remove(0);
    world.overwrite(&record, b"pointer/1\n{").await;
    assert_eq!(world.deliver().await, []);
    let description = list(&*world.store, "pointer", 10).await.unwrap().remove(0);
    release(&world.journal, &description, record.body.to_vec()).await.unwrap();
    // What was put back is used up, so nothing is in the way of the second.
    assert_eq!(world.deliver().await, delivered(&[("ada", 1)]));
    let refused = Err(StoreError::Conflict(Key::new(
        "quarantine/pointer",
        format!("told/{}", description.id),
    )));
    assert_eq!(release(&world.journal, &description, record.body.to_vec()).await, refused);
    assert_eq!(discard(&world.journal, &description).await, refused);
    assert_eq!(world.deliver().await, []);
}

#[tokio::test]
async fn of_two_that_put_a_record_back_at_once_the_second_is_refused() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
    let memory = MemoryStore::new(clock.clone());
    // Both read before either commits.
    let faults = Faults { interleave: 1000, ..Faults::default() };
    let store = Arc::new(FaultyStore::<MemoryStore>::new(memory, 1, faults));
    let random = Arc::new(SeededRandom::new(3));
    let retention = Duration::from_hours(24 * 365);
    let journal = Arc::new(Journal::new(store.clone(), clock, random, Vec::new(), retention));
    let queue_key = Key::new("some/queue", "a");
    journal
        .commit(vec![Write::put(queue_key.clone(), Guard::Absent, b"damaged".to_vec())])
        .await
        .unwrap();
    let item = store.get(&queue_key).await.unwrap().unwrap();
    set_aside(&journal, "letter", &item, "it is damaged").await.unwrap();
    let description = list(&*store, "letter", 10).await.unwrap().remove(0);
    let put_back = || release(&journal, &description, b"whole".to_vec());
    let refused = match tokio::join!(put_back(), put_back()) {
        (Ok(()), Err(error)) | (Err(error), Ok(())) => error,
        both => panic!("{both:?}"),
    };
    // Whether or not the record is still at its key: it may be used up already.
    let key = Key::new("quarantine/letter", format!("told/{}", description.id));
    assert_eq!(refused, StoreError::Conflict(key));
    assert!(store.get(&queue_key).await.unwrap().is_some());
}

#[tokio::test]
async fn a_record_with_an_unreadable_description_is_listed_with_the_others() {
    let world = World::new();
    for name in ["ada", "bob"] {
        world.happen(name).await;
        let record = world.items("outbox/", name).await.remove(0);
        world.overwrite(&record, b"pointer/1\n{").await;
        assert_eq!(world.deliver().await, []);
        world.clock.advance(Duration::from_secs(1));
    }
    let before = list(&*world.store, "pointer", 10).await.unwrap();
    let description = world.items("quarantine/pointer", "told/").await.remove(0);
    world.overwrite(&description, b"quarantined/2\n{}").await;
    let after = list(&*world.store, "pointer", 10).await.unwrap();
    let [unreadable, readable] = after.as_slice() else { panic!("{after:?}") };
    assert_eq!(Some(readable), before.last());
    assert_eq!((&unreadable.kind, &unreadable.id), (&before[0].kind, &before[0].id));
    assert_eq!(
        (&unreadable.partition, &unreadable.sort),
        (&description.key.partition, &description.key.sort)
    );
    assert!(
        unreadable.reason.contains("quarantined/2 was written by a later release"),
        "{unreadable:?}"
    );
}

#[tokio::test]
async fn an_event_that_waits_for_a_later_release_has_all_its_attempts_then() {
    let world = World::new();
    world.happen("ghost").await;
    let entry = world.store.get(&Entry::key(&user("ghost"), 1)).await.unwrap().unwrap();
    world.overwrite(&entry, b"entry/2\n{}").await;
    for _ in 0..30 {
        assert_eq!(world.deliver().await, []);
        world.clock.advance(Duration::from_hours(9));
    }
    world.overwrite(&entry, &entry.body).await;
    // It can be delivered now, and fails for the first time.
    for _ in 0..2 {
        assert_eq!(world.deliver().await, []);
        assert_eq!(dead_letters(&*world.store, "ear").await, Ok(Vec::new()));
        world.clock.advance(Duration::from_hours(9));
    }
    assert_eq!(backlog(&*world.store, "ear").await, Ok(1));
}

#[tokio::test]
async fn an_event_that_waits_for_a_later_release_is_delivered_within_two_minutes_of_it() {
    let world = World::new();
    world.happen("ada").await;
    let entry = world.store.get(&Entry::key(&user("ada"), 1)).await.unwrap().unwrap();
    world.overwrite(&entry, b"entry/2\n{}").await;
    for _ in 0..30 {
        assert_eq!(world.deliver().await, []);
        world.clock.advance(Duration::from_hours(9));
    }
    assert_eq!(world.deliver().await, []);
    world.overwrite(&entry, &entry.body).await;
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(world.deliver().await, delivered(&[("ada", 1)]));
}

#[tokio::test]
async fn an_outbox_record_of_a_later_release_stays_and_the_users_next_one_waits_for_it() {
    let world = World::new();
    for name in ["ada", "bob", "bob", "eve"] {
        world.happen(name).await;
    }
    let record = world.items("outbox/", "usr_bob").await.remove(0);
    world.overwrite(&record, b"pointer/2\n{}").await;
    assert_eq!(world.deliver().await, delivered(&[("ada", 1), ("eve", 1)]));
    assert_eq!(
        (outbox_depth(&*world.store).await, counts(&*world.store).await.unwrap()),
        (Ok(2), vec![])
    );
    world.overwrite(&record, &record.body).await;
    assert_eq!(world.deliver().await, delivered(&[("bob", 1), ("bob", 2)]));
}

#[tokio::test]
async fn a_damaged_cursor_is_set_aside_and_can_be_put_back() {
    let world = World::new();
    world.happen("ghost").await;
    world.happen("ada").await;
    assert_eq!(world.deliver().await, delivered(&[("ada", 1)]));
    let cursor = world.items("todo/", "s/usr_ghost").await.remove(0);
    world.overwrite(&cursor, b"todo/1\nnothing").await;
    world.clock.advance(Duration::from_hours(1));
    world.happen("eve").await;
    assert_eq!(world.deliver().await, delivered(&[("eve", 1)]));
    assert_eq!(counts(&*world.store).await.unwrap(), [("todo".to_owned(), 1)]);
    assert_eq!(
        world.items("todo/", "usr_ghost").await,
        [],
        "its place in the list is gone with it"
    );
    let description = list(&*world.store, "todo", 10).await.unwrap().remove(0);
    let still = release(&world.journal, &description, b"todo/1\nnothing".to_vec()).await;
    assert!(matches!(still, Err(StoreError::Corrupt(_))), "{still:?}");
    release(&world.journal, &description, cursor.body.to_vec()).await.unwrap();
    assert_eq!(world.items("todo/", "usr_ghost").await.len(), 2);
    assert_eq!(backlog(&*world.store, "ear").await, Ok(1));
}

#[tokio::test]
async fn nothing_is_put_back_over_a_later_record_and_it_can_be_discarded() {
    let world = World::new();
    world.happen("ghost").await;
    world.deliver().await;
    let cursor = world.items("todo/", "s/usr_ghost").await.remove(0);
    world.overwrite(&cursor, b"todo/1\nnothing").await;
    world.happen("ghost").await;
    world.deliver().await;
    let description = list(&*world.store, "todo", 10).await.unwrap().remove(0);
    let outcome = release(&world.journal, &description, cursor.body.to_vec()).await;
    assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
    discard(&world.journal, &description).await.unwrap();
    assert_eq!(world.items("quarantine/", "").await, []);
}

#[tokio::test]
async fn however_many_cursors_wait_for_a_later_release_those_after_them_are_delivered() {
    let world = World::new();
    for number in 0..600 {
        world.happen(&format!("ghost{number}")).await;
    }
    // All cursors are made before any is worked on.
    let step = Relay::new(Arc::clone(&world.journal), Vec::new());
    step.drain().await.unwrap();
    for cursor in world.items("todo/", "s/usr_ghost").await {
        world.overwrite(&cursor, b"todo/2\n{}").await;
    }
    world.clock.advance(Duration::from_secs(1));
    for number in 0..32 {
        world.happen(&format!("ada{number}")).await;
    }
    assert_eq!(world.deliver().await.len(), 32);
    assert_eq!(
        (backlog(&*world.store, "ear").await, counts(&*world.store).await.unwrap()),
        (Ok(600), vec![])
    );
}

#[tokio::test]
async fn an_event_whose_entry_is_damaged_becomes_a_dead_letter_and_the_next_follows() {
    let world = World::new();
    world.happen("ada").await;
    world.happen("ada").await;
    let entry = world.store.get(&Entry::key(&user("ada"), 1)).await.unwrap().unwrap();
    world.overwrite(&entry, b"entry/1\n[]").await;
    assert_eq!(world.deliver().await, delivered(&[("ada", 2)]));
    let dead_letters = dead_letters(&*world.store, "ear").await.unwrap();
    let [dead_letter] = dead_letters.as_slice() else { panic!("{dead_letters:?}") };
    assert_eq!((&dead_letter.event.subject, dead_letter.event.sequence), (&user("ada"), 1));
    assert!(dead_letter.event.data.is_null(), "{dead_letter:?}");
    world.overwrite(&entry, &entry.body).await;
    Replay::new(Arc::clone(&world.journal), "ear")
        .replay_dead_letters(&dead_letters)
        .await
        .unwrap();
    assert_eq!(world.deliver().await, delivered(&[("ada", 1)]));
}

#[tokio::test]
async fn an_event_whose_handler_panics_is_retried_and_given_up_and_blocks_no_other() {
    let world = World::new();
    world.happen("ghost").await;
    world.happen("ada").await;
    assert_eq!(world.deliver().await, delivered(&[("ada", 1)]));
    for _ in 0..30 {
        world.clock.advance(Duration::from_hours(9));
        assert_eq!(world.deliver().await, []);
    }
    let dead_letters = dead_letters(&*world.store, "ear").await.unwrap();
    assert_eq!(dead_letters.len(), 1);
    assert!(dead_letters[0].reason.contains("boo"), "{}", dead_letters[0].reason);
}

#[tokio::test]
async fn what_a_clock_far_ahead_has_postponed_is_delivered_once_it_is_right_again() {
    let world = World::new();
    let right = world.clock.now();
    for step in [Duration::from_hours(24), Duration::from_hours(24 * 400)] {
        world.clock.set(right.plus(step));
        world.happen("ada").await;
        // The cursor is made, and no worker claims it before the clock is set back.
        Relay::new(Arc::clone(&world.journal), Vec::new()).drain().await.unwrap();
        world.clock.set(right);
        assert_eq!(world.deliver().await.len(), 1, "{step:?}");
    }
}
