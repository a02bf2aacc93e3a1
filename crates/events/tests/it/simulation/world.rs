//! The changes, the deliveries, and what must be true in the end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use schemars::JsonSchema;
use selfsame_events::{
    Changes, DeliveryAttempt, Entry, Event, EventHandler, EventPayload, HandlerError, Head,
    Journal, Loaded, Origin, user_key,
};
use selfsame_primitives::{SeededRandom, UserId};
use selfsame_store::{
    Action, Commit, Guard, Item, Key, Maintenance as _, Record, StoreError, Write, decode,
};
use serde::{Deserialize, Serialize};

use super::disk::{Disk, Trace};
use super::scheduler::{below, pause};

/// The numbers of a user's changes. Stored twice, since no commit may be done by half.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Log {
    pub(crate) changes: Vec<u64>,
}

impl Record for Log {
    const KIND: &'static str = "log";
}

#[derive(Serialize, JsonSchema)]
struct Red {
    change: u64,
    part: u64,
}

impl EventPayload for Red {
    const TYPE: &'static str = "test.red";
    const SUMMARY: &'static str = "Something red has happened.";
}

#[derive(Serialize, JsonSchema)]
struct Blue {
    change: u64,
    part: u64,
}

impl EventPayload for Blue {
    const TYPE: &'static str = "test.blue";
    const SUMMARY: &'static str = "Something blue has happened.";
}

/// One change that a client makes.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) number: u64,
    user: UserId,
    /// The events it emits; red ones are `true`.
    events: Vec<bool>,
    /// Whether it also counts in a record that all users share.
    shared: bool,
}

/// A user by number.
pub(crate) fn user(number: u64) -> UserId {
    UserId::parse(&format!("usr_{number}")).unwrap()
}

fn shared() -> Key {
    Key::new("claim/shared", "claim")
}

impl Change {
    pub(crate) fn draw(random: &SeededRandom, number: u64, users: u64) -> Self {
        Self {
            number,
            user: user(below(random, users)),
            events: (0..below(random, 4)).map(|_| below(random, 2) == 0).collect(),
            shared: below(random, 4) == 0,
        }
    }

    pub(crate) async fn make(&self, journal: &Arc<Journal>) -> Result<(), StoreError> {
        let (log, copy) = (user_key(&self.user, "log"), user_key(&self.user, "copy"));
        let mut keys = vec![log.clone(), copy.clone()];
        keys.extend(self.shared.then(shared));
        let rule = |loaded: &Loaded| {
            let mut after = loaded.get::<Log>(&log)?.unwrap_or_default();
            after.changes.push(self.number);
            let mut changes = Changes::none().put(log.clone(), &after).put(copy.clone(), &after);
            if self.shared {
                let mut all = loaded.get::<Log>(&shared())?.unwrap_or_default();
                all.changes.push(self.number);
                changes = changes.put(shared(), &all);
            }
            for (part, red) in (0..).zip(&self.events) {
                let change = self.number;
                changes = if *red {
                    changes.emit(&Red { change, part })
                } else {
                    changes.emit(&Blue { change, part })
                };
            }
            Ok((changes, ()))
        };
        journal.change(&self.user, &keys, &Origin::default(), rule).await
    }
}

