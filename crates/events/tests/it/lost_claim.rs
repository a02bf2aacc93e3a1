//! Requests with a claim that another request has taken over: they change nothing, however often
//! they try.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use selfsame_events::{
    Changes, EventPayload, Head, Journal, Loaded, NoteState, Origin, Replay, RequestNote, aside,
    backlog,
};
use selfsame_primitives::{Clock as _, ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_store::{
    Commit, CommitToken, Guard, Key, Maintenance as _, MemoryStore, Revision, Store as _,
    StoreError, Write, decode,
};
use serde::Serialize;

const LEASE: Duration = Duration::from_mins(1);

#[derive(Serialize, JsonSchema)]
struct Happened {}

impl EventPayload for Happened {
    const TYPE: &'static str = "test.happened";
    const SUMMARY: &'static str = "Something has happened.";
}

struct World {
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    random: Arc<SeededRandom>,
    journal: Arc<Journal>,
    ada: UserId,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let random = Arc::new(SeededRandom::new(1));
        let retention = Duration::from_hours(24 * 365);
        let journal =
            Journal::new(store.clone(), clock.clone(), random.clone(), Vec::new(), retention);
        let ada = UserId::parse("usr_ada").unwrap();
        Self { clock, store, random, journal: Arc::new(journal), ada }
    }

    /// Claims `key` for the length of a lease.
    async fn claim(&self, key: &Key) -> Revision {
        let (token, until) = (CommitToken::generate(&*self.random), self.clock.now().plus(LEASE));
        let writes = vec![Write::put_until(key.clone(), Guard::Absent, b"claim".to_vec(), until)];
        self.store.commit(Commit { token, writes }).await.unwrap();
        token.revision()
    }

    /// The note of a request that was paused for as long as its claim at `key` was good, and whose
    /// claim another request has taken since.
    async fn note(&self, key: &Key) -> Arc<RequestNote> {
        let claim = self.claim(key).await;
        let until = self.clock.now().plus(Duration::from_hours(24));
        let note = RequestNote::new(key.clone(), claim, b"note".to_vec(), until);
        self.clock.advance(LEASE);
        self.claim(key).await;
        note
    }

    async fn happen(&self) -> Result<(), StoreError> {
        let rule = |_: &Loaded| Ok((Changes::none().emit(&Happened {}), ()));
        self.journal.change(&self.ada, &[], &Origin::default(), rule).await
    }

    /// How many events there are.
    async fn happened(&self) -> u64 {
        let head = self.store.get(&Head::key(&self.ada)).await.unwrap();
        head.map_or(0, |head| decode::<Head>(&head.body).unwrap().sequence)
    }

    async fn commits(&self) -> u64 {
        self.store.stats().await.unwrap().commits
    }
}

fn key() -> Key {
    Key::new("idempotency/name", "answer")
}

/// The error of every commit of a request whose claim is lost.
fn lost<T>() -> Result<T, StoreError> {
    Err(StoreError::Conflict(key()))
}

#[tokio::test]
async fn no_change_of_a_user_is_made_not_even_at_the_second_try() {
    let world = World::new();
    let note = world.note(&key()).await;
    let before = world.commits().await;
    let request = async {
        assert!(!RequestNote::lost_at(&key()), "nobody has noticed yet");
        for _ in 0..3 {
            assert_eq!(world.happen().await, lost());
            assert!(
                RequestNote::lost_at(&key()) && !RequestNote::lost_at(&Key::new("other", "key"))
            );
        }
    };
    Arc::clone(&note).with(request).await;
    assert_eq!((note.state(), world.happened().await), (NoteState::Lost, 0));
    assert_eq!(world.commits().await, before);
}

#[tokio::test]
async fn nothing_else_is_written_for_it_either_except_aside() {
    let world = World::new();
    let note = world.note(&key()).await;
    let request = async {
        for number in 0..3 {
            let write =
                Write::put(Key::new("something", number.to_string()), Guard::Any, Vec::new());
            assert_eq!(world.journal.commit_for_request(vec![write]).await, lost());
        }
        // An entry about the request is no part of what it asks for.
        aside(world.happen()).await.unwrap();
    };
    note.with(request).await;
    assert_eq!(world.store.scan("something", None).await.unwrap().items, []);
    assert_eq!(world.happened().await, 1);
}

#[tokio::test]
async fn nothing_is_replayed_for_it_and_nothing_is_tried_in_vain() {
    let world = World::new();
    world.happen().await.unwrap();
    let note = world.note(&key()).await;
    let before = world.store.stats().await.unwrap();
    let request = async {
        for _ in 0..2 {
            let replay = Replay::new(Arc::clone(&world.journal), "ear");
            assert_eq!(replay.range(&world.ada, 1..2).await, lost());
        }
    };
    note.with(request).await;
    assert_eq!(backlog(&*world.store, "ear").await, Ok(0));
    let after = world.store.stats().await.unwrap();
    assert_eq!((after.commits, after.conflicts), (before.commits, before.conflicts + 1));
}

#[tokio::test]
async fn a_request_that_has_its_claim_goes_on_after_its_first_commit() {
    let world = World::new();
    let claim = world.claim(&key()).await;
    let note = RequestNote::new(key(), claim, b"note".to_vec(), world.clock.now().plus(2 * LEASE));
    let request = async {
        world.happen().await.unwrap();
        // The note is written, and the rest of the request needs no claim.
        world.clock.advance(2 * LEASE);
        world.happen().await.unwrap();
    };
    Arc::clone(&note).with(request).await;
    assert!(matches!(note.state(), NoteState::Committed(_)), "{note:?}");
    assert_eq!(world.happened().await, 2);
}
