//! Records of queues that nobody can read, and clocks that were wrong: whatever waits behind them goes on.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use selfsame_basics::{Clock, ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_events::quarantine::{counts, discard, find, list};
use selfsame_events::{
    Changes, Entry, Event, Fact, Failure, Interest, Journal, Origin, Reactor, Relay, Replay, backlog,
    dead_letters, outbox_depth, release,
};
use selfsame_items::{Item, ItemStore, Maintenance, MemoryStore, StoreError, Write};
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
struct Happened {
    number: u64,
}

impl Fact for Happened {
    const TYPE: &'static str = "test.happened";
    const SUMMARY: &'static str = "Something has happened.";
}

type Heard = Arc<Mutex<Vec<(String, u64)>>>;

struct Ear {
    heard: Heard,
    /// Panics at the events of this user.
    afraid_of: &'static str,
}

#[async_trait]
impl Reactor for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }

    fn wants(&self, event_type: &str) -> bool {
        event_type == Happened::TYPE
    }

    async fn react(&self, event: &Event) -> Result<(), Failure> {
        assert!(event.subject.as_str() != self.afraid_of, "boo");
        self.heard.lock().unwrap().push((event.subject.to_string(), event.sequence));
        Ok(())
    }
}

struct World {
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    journal: Arc<Journal>,
    relay: Relay,
    heard: Heard,
}

fn user(name: &str) -> UserId {
    UserId::parse(&format!("usr_{name}")).unwrap()
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let heard = Heard::default();
        let ear: Arc<dyn Reactor> = Arc::new(Ear { heard: Arc::clone(&heard), afraid_of: "usr_ghost" });
        let journal = Arc::new(Journal::new(
            store.clone(),
            clock.clone(),
            Arc::new(SeededRandom::new(3)),
            vec![Interest::of(&ear)],
            Duration::from_hours(24 * 365),
        ));
        let relay = Relay::new(Arc::clone(&journal), vec![ear]);
        Self { clock, store, journal, relay, heard }
    }

    async fn happen(&self, name: &str) {
        let decide = |_: &_| Ok::<_, StoreError>((Changes::none().tell(&Happened { number: 1 }), ()));
        self.journal.change(&user(name), &[], &Origin::default(), decide).await.unwrap();
    }

    /// What was heard since the last time.
    async fn hear(&self) -> Vec<(String, u64)> {
        self.relay.drain().await.unwrap();
        let mut heard = std::mem::take(&mut *self.heard.lock().unwrap());
        heard.sort();
        heard
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
        let write = Write::put(item.key.clone(), selfsame_items::Guard::Any, body.to_vec());
        self.journal.commit(vec![write]).await.unwrap();
    }
}

fn heard(names: &[(&str, u64)]) -> Vec<(String, u64)> {
    names.iter().map(|(name, sequence)| (format!("usr_{name}"), *sequence)).collect()
}

#[tokio::test]
async fn a_pointer_that_is_damaged_is_set_aside_and_the_others_move_on() {
    let world = World::new();
    for name in ["ada", "bob", "eve"] {
        world.happen(name).await;
    }
    let pointer = world.items("outbox/", "usr_bob").await.remove(0);
    world.overwrite(&pointer, b"pointer/1\n{").await;
    assert_eq!(world.hear().await, heard(&[("ada", 1), ("eve", 1)]));
    assert_eq!(outbox_depth(&*world.store).await, Ok(0));
    assert_eq!(counts(&*world.store).await.unwrap(), [("pointer".to_owned(), 1)]);
    let told = list(&*world.store, "pointer", 10).await.unwrap().remove(0);
    assert_eq!((&told.partition, &told.sort), (&pointer.key.partition, &pointer.key.sort));
    assert_eq!(told.at, world.clock.now());
    let (found, body) = find(&*world.store, "pointer", &told.id).await.unwrap().unwrap();
    assert_eq!((&found, body.as_slice()), (&told, b"pointer/1\n{".as_slice()));
    // What happens next to the same user is told, and the lost pointer, once it is whole again.
    world.happen("bob").await;
    assert_eq!(world.hear().await, heard(&[("bob", 2)]));
    release(&world.journal, &told, pointer.body.to_vec()).await.unwrap();
    assert_eq!(world.hear().await, heard(&[("bob", 1)]));
    assert_eq!(counts(&*world.store).await.unwrap(), []);
}

#[tokio::test]
async fn a_pointer_of_a_later_release_stays_and_what_the_user_did_next_waits_behind_it() {
    let world = World::new();
    for name in ["ada", "bob", "bob", "eve"] {
        world.happen(name).await;
    }
    let pointer = world.items("outbox/", "usr_bob").await.remove(0);
    world.overwrite(&pointer, b"pointer/2\n{}").await;
    assert_eq!(world.hear().await, heard(&[("ada", 1), ("eve", 1)]));
    assert_eq!((outbox_depth(&*world.store).await, counts(&*world.store).await.unwrap()), (Ok(2), vec![]));
    world.overwrite(&pointer, &pointer.body).await;
    assert_eq!(world.hear().await, heard(&[("bob", 1), ("bob", 2)]));
}

