use selfsame_events::{Origin, quarantine};
use selfsame_primitives::{ManualClock, Random, SeededRandom, UserId};
use selfsame_store::{Faults, FaultyStore, Maintenance as _, MemoryStore};
use serde::{Deserialize, Serialize};

use super::*;

const LEASE: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(24);

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Errand {
    name: String,
    failures: u32,
}

impl Record for Errand {
    const KIND: &'static str = "errand";
}

const ERRANDS: DueLayout<Errand> = DueLayout::new(4, |shard| format!("errands/{shard:02}"));

/// One node on a store that others may share.
struct Node {
    queue: DueQueue<Errand>,
    journal: Arc<Journal>,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

impl Node {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        Self::on(store, clock, 1)
    }

    /// Another node, or this one after a restart: nothing is shared but the store.
    fn on(store: Arc<MemoryStore>, clock: Arc<ManualClock>, seed: u64) -> Self {
        Self::through(store.clone(), store, clock, seed)
    }

    /// A node that reaches the store through `way`.
    fn through(
        way: Arc<dyn Store>,
        store: Arc<MemoryStore>,
        clock: Arc<ManualClock>,
        seed: u64,
    ) -> Self {
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed));
        let journal = Arc::new(Journal::new(
            way.clone(),
            clock.clone(),
            random,
            Vec::new(),
            Duration::from_hours(1),
        ));
        let queue = DueQueue::new(ERRANDS, LONGEST, way, journal.clone(), clock.clone());
        Self { queue, journal, store, clock }
    }

    fn other(&self) -> Self {
        Self::on(self.store.clone(), self.clock.clone(), 2)
    }

    /// Another node, for which all guards fail.
    fn refused(&self) -> Self {
        let faults = Faults { conflict: 1000, ..Faults::default() };
        let way = FaultyStore::<MemoryStore>::new(self.store.clone(), 1, faults);
        Self::through(Arc::new(way), self.store.clone(), self.clock.clone(), 3)
    }

    fn in_time(&self, after: Duration) -> Timestamp {
        self.clock.now().plus(after)
    }

    /// Schedules an errand with a change of its own.
    async fn schedule(&self, id: &str, after: Duration) {
        let user = UserId::parse("usr_1").unwrap();
        let (due, value) = (self.in_time(after), Errand { name: id.into(), failures: 0 });
        let rule =
            |_: &_| Ok::<_, StoreError>((ERRANDS.schedule(Changes::none(), id, due, &value), ()));
        self.journal.change(&user, &[], &Origin::default(), rule).await.unwrap();
    }

    /// Puts bytes where the entry `id` would lie that is due now.
    async fn put(&self, id: &str, body: &str) {
        let key = ERRANDS.key(id, self.clock.now());
        self.journal.commit(vec![Write::put(key, Guard::Any, body.to_owned())]).await.unwrap();
    }

    async fn scan(&self, with_misdated: bool) -> Vec<String> {
        let mut found = Vec::new();
        for shard in self.queue.shards() {
            let mut scan = self.queue.scan(shard, with_misdated);
            while let Some(entry) = scan.next_entry().await.unwrap() {
                assert_eq!(entry.id(), entry.value.name);
                found.push(entry.value.name);
            }
        }
        found
    }

    /// Entries of the shard of "a".
    async fn due(&self, limit: usize, with_misdated: bool) -> Vec<DueEntry<Errand>> {
        self.queue.due(1, limit, with_misdated).await.unwrap()
    }

    /// Leases what is due in the shard of "a"; `None` where another node was first.
    async fn lease(&self) -> Option<Vec<LeasedEntry<Errand>>> {
        let entries = self.due(16, false).await;
        self.lease_all(entries).await
    }

    async fn lease_all(&self, entries: Vec<DueEntry<Errand>>) -> Option<Vec<LeasedEntry<Errand>>> {
        let until = self.in_time(LEASE);
        let entries = entries.into_iter().map(|entry| (entry, until)).collect();
        self.queue.lease(entries, []).await.unwrap()
    }

    /// Everything in the store that has to do with errands.
    async fn stored(&self) -> Vec<String> {
        let items = self.store.scan("errands/", None).await.unwrap().items;
        items.into_iter().map(|item| item.key.to_string()).collect()
    }
}

fn names(entries: &[DueEntry<Errand>]) -> Vec<&str> {
    entries.iter().map(|entry| entry.value.name.as_str()).collect()
}

#[test]
fn keys_are_as_they_have_always_been() {
    let due = Timestamp::from_millis(1_767_225_600_000);
    let key = |layout: DueLayout<Errand>, id| layout.key(id, due).to_string();
    // The last byte, 0x41, modulo 4.
    assert_eq!(key(ERRANDS, "01JA"), "errands/01 1767225600000/01JA");
    // The sum of all bytes, 0x104.
    let summed = ERRANDS.with_hash(|id| id.bytes().map(u64::from).sum());
    assert_eq!(key(summed, "AAAA"), "errands/00 1767225600000/AAAA");
    assert_eq!(ERRANDS.key("x/y", Timestamp::from_millis(7)).sort, "0000000000007/x/y");
}

