use std::sync::atomic::{AtomicBool, Ordering};

use selfsame_blobs::{Fault, MemoryBlobs};
use selfsame_events::Origin;
use selfsame_primitives::{Clock as _, ManualClock, Random, SeededRandom, Timestamp, UserId};
use selfsame_store::{MemoryStore, Store};

use super::*;

struct World {
    collector: BlobGarbageCollector,
    blobs: Arc<MemoryBlobs>,
    clock: Arc<ManualClock>,
    is_down: Arc<AtomicBool>,
}

fn world() -> World {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(clock.clone()));
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(1));
    let is_down = Arc::new(AtomicBool::new(false));
    let down = is_down.clone();
    let decide = move |_| down.load(Ordering::SeqCst).then_some(Fault::Before);
    let blobs = Arc::new(MemoryBlobs::new().with_faults(decide));
    let platform = selfsame_platform::testing::platform(store, clock.clone(), random);
    let as_blobs: Arc<dyn Blobs> = blobs.clone();
    let collector = BlobGarbageCollector::new(&platform, &as_blobs);
    World { collector, blobs, clock, is_down }
}

fn name(letter: char) -> BlobName {
    BlobName::parse(&format!("avatars/{}.jpg", letter.to_string().repeat(22))).unwrap()
}

impl World {
    async fn reserve(&self, letter: char) -> ReservedBlobs {
        let reserved = self.collector.reserve([name(letter)].into()).await.unwrap();
        self.collector.write([(name(letter), bytes::Bytes::from_static(b"x"))]).await.unwrap();
        reserved
    }

    async fn commit_reference(&self, reserved: &ReservedBlobs) -> Result<(), StoreError> {
        let user = UserId::parse("usr_1").unwrap();
        let keys = [reserved.key().clone()];
        let commit_reference = |loaded: &Loaded| Ok((reserved.apply(loaded, Changes::none())?, ()));
        self.collector
            .platform
            .journal
            .change(&user, &keys, &Origin::default(), commit_reference)
            .await
    }

    /// Notes a blob that is there as dropped, to be deleted after `time`.
    async fn discard(&self, letter: char, time: Duration) {
        let (user, reserved) = (UserId::parse("usr_1").unwrap(), self.reserve(letter).await);
        let (keys, slot) = ([reserved.key().clone()], self.collector.drop_slot_after(time));
        let discard = |loaded: &Loaded| {
            let changes = slot.take(vec![name(letter)], Changes::none());
            Ok::<_, StoreError>((reserved.apply(loaded, changes)?, ()))
        };
        self.collector
            .platform
            .journal
            .change(&user, &keys, &Origin::default(), discard)
            .await
            .unwrap();
    }

    async fn delete_due(&self) -> usize {
        let mut steps = 0;
        while self.collector.step().await.unwrap() {
            steps += 1;
        }
        steps
    }

    async fn due(&self) -> Vec<DueEntry<GarbageEntry>> {
        let mut entries = Vec::new();
        for shard in self.collector.queue.shards() {
            let mut scan = self.collector.queue.scan(shard, false);
            while let Some(entry) = scan.next_entry().await.unwrap() {
                entries.push(entry);
            }
        }
        entries
    }
}

#[tokio::test]
async fn a_reserved_blob_without_a_reference_is_deleted_after_an_hour_and_not_before() {
    let world = world();
    world.reserve('a').await;
    world.clock.advance(GRACE.checked_sub(Duration::from_millis(1)).unwrap());
    assert_eq!(world.delete_due().await, 0);
    assert_eq!(world.blobs.names(), [name('a')]);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.delete_due().await, 1);
    assert_eq!(world.blobs.names(), []);
    assert_eq!(world.due().await, []);
}

#[tokio::test]
async fn a_blob_that_is_referred_to_in_time_stays() {
    let world = world();
    let reserved = world.reserve('a').await;
    world.commit_reference(&reserved).await.unwrap();
    world.clock.advance(2 * GRACE);
    assert_eq!(world.delete_due().await, 0);
    assert_eq!(world.blobs.names(), [name('a')]);
}