/// What happened outside the nodes, where no crash reaches.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) script: VecDeque<Change>,
    pub(crate) acknowledged: Vec<u64>,
    /// By handler and user: what was delivered or given up, in this order.
    deliveries: BTreeMap<(&'static str, UserId), Vec<Delivery>>,
    /// Replays that were acknowledged, and how many deliveries came before.
    replays: Vec<(&'static str, UserId, u64, usize)>,
    /// Whether handlers no longer fail.
    pub(crate) calm: bool,
    /// The progress of each cursor, by its key and the commit that wrote it.
    progress: BTreeMap<(Key, String), Progress>,
    /// Cursors that lost progress without a replay.
    pub(crate) fell: Vec<String>,
}

/// The parts of a cursor that only go forward.
#[derive(Clone, Debug, Deserialize)]
struct Progress {
    from: u64,
    replay: Option<String>,
}

impl Progress {
    fn read(write: &Write) -> Option<Self> {
        let Action::Put { body, .. } = &write.action else { return None };
        let is_cursor =
            write.key.partition.starts_with("todo/") && write.key.sort.starts_with("s/");
        let start = body.iter().position(|byte| *byte == b'\n').filter(|_| is_cursor)?;
        Some(serde_json::from_slice(&body[start..]).unwrap())
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Delivery {
    event: Event,
    delivered: bool,
}

/// What all tasks share.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) outside: Arc<Mutex<Outside>>,
    pub(crate) random: Arc<SeededRandom>,
    pub(crate) trace: Trace,
    /// How many of [`KINDS`] there are.
    pub(crate) handlers: usize,
}

/// The handlers: their names, event types, and how often in a thousand they fail and give up.
type Kind = (&'static str, &'static [&'static str], u64, u64);
const KINDS: [Kind; 3] = [
    ("all", &[Red::TYPE, Blue::TYPE], 60, 0),
    ("picky", &[Blue::TYPE], 40, 100),
    ("red", &[Red::TYPE], 150, 0),
];

struct TestHandler {
    world: World,
    kind: Kind,
}

#[async_trait]
impl EventHandler for TestHandler {
    fn name(&self) -> &'static str {
        self.kind.0
    }

    fn handles(&self, event_type: &str) -> bool {
        self.kind.1.contains(&event_type)
    }

    async fn handle(&self, event: &Event, _: DeliveryAttempt) -> Result<(), HandlerError> {
        for _ in 0..below(&self.world.random, 3) {
            pause().await;
        }
        let outcome = self.draw_outcome();
        self.world.trace.note((self.kind.0, &event.event_id, outcome.is_ok()));
        let delivered = match &outcome {
            Ok(()) => true,
            Err(HandlerError::GiveUp(_)) => false,
            Err(HandlerError::Retry(_) | HandlerError::RetryAfter(..)) => return outcome,
        };
        self.world.record_delivery(self.kind.0, event, delivered);
        if below(&self.world.random, 2) == 0 {
            pause().await;
        }
        outcome
    }
}

impl TestHandler {
    fn draw_outcome(&self) -> Result<(), HandlerError> {
        let drawn = below(&self.world.random, 1000);
        let (retry, give_up) = (self.kind.2, self.kind.3);
        match drawn {
            _ if self.world.outside.lock().unwrap().calm => Ok(()),
            drawn if drawn < retry => Err(HandlerError::Retry("not now".into())),
            drawn if drawn < retry + give_up => Err(HandlerError::GiveUp("never".into())),
            _ => Ok(()),
        }
    }
}

impl World {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        KINDS.iter().take(self.handlers).map(|kind| kind.0)
    }

    pub(crate) fn handlers(&self) -> Vec<Arc<dyn EventHandler>> {
        let handler = |kind: &Kind| {
            Arc::new(TestHandler { world: self.clone(), kind: *kind }) as Arc<dyn EventHandler>
        };
        KINDS.iter().take(self.handlers).map(handler).collect()
    }

    fn record_delivery(&self, handler: &'static str, event: &Event, delivered: bool) {
        let mut outside = self.outside.lock().unwrap();
        let deliveries = outside.deliveries.entry((handler, event.subject.clone())).or_default();
        deliveries.push(Delivery { event: event.clone(), delivered });
    }

    /// Records the progress of the cursors that `commit` writes; returns the one that loses
    /// progress. Only the relay, which may bring earlier events, and replays may do that.
    pub(crate) fn progress(&self, commit: &Commit) -> Option<String> {
        let from_outbox = |write: &Write| {
            write.key.partition.starts_with("outbox/") && matches!(write.action, Action::Delete)
        };
        let by_relay = commit.writes.iter().any(from_outbox);
        let (revision, mut fell) = (format!("{:?}", commit.token.revision()), None);
        let progress = &mut self.outside.lock().unwrap().progress;
        for write in &commit.writes {
            let Some(after) = Progress::read(write) else { continue };
            if let Guard::Revision(before) = write.guard
                && let Some(before) = progress.get(&(write.key.clone(), format!("{before:?}")))
                && !by_relay
                && before.replay == after.replay
                && after.from < before.from
            {
                fell = Some(format!("{} fell from {} to {}", write.key, before.from, after.from));
            }
            progress.insert((write.key.clone(), revision.clone()), after);
        }
        fell
    }

    /// Whether no cursor lost progress.
    pub(crate) fn check_progress(&self) -> Result<(), String> {
        self.outside.lock().unwrap().fell.first().map_or(Ok(()), |fell| Err(fell.clone()))
    }

    /// How many events of `subject` were delivered to `handler`.
    pub(crate) fn deliveries(&self, handler: &'static str, subject: &UserId) -> usize {
        let outside = self.outside.lock().unwrap();
        outside.deliveries.get(&(handler, subject.clone())).map_or(0, Vec::len)
    }

    /// Records that the event `sequence` must be delivered again, after `before` deliveries.
    pub(crate) fn replayed(
        &self,
        handler: &'static str,
        subject: UserId,
        sequence: u64,
        before: usize,
    ) {
        self.outside.lock().unwrap().replays.push((handler, subject, sequence, before));
    }

    /// Whether `disk` and the deliveries are as they must be, once nothing is left to do.
    pub(crate) async fn check(
        &self,
        disk: &Disk,
        changes: &[Change],
        users: u64,
    ) -> Result<(), String> {
        let mut counted = Vec::new();
        for number in 0..users {
            let user = user(number);
            let stored = StoredUser::load(disk, &user).await?;
            stored.check(changes)?;
            counted.extend(stored.log.clone());
            for kind in KINDS.iter().take(self.handlers) {
                self.check_deliveries(kind, &user, &stored)?;
            }
        }
        let all: BTreeSet<u64> = counted.iter().copied().collect();
        if let Some(lost) = self.acknowledged().into_iter().find(|number| !all.contains(number)) {
            return Err(format!("change {lost} was acknowledged and is lost"));
        }
        let shared = log(disk.scan("claim/", None).await.unwrap().items.first());
        let expected: BTreeSet<u64> = changes
            .iter()
            .filter(|change| change.shared && all.contains(&change.number))
            .map(|c| c.number)
            .collect();
        if shared.len() != expected.len()
            || shared.iter().copied().collect::<BTreeSet<_>>() != expected
        {
            return Err(format!(
                "the record that all users share holds {shared:?}, not {expected:?}"
            ));
        }
        Ok(())
    }

    fn acknowledged(&self) -> Vec<u64> {
        self.outside.lock().unwrap().acknowledged.clone()
    }

    /// Whether nothing was delivered twice.
    pub(crate) fn check_once(&self) -> Result<(), String> {
        for ((handler, user), deliveries) in &self.outside.lock().unwrap().deliveries {
            let ids: BTreeSet<&str> =
                deliveries.iter().map(|delivery| delivery.event.event_id.as_str()).collect();
            if ids.len() != deliveries.len() {
                return Err(format!(
                    "{handler}: nothing went wrong, and events of {user} came twice"
                ));
            }
        }
        Ok(())
    }

    fn check_deliveries(
        &self,
        kind: &Kind,
        user: &UserId,
        stored: &StoredUser,
    ) -> Result<(), String> {
        let outside = self.outside.lock().unwrap();
        let deliveries =
            outside.deliveries.get(&(kind.0, user.clone())).map_or(&[][..], Vec::as_slice);
        let expected: Vec<&Event> = stored
            .events
            .iter()
            .filter(|event| kind.1.contains(&event.event_type.as_str()))
            .collect();
        let mut reached = 0;
        for Delivery { event, .. } in deliveries {
            let at = expected.iter().position(|expected| *expected == event);
            let at =
                at.ok_or_else(|| format!("{}: {event:?} was delivered and not committed", kind.0))?;
            if at > reached {
                return Err(format!(
                    "{}: {} came before {}",
                    kind.0, event.sequence, expected[reached].sequence
                ));
            }
            reached = reached.max(at + 1);
        }
        for event in &expected {
            if !deliveries.iter().any(|delivery| delivery.delivered && delivery.event == **event) {
                return Err(format!(
                    "{}: event {} of {user} was never delivered",
                    kind.0, event.sequence
                ));
            }
        }
        for (_, _, sequence, before) in outside
            .replays
            .iter()
            .filter(|(handler, subject, ..)| *handler == kind.0 && subject == user)
        {
            let again =
                |delivery: &Delivery| delivery.event.sequence == *sequence && delivery.delivered;
            let is_expected = expected.iter().any(|event| event.sequence == *sequence);
            if is_expected && !deliveries[*before..].iter().any(again) {
                return Err(format!(
                    "{}: the replay of event {sequence} of {user} was lost",
                    kind.0
                ));
            }
        }
        Ok(())
    }
}

/// What the store holds of one user in the end.
struct StoredUser {
    log: Vec<u64>,
    copy: Vec<u64>,
    head: Head,
    events: Vec<Event>,
}

fn log(item: Option<&Item>) -> Vec<u64> {
    item.map(|item| decode::<Log>(&item.body).unwrap().changes).unwrap_or_default()
}

impl StoredUser {
    async fn load(disk: &Disk, user: &UserId) -> Result<Self, String> {
        let page = disk.scan(&selfsame_events::user_partition(user), None).await.unwrap();
        let at = |sort: &str| page.items.iter().find(|item| item.key.sort == sort);
        let mut events = Vec::new();
        for (sequence, item) in
            (1..).zip(page.items.iter().filter(|item| item.key.sort.starts_with(Entry::PREFIX)))
        {
            if item.key != Entry::key(user, sequence) {
                return Err(format!("{} stands where event {sequence} must be", item.key));
            }
            events.push(decode::<Entry>(&item.body).unwrap().into_event(user.clone(), sequence));
        }
        let head = at("head").map(|item| decode::<Head>(&item.body).unwrap()).unwrap_or_default();
        Ok(Self { log: log(at("log")), copy: log(at("copy")), head, events })
    }

    fn check(&self, changes: &[Change]) -> Result<(), String> {
        if self.log != self.copy {
            return Err(format!("half a change: {:?} and {:?}", self.log, self.copy));
        }
        if self.log.iter().collect::<BTreeSet<_>>().len() != self.log.len() {
            return Err(format!("a change was made twice: {:?}", self.log));
        }
        if self.head.sequence != self.events.len() as u64 {
            return Err(format!(
                "{} events, and the head counts {}",
                self.events.len(),
                self.head.sequence
            ));
        }
        let ids: BTreeSet<&str> = self.events.iter().map(|event| event.event_id.as_str()).collect();
        if ids.len() != self.events.len() {
            return Err("two events have the same id".into());
        }
        let found: Vec<_> = self
            .events
            .iter()
            .map(|event| (event.event_type.as_str(), event.data.clone()))
            .collect();
        let expected_of =
            |number: &u64| changes.iter().find(|change| change.number == *number).map(events);
        let expected: Vec<_> = self.log.iter().filter_map(expected_of).flatten().collect();
        if found == expected {
            Ok(())
        } else {
            Err(format!("the events {found:?} do not tell of {:?}", self.log))
        }
    }
}

/// The events that `change` emits.
fn events(change: &Change) -> Vec<(&'static str, serde_json::Value)> {
    let name = |red: &bool| if *red { Red::TYPE } else { Blue::TYPE };
    let data = |part: u64| serde_json::json!({"change": change.number, "part": part});
    (0..).zip(&change.events).map(|(part, red)| (name(red), data(part))).collect()
}
