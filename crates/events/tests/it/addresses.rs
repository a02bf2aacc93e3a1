//! Client addresses, which are reduced to networks after a month.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use selfsame_events::{
    AddressSealer, Changes, ClientAddress, Entry, EventPayload, Journal, Loaded, Origin,
};
use selfsame_primitives::{Keys, ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_store::{
    Faults, FaultyStore, Maintenance as _, MemoryStore, Store as RecordStore, StoreError, decode,
    encode,
};
use serde::Serialize;

/// 2027-01-15T08:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: Duration = Duration::from_hours(24);
const ALMOST_30_DAYS: Duration = Duration::from_millis(30 * 24 * 60 * 60 * 1000 - 1);

type Store = FaultyStore<MemoryStore>;

struct World {
    clock: Arc<ManualClock>,
    store: Arc<Store>,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let memory = MemoryStore::new(Arc::clone(&clock) as _);
        let faults = Faults { interleave: 500, ..Faults::default() };
        Self { clock, store: Arc::new(FaultyStore::new(memory, 1, faults)) }
    }

    fn node(&self, seed: u64) -> Arc<AddressSealer> {
        self.node_with([7; 32], seed)
    }

    fn node_with(&self, master: [u8; 32], seed: u64) -> Arc<AddressSealer> {
        let store = Arc::clone(&self.store) as Arc<dyn RecordStore>;
        let random = Arc::new(SeededRandom::new(seed));
        let keys = Arc::new(Keys::from_master(&master));
        Arc::new(AddressSealer::new(store, Arc::clone(&self.clock) as _, random, keys))
    }

    async fn keys(&self) -> Vec<String> {
        let items = self.store.inner().scan("address-key/", None).await.unwrap().items;
        items.into_iter().map(|item| item.key.partition).collect()
    }
}

fn ada() -> UserId {
    UserId::parse("usr_ada").unwrap()
}

fn exact() -> ClientAddress {
    ClientAddress::of([203, 0, 113, 7].into())
}

/// The address as it comes back from a store.
fn stored(address: &ClientAddress) -> ClientAddress {
    serde_json::from_str(&serde_json::to_string(address).unwrap()).unwrap()
}

#[tokio::test]
async fn an_address_is_shown_whole_for_thirty_days_and_then_as_its_network() {
    let world = World::new();
    let node = world.node(1);
    let stored_address = stored(&node.seal_for(&ada(), &exact()).await);
    assert_eq!(stored_address.network().to_string(), "203.0.113.0");
    assert_eq!(node.reveal(&ada(), &stored_address, START).await, "203.0.113.7");
    world.clock.advance(ALMOST_30_DAYS);
    // By a node that has to load the key, too.
    assert_eq!(world.node(2).reveal(&ada(), &stored_address, START).await, "203.0.113.7");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(node.reveal(&ada(), &stored_address, START).await, "203.0.113.0");
}

#[tokio::test]
async fn after_a_month_only_the_network_is_readable_whatever_time_is_claimed() {
    let world = World::new();
    let stored_address = stored(&world.node(1).seal_for(&ada(), &exact()).await);
    assert_eq!(world.keys().await, ["address-key/2027-01-15"]);
    world.clock.advance(31 * DAY);
    let now = START.plus(31 * DAY);
    assert_eq!(world.node(2).reveal(&ada(), &stored_address, now).await, "203.0.113.0");
    assert!(world.keys().await.is_empty());
}

#[tokio::test]
async fn an_address_of_the_last_moment_of_a_day_is_shown_whole_for_thirty_days_too() {
    let world = World::new();
    let (node, rest) = (world.node(1), Duration::from_millis(16 * 60 * 60 * 1000 - 1));
    world.clock.advance(rest);
    let (stored_address, noted_at) =
        (stored(&node.seal_for(&ada(), &exact()).await), START.plus(rest));
    world.clock.advance(ALMOST_30_DAYS);
    assert_eq!(world.node(2).reveal(&ada(), &stored_address, noted_at).await, "203.0.113.7");
}

#[tokio::test]
async fn each_day_has_its_own_key() {
    let world = World::new();
    let node = world.node(1);
    for _ in 0..3 {
        node.seal_for(&ada(), &exact()).await;
        world.clock.advance(DAY);
    }
    let days = ["2027-01-15", "2027-01-16", "2027-01-17"].map(|day| format!("address-key/{day}"));
    assert_eq!(world.keys().await, days);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_nodes_that_make_a_key_at_once_all_use_one() {
    let world = World::new();
    let nodes: Vec<_> = (0..8).map(|seed| world.node(seed)).collect();
    let calls = nodes.iter().map(|node| {
        let node = Arc::clone(node);
        tokio::spawn(async move { node.seal_for(&ada(), &exact()).await })
    });
    let mut stored_address = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        stored_address.push(stored(&call.await.unwrap()));
    }
    assert_eq!(world.keys().await.len(), 1);
    for (node, address) in nodes.iter().rev().zip(&stored_address) {
        assert_eq!(node.reveal(&ada(), address, START).await, "203.0.113.7");
    }
}

#[tokio::test]
async fn a_node_reads_the_store_once_a_day() {
    let world = World::new();
    let node = world.node(1);
    node.seal_for(&ada(), &exact()).await;
    let steps = world.store.steps();
    for _ in 0..100 {
        let stored_address = node.seal_for(&ada(), &exact()).await;
        assert_eq!(node.reveal(&ada(), &stored(&stored_address), START).await, "203.0.113.7");
    }
    assert_eq!(world.store.steps(), steps);
}