#[tokio::test]
async fn a_change_that_comes_after_the_collector_is_refused() {
    let world = world();
    let reserved = world.reserve('a').await;
    world.clock.advance(GRACE);
    // Already while the blobs are about to be deleted.
    let entry = world.due().await.remove(0);
    assert!(world.collector.claim(&entry).await.unwrap());
    assert!(matches!(world.commit_reference(&reserved).await, Err(StoreError::Unavailable(_))));
    // And when they are.
    world.delete_due().await;
    assert!(matches!(world.commit_reference(&reserved).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_collector_that_comes_after_the_change_deletes_nothing() {
    let world = world();
    let reserved = world.reserve('a').await;
    world.clock.advance(GRACE);
    let entry = world.due().await.remove(0);
    world.commit_reference(&reserved).await.unwrap();
    assert!(!world.collector.delete_blobs(&entry).await.unwrap());
    assert_eq!(world.blobs.names(), [name('a')]);
}

#[tokio::test]
async fn what_can_not_be_deleted_now_is_deleted_later() {
    let world = world();
    let reserved = world.reserve('a').await;
    world.commit_reference(&reserved).await.unwrap();
    let user = UserId::parse("usr_1").unwrap();
    let slot = world.collector.drop_slot();
    let dropped =
        |_: &Loaded| Ok::<_, StoreError>((slot.take(vec![name('a')], Changes::none()), ()));
    world.collector.platform.journal.change(&user, &[], &Origin::default(), dropped).await.unwrap();
    world.is_down.store(true, Ordering::SeqCst);
    assert_eq!(world.delete_due().await, 0);
    world.is_down.store(false, Ordering::SeqCst);
    assert_eq!(world.delete_due().await, 1);
    assert_eq!(world.blobs.names(), []);
    assert_eq!(world.due().await, []);
}

#[tokio::test]
async fn a_note_that_can_not_be_read_does_not_keep_others_waiting() {
    let world = world();
    for shard in 0..8 {
        let key = Key::new(format!("blob-ledger/{shard:02}"), "0000000000000/bad");
        world
            .collector
            .platform
            .journal
            .commit(vec![Write::put(key, Guard::Any, "not a note")])
            .await
            .unwrap();
    }
    world.reserve('a').await;
    world.clock.advance(GRACE);
    assert_eq!(world.delete_due().await, 1);
    assert_eq!(world.blobs.names(), []);
}

#[tokio::test]
async fn the_loop_deletes_what_is_dropped_when_it_is_woken_and_ends_when_stopped() {
    let world = Arc::new(world());
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn({
        let world = world.clone();
        async move { world.collector.run(stopped).await }
    });
    world.reserve('a').await;
    world.clock.advance(GRACE);
    world.collector.wake();
    while !world.blobs.names().is_empty() {
        tokio::task::yield_now().await;
    }
    stop.send(true).unwrap();
    working.await.unwrap();
}

#[tokio::test]
async fn a_damaged_entry_is_set_aside_and_the_others_are_collected() {
    let world = world();
    let damaged = world.reserve('a').await;
    world.reserve('b').await;
    let write = Write::put(damaged.key().clone(), Guard::Any, "blob-note/1\n{");
    world.collector.platform.journal.commit(vec![write]).await.unwrap();
    world.clock.advance(GRACE);
    world.delete_due().await;
    assert!(world.collector.platform.store.get(damaged.key()).await.unwrap().is_none());
    let quarantined =
        selfsame_events::quarantine::list(&*world.collector.platform.store, "blob-note", 10)
            .await
            .unwrap();
    assert_eq!(quarantined.len(), 1);
    assert_eq!(world.blobs.names(), [name('a')], "without an entry it is never deleted");
}

#[tokio::test]
async fn reserved_blobs_do_not_count_as_abandoned_after_a_clock_was_set_forward() {
    let world = world();
    let reserved = world.reserve('a').await;
    let right = world.clock.now();
    world.clock.set(right.plus(Duration::from_hours(24 * 400)));
    world.delete_due().await;
    world.clock.set(right);
    world.commit_reference(&reserved).await.unwrap();
    world.clock.advance(GRACE * 2);
    world.delete_due().await;
    assert_eq!(world.blobs.names(), [name('a')]);
}

#[tokio::test]
async fn what_was_noted_by_a_clock_far_ahead_is_deleted_once_it_is_right_again() {
    let world = world();
    let right = world.clock.now();
    for step in [Duration::from_hours(6 * 24), Duration::from_hours(24 * 400)] {
        world.clock.set(right.plus(step));
        world.reserve('a').await;
        world.discard('b', Duration::from_secs(1)).await;
        world.clock.set(right);
        world.discard('c', LONGEST).await;
        world.clock.advance(Duration::from_mins(1));
        world.delete_due().await;
        assert_eq!(
            world.blobs.names(),
            [name('c')],
            "{step:?}: what is kept for days is not far ahead"
        );
        world.clock.set(right);
    }
}