#[tokio::test]
async fn a_to_do_that_is_damaged_is_set_aside_and_can_be_put_back() {
    let world = World::new();
    world.happen("ghost").await;
    world.happen("ada").await;
    assert_eq!(world.hear().await, heard(&[("ada", 1)]));
    let todo = world.items("todo/", "s/usr_ghost").await.remove(0);
    world.overwrite(&todo, b"todo/1\nnothing").await;
    world.clock.advance(Duration::from_hours(1));
    world.happen("eve").await;
    assert_eq!(world.hear().await, heard(&[("eve", 1)]));
    assert_eq!(counts(&*world.store).await.unwrap(), [("todo".to_owned(), 1)]);
    assert_eq!(world.items("todo/", "usr_ghost").await, [], "its place in the list is gone with it");
    let told = list(&*world.store, "todo", 10).await.unwrap().remove(0);
    let still = release(&world.journal, &told, b"todo/1\nnothing".to_vec()).await;
    assert!(matches!(still, Err(StoreError::Corrupt(_))), "{still:?}");
    release(&world.journal, &told, todo.body.to_vec()).await.unwrap();
    assert_eq!(world.items("todo/", "usr_ghost").await.len(), 2);
    assert_eq!(backlog(&*world.store, "ear").await, Ok(1));
}

#[tokio::test]
async fn nothing_is_put_back_over_what_has_taken_its_place_and_it_can_be_dropped() {
    let world = World::new();
    world.happen("ghost").await;
    world.hear().await;
    let todo = world.items("todo/", "s/usr_ghost").await.remove(0);
    world.overwrite(&todo, b"todo/1\nnothing").await;
    world.happen("ghost").await;
    world.hear().await;
    let told = list(&*world.store, "todo", 10).await.unwrap().remove(0);
    let outcome = release(&world.journal, &told, todo.body.to_vec()).await;
    assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
    discard(&world.journal, &told).await.unwrap();
    assert_eq!(world.items("quarantine/", "").await, []);
}

#[tokio::test]
async fn however_many_to_dos_wait_for_a_later_release_those_behind_them_are_done() {
    let world = World::new();
    for number in 0..600 {
        world.happen(&format!("ghost{number}")).await;
    }
    // All to-dos are there before any is worked on.
    let step = Relay::new(Arc::clone(&world.journal), Vec::new());
    step.drain().await.unwrap();
    for todo in world.items("todo/", "s/usr_ghost").await {
        world.overwrite(&todo, b"todo/2\n{}").await;
    }
    world.clock.advance(Duration::from_secs(1));
    for number in 0..32 {
        world.happen(&format!("ada{number}")).await;
    }
    assert_eq!(world.hear().await.len(), 32);
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
    assert_eq!(world.hear().await, heard(&[("ada", 2)]));
    let letters = dead_letters(&*world.store, "ear").await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((&letter.event.subject, letter.event.sequence), (&user("ada"), 1));
    assert!(letter.event.data.is_null(), "{letter:?}");
    world.overwrite(&entry, &entry.body).await;
    Replay::new(Arc::clone(&world.journal), "ear").letters(&letters).await.unwrap();
    assert_eq!(world.hear().await, heard(&[("ada", 1)]));
}

#[tokio::test]
async fn an_event_that_somebody_panics_at_is_tried_again_and_given_up_and_keeps_nobody_else() {
    let world = World::new();
    world.happen("ghost").await;
    world.happen("ada").await;
    assert_eq!(world.hear().await, heard(&[("ada", 1)]));
    for _ in 0..30 {
        world.clock.advance(Duration::from_hours(9));
        assert_eq!(world.hear().await, []);
    }
    let letters = dead_letters(&*world.store, "ear").await.unwrap();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].reason.contains("boo"), "{}", letters[0].reason);
}

#[tokio::test]
async fn what_a_clock_far_ahead_has_put_off_is_done_once_it_is_right_again() {
    let world = World::new();
    let right = world.clock.now();
    for step in [Duration::from_hours(24), Duration::from_hours(24 * 400)] {
        world.clock.set(right.plus(step));
        world.happen("ada").await;
        // The to-do is made, and nobody works on it before the clock is set back.
        Relay::new(Arc::clone(&world.journal), Vec::new()).drain().await.unwrap();
        world.clock.set(right);
        assert_eq!(world.hear().await.len(), 1, "{step:?}");
    }
}