#[tokio::test]
async fn a_node_without_the_key_stores_networks_and_tries_again_later() {
    let world = World::new();
    let node = world.node(1);
    world.store.crash_at(0);
    let stored_address = stored(&node.seal_for(&ada(), &exact()).await);
    assert_eq!(node.reveal(&ada(), &stored_address, START).await, "203.0.113.0");
    world.store.restart();
    node.seal_for(&ada(), &exact()).await;
    assert_eq!(world.store.steps(), 0, "not at once");
    world.clock.advance(Duration::from_secs(10));
    let stored_address = stored(&node.seal_for(&ada(), &exact()).await);
    assert_eq!(node.reveal(&ada(), &stored_address, START).await, "203.0.113.7");
}

#[tokio::test]
async fn a_wall_clock_that_was_ahead_when_the_key_was_unavailable_delays_it_no_longer() {
    let world = World::new();
    let node = world.node(1);
    world.clock.set(START.plus(400 * DAY));
    world.store.crash_at(0);
    node.seal_for(&ada(), &exact()).await;
    world.store.restart();
    world.clock.set(START);
    world.clock.advance(Duration::from_secs(10));
    let stored_address = stored(&node.seal_for(&ada(), &exact()).await);
    assert_eq!(node.reveal(&ada(), &stored_address, START).await, "203.0.113.7");
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_one_key_that_is_used_by_all() {
    let world = World::new();
    // The read that finds none, then the commit: it happens, and its outcome is lost.
    world.store.crash_at(2);
    let network = stored(&world.node(1).seal_for(&ada(), &exact()).await);
    world.store.restart();
    let stored_address = stored(&world.node(2).seal_for(&ada(), &exact()).await);
    assert_eq!(world.keys().await.len(), 1);
    let node = world.node(3);
    assert_eq!(node.reveal(&ada(), &network, START).await, "203.0.113.0");
    assert_eq!(node.reveal(&ada(), &stored_address, START).await, "203.0.113.7");
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    let world = World::new();
    let stored_address = stored(&world.node(1).seal_for(&ada(), &exact()).await);
    let other = world.node_with([8; 32], 2);
    assert_eq!(other.reveal(&ada(), &stored_address, START).await, "203.0.113.0");
    assert_eq!(stored(&other.seal_for(&ada(), &exact()).await), stored(&exact_network()));
}

fn exact_network() -> ClientAddress {
    stored(&exact())
}

/// Something happened.
#[derive(Serialize, schemars::JsonSchema)]
struct Happened {}

impl EventPayload for Happened {
    const TYPE: &'static str = "something.happened";
    const SUMMARY: &'static str = "Something happened.";
}

async fn entry(world: &World, journal: Arc<Journal>) -> Entry {
    let origin = Origin { ip: Some(exact()), ..Origin::default() };
    let rule = |_: &Loaded| Ok::<_, StoreError>((Changes::none().emit(&Happened {}), ()));
    journal.change(&ada(), &[], &origin, rule).await.unwrap();
    let item = world.store.get(&Entry::key(&ada(), 1)).await.unwrap().unwrap();
    let text = String::from_utf8(item.body.to_vec()).unwrap();
    assert!(text.contains("203.0.113.0") && !text.contains("203.0.113.7"), "{text}");
    decode(&item.body).unwrap()
}

fn journal(world: &World) -> Journal {
    let store = Arc::clone(&world.store) as Arc<dyn RecordStore>;
    let random = Arc::new(SeededRandom::new(9));
    Journal::new(store, Arc::clone(&world.clock) as _, random, Vec::new(), 400 * DAY)
}

#[tokio::test]
async fn entries_hold_the_network_in_plain_text_and_the_rest_sealed() {
    let world = World::new();
    let node = world.node(1);
    let entry =
        entry(&world, Arc::new(journal(&world).with_address_sealer(Arc::clone(&node)))).await;
    let ip = entry.origin.ip.unwrap();
    assert_eq!(node.reveal(&ada(), &ip, entry.occurred_at).await, "203.0.113.7");
    world.clock.advance(31 * DAY);
    assert_eq!(node.reveal(&ada(), &ip, entry.occurred_at).await, "203.0.113.0");
}

#[tokio::test]
async fn a_journal_without_a_sealer_stores_networks() {
    let world = World::new();
    let entry = entry(&world, Arc::new(journal(&world))).await;
    assert_eq!(entry.origin.ip, Some(exact_network()));
}

#[test]
fn the_first_stored_form_of_an_entry_is_still_read() {
    let first = br#"entry/1
{"eventId":"01JD3Z5K8QW4N6R7T9V2X0Y1AB","eventType":"session.created","occurredAt":"2026-01-31T09:30:00.000Z","requestId":"r","ip":"203.0.113.7","device":"Firefox","data":{}}"#;
    let entry: Entry = decode(first).unwrap();
    assert_eq!(entry.origin.ip, Some(exact()));
    let now = br#"entry/1
{"eventId":"01JD3Z5K8QW4N6R7T9V2X0Y1AB","eventType":"session.created","occurredAt":"2026-01-31T09:30:00.000Z","requestId":"r","ip":{"network":"203.0.113.0","sealed":"20778.c2VhbGVk"},"device":"Firefox","data":{}}"#;
    assert_eq!(encode(&decode::<Entry>(now).unwrap()), now);
}