#[tokio::test]
async fn an_entry_is_due_at_its_time_and_not_before() {
    let node = Node::new();
    node.schedule("a", Duration::from_mins(1)).await;
    node.clock.advance(Duration::from_millis(59_999));
    assert!(node.scan(true).await.is_empty() && node.due(16, true).await.is_empty());
    node.clock.advance(Duration::from_millis(1));
    assert_eq!(
        (node.scan(true).await, names(&node.due(16, true).await)),
        (vec!["a".into()], vec!["a"])
    );
}

#[tokio::test]
async fn a_scan_gives_all_entries_of_more_than_a_page_by_their_time() {
    let node = Node::new();
    let mut expected = Vec::new();
    for number in 0..250 {
        // The last byte puts all into one shard.
        let id = format!("{number:03}a");
        node.schedule(&id, Duration::from_millis(500 - number)).await;
        expected.insert(0, id);
    }
    node.clock.advance(Duration::from_secs(1));
    assert_eq!(node.scan(false).await, expected);
}

#[tokio::test]
async fn entries_are_removed_during_a_scan_without_another_being_left_out() {
    let node = Node::new();
    for number in 0..250 {
        node.schedule(&format!("{number:03}a"), Duration::ZERO).await;
    }
    let remove = async move {
        let mut scan = node.queue.scan(1, false);
        while let Some(entry) = scan.next_entry().await.unwrap() {
            node.queue.remove(&entry).await.unwrap();
        }
        node
    };
    // In a task, as the uses do.
    let node = tokio::spawn(remove).await.unwrap();
    assert_eq!(node.stored().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_can_not_be_read_keeps_no_other_from_being_found() {
    let node = Node::new();
    for number in 0..40 {
        // Those of a later release are whole and stay; those that are damaged go.
        node.put(&format!("{number:02}a"), "errand/2\n{}").await;
        node.put(&format!("{number:02}Aa"), "errand/1\n{").await;
    }
    node.clock.advance(Duration::from_secs(1));
    node.schedule("za", Duration::ZERO).await;
    assert_eq!(names(&node.due(4, false).await), ["za"]);
    assert_eq!(node.scan(false).await, ["za"]);
    let set_aside = quarantine::list(&*node.store, "errand", 100).await.unwrap();
    assert_eq!((set_aside.len(), node.stored().await.len()), (40, 41));
}

#[tokio::test]
async fn an_entry_that_is_due_later_than_any_can_be_is_found_where_it_is_looked_for() {
    let node = Node::new();
    let right = node.clock.now();
    for (step, count) in [(LONGEST, 1), (LONGEST * 400, 2)] {
        node.clock.set(right.plus(step));
        node.schedule(&format!("{count}a"), Duration::ZERO).await;
        node.clock.set(right);
        node.schedule(&format!("{count}e"), LONGEST.saturating_sub(Duration::from_millis(1))).await;
        assert_eq!((node.scan(false).await.len(), node.due(16, false).await.len()), (0, 0));
        assert_eq!((node.scan(true).await.len(), node.due(16, true).await.len()), (count, count));
    }
}

#[tokio::test]
async fn it_is_time_for_misdated_entries_once_a_minute_whatever_the_wall_clock_does() {
    let node = Node::new();
    let mut times = Vec::new();
    for second in (0..200).step_by(10) {
        if node.queue.is_time_for_misdated() {
            times.push(second);
        }
        node.clock.advance(Duration::from_secs(10));
        node.clock.set(Timestamp::from_millis(second));
    }
    assert_eq!(times, [0, 60, 120, 180]);
}

#[tokio::test]
async fn a_leased_entry_is_found_by_nobody_until_its_lease_ends() {
    let node = Node::new();
    node.schedule("a", Duration::ZERO).await;
    let leased = node.lease().await.unwrap();
    assert_eq!((leased.len(), leased[0].id()), (1, "a"));
    node.clock.advance(LEASE.saturating_sub(Duration::from_millis(1)));
    assert!(node.other().due(16, true).await.is_empty());
    // The node has died; what it had is left to the others.
    node.clock.advance(Duration::from_millis(1));
    assert_eq!(names(&node.other().due(16, true).await), ["a"]);
}

#[tokio::test]
async fn of_two_nodes_that_lease_the_same_entries_one_gets_them_all() {
    let node = Node::new();
    for id in ["xa", "ya"] {
        node.schedule(id, Duration::ZERO).await;
    }
    let second = node.other();
    let (ours, theirs) = (node.due(16, false).await, second.due(1, false).await);
    assert_eq!((ours.len(), names(&theirs)), (2, vec!["xa"]));
    assert!(second.lease_all(theirs).await.is_some());
    node.clock.advance(Duration::from_secs(1));
    assert_eq!(node.lease_all(ours).await, None);
    assert_eq!(names(&node.due(16, false).await), ["ya"], "nothing of it was written");
}

#[tokio::test]
async fn nothing_is_leased_where_a_guard_does_not_hold_or_another_entry_is_in_the_way() {
    let node = Node::new();
    node.schedule("a", LEASE).await;
    node.schedule("a", Duration::ZERO).await;
    assert_eq!(node.lease().await, None);
    node.clock.advance(Duration::from_secs(1));
    let leased = node.lease().await.unwrap().remove(0);
    let refused = node.refused();
    node.clock.advance(LEASE);
    assert_eq!(refused.lease().await, None);
    let entry = refused.due(1, false).await.remove(0);
    assert!(!refused.queue.replace(&entry, &entry.value).await.unwrap());
    assert!(!refused.queue.settle(leased, Settled::Done, []).await.unwrap());
    assert_eq!(node.stored().await.len(), 2);
}

#[tokio::test]
async fn a_lease_writes_values_and_what_goes_with_it_or_nothing() {
    let node = Node::new();
    let count = Key::new("counts", "today");
    node.schedule("a", Duration::ZERO).await;
    for (failures, is_first) in [(7, true), (8, false)] {
        let mut entry = node.due(1, false).await.remove(0);
        entry.value.failures = failures;
        let with = [Write::put(count.clone(), Guard::Absent, "1")];
        let leased = node.queue.lease(vec![(entry, node.in_time(LEASE))], with).await.unwrap();
        assert_eq!(leased.is_some(), is_first);
        node.clock.advance(LEASE);
        assert_eq!(node.due(1, false).await[0].value.failures, 7);
    }
    assert_eq!(node.queue.lease(Vec::new(), []).await, Ok(Some(Vec::new())));
}

#[tokio::test]
async fn a_settled_entry_is_gone_together_with_what_else_is_written() {
    let node = Node::new();
    let report = Key::new("reports", "a");
    node.schedule("a", Duration::ZERO).await;
    let leased = node.lease().await.unwrap().remove(0);
    let with = [Write::put(report.clone(), Guard::Any, "done")];
    assert!(node.queue.settle(leased.clone(), Settled::Done, with).await.unwrap());
    assert_eq!(node.stored().await, Vec::<String>::new());
    assert!(node.store.get(&report).await.unwrap().is_some());
    assert!(!node.queue.settle(leased, Settled::Done, []).await.unwrap(), "it is over");
}

#[tokio::test]
async fn an_entry_that_is_tried_again_is_due_at_its_new_time_with_its_new_value() {
    let node = Node::new();
    // A pause that ends with the lease is one of them.
    for pause in [Duration::from_secs(1), LEASE, Duration::from_mins(5)] {
        node.schedule("a", Duration::ZERO).await;
        let leased = node.lease().await.unwrap().remove(0);
        let value = Errand { failures: 1, ..leased.value.clone() };
        let again = Settled::Again { due: node.in_time(pause), value: value.clone() };
        assert!(node.queue.settle(leased, again, []).await.unwrap());
        node.clock.advance(pause.saturating_sub(Duration::from_millis(1)));
        assert!(node.due(16, false).await.is_empty(), "{pause:?}");
        node.clock.advance(Duration::from_millis(1));
        let due = node.lease().await.unwrap().remove(0);
        assert_eq!(due.value, value);
        assert!(node.queue.settle(due, Settled::Done, []).await.unwrap());
    }
    assert_eq!(node.stored().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_node_whose_lease_has_run_out_undoes_nothing_of_what_its_successor_does() {
    let node = Node::new();
    node.schedule("a", Duration::ZERO).await;
    let slow = node.lease().await.unwrap().remove(0);
    node.clock.advance(LEASE);
    let other = node.other();
    let taken = other.lease().await.unwrap().remove(0);
    let again = Settled::Again { due: node.in_time(LEASE * 2), value: slow.value.clone() };
    for end in [Settled::Done, again] {
        assert!(!node.queue.settle(slow.clone(), end, []).await.unwrap());
    }
    assert_eq!(node.stored().await.len(), 1);
    assert!(other.queue.settle(taken, Settled::Done, []).await.unwrap());
    assert_eq!(node.stored().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_value_is_replaced_in_place_by_one_node_only() {
    let node = Node::new();
    node.schedule("a", Duration::ZERO).await;
    let (ours, theirs) = (node.due(1, false).await.remove(0), node.due(1, false).await.remove(0));
    let value = Errand { failures: 9, ..ours.value.clone() };
    assert!(node.queue.replace(&ours, &value).await.unwrap());
    assert!(!node.queue.replace(&theirs, &value).await.unwrap());
    assert_eq!(node.due(1, false).await[0].value, value);
    node.queue.remove(&theirs).await.unwrap();
    assert!(!node.queue.replace(&ours, &value).await.unwrap());
    assert_eq!(node.stored().await, Vec::<String>::new());
}
