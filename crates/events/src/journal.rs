//! Load, decide, commit: the one way in which anything about a user changes.

mod write;

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use selfsame_primitives::{Clock, Random, Timestamp, UserId, new_ulid};
use selfsame_store::{Action, Guard, Key, Store, StoreError, Write, encode};
use serde_json::Value;
use tokio::sync::Mutex;
use tracing::Instrument as _;

use crate::addresses::DailyKey;
use crate::changes::PendingEvent;
use crate::notifier::{NotifierRegistry, ShardNotifier};
use crate::outbox::OutboxRecord;
use crate::population;
use crate::read_cache::ReadCache;
use crate::request_note::RequestNote;
use crate::run_to_completion::run_to_completion;
use crate::span_links;
use crate::{
    Actor, AddressSealer, Changes, ClientAddress, Entry, Head, KnownSession, Loaded, Origin,
    Refused, Subscription,
};

/// How often a decision is made anew because another one came first. One node takes one change of a
/// user at a time, so only other nodes and shared claims cause this.
const ATTEMPTS: usize = 24;
/// Users whose changes wait for each other: far more than there are changes under way.
const LOCK_STRIPES: usize = 1024;

/// Told of every write of a commit before its caller gets an answer, and whether the commit is
/// known to have happened: caches take up what is new, or drop what may be old.
pub type CommitObserver = Arc<dyn Fn(&Write, bool) + Send + Sync>;

/// Told of each fact that was committed here: its type and its data. Counts listen so; it must
/// not wait for anything.
pub type EventObserver = Arc<dyn Fn(&'static str, &Value) + Send + Sync>;

/// Commits changes together with their events.
pub struct Journal {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    interests: Vec<Subscription>,
    retention: Duration,
    observers: Vec<CommitObserver>,
    listeners: Vec<EventObserver>,
    addresses: Option<Arc<AddressSealer>>,
    stripes: Vec<Arc<Mutex<()>>>,
    recent: ReadCache,
    /// Rung for what lies in the outbox.
    pub(crate) bell: ShardNotifier,
    pub(crate) wakes: NotifierRegistry,
}

/// Who asked for a change, with what their address is sealed with.
struct Source<'o> {
    origin: &'o Origin,
    today: Option<DailyKey>,
}

impl Source<'_> {
    /// The origin as it is stored with what happened to `subject`.
    fn sealed(&self, subject: &UserId) -> Origin {
        let origin = self.origin.clone();
        let seal = |ip: ClientAddress| match &self.today {
            Some(today) => today.seal(subject, &ip),
            None => ip,
        };
        Origin { ip: origin.ip.map(seal), ..origin }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Journal")
    }
}

impl Journal {
    /// A journal on `store` whose events are queued for those who have `interests` in them, and
    /// whose entries are kept for `retention`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        interests: Vec<Subscription>,
        retention: Duration,
    ) -> Self {
        let lanes = std::iter::repeat_with(Arc::default).take(LOCK_STRIPES).collect();
        Self {
            store,
            clock,
            random,
            interests,
            retention,
            observers: Vec::new(),
            listeners: Vec::new(),
            addresses: None,
            stripes: lanes,
            recent: ReadCache::default(),
            bell: ShardNotifier::default(),
            wakes: NotifierRegistry::default(),
        }
    }

    /// The same journal, which tells `observer` of every write.
    #[must_use]
    pub fn with_commit_observer(mut self, observer: CommitObserver) -> Self {
        self.observers.push(observer);
        self
    }

    /// The same journal, which tells `listener` of every fact once it is committed.
    #[must_use]
    pub fn with_event_observer(mut self, listener: EventObserver) -> Self {
        self.listeners.push(listener);
        self
    }

    /// The same journal, whose entries have exact addresses too, sealed by `addresses`; else they
    /// have networks.
    #[must_use]
    pub fn with_address_sealer(mut self, addresses: Arc<AddressSealer>) -> Self {
        self.addresses = Some(addresses);
        self
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(crate) fn new_id(&self) -> String {
        new_ulid(self.clock.now(), &*self.random)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// Loads the items at `keys`, lets `rule` decide, and commits what it decided with the events
    /// about `subject`.
    ///
    /// Everything that was loaded guards the commit. Where a guard does not hold, everything is
    /// loaded and decided anew, so `rule` may run several times and must be a pure function of what
    /// it is given.
    ///
    /// A caller who stops waiting leaves either nothing or the whole change, of which every
    /// observer is told.
    pub async fn change<T, E, F>(
        self: &Arc<Self>,
        subject: &UserId,
        keys: &[Key],
        origin: &Origin,
        rule: F,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
        F: Fn(&Loaded) -> Result<(Changes, T), E>,
    {
        let span = tracing::info_span!(target: "traces", "journal.change");
        self.decide(subject, keys.to_vec(), origin, None, rule).instrument(span).await
    }

    /// [`Journal::change`] for somebody who is signed in. It is made only while their account works
    /// and their session is there, by what the store says when it is committed, however long ago
    /// the caller was let in and whoever ended either since.
    ///
    /// That costs no read: the session guards the commit by the revision it was known at, and is
    /// looked at only where that does not hold.
    pub async fn change_by<T, E, F>(
        self: &Arc<Self>,
        subject: &UserId,
        keys: &[Key],
        actor: &Actor,
        rule: F,
    ) -> Result<T, Refused<E>>
    where
        E: From<StoreError>,
        F: Fn(&Loaded) -> Result<(Changes, T), E>,
    {
        let span = tracing::info_span!(target: "traces", "journal.change");
        let keys = [keys, &[Head::key(&actor.user)]].concat();
        let rule = |loaded: &Loaded| {
            if actor.may_act(loaded)? {
                rule(loaded).map_err(Refused::Rule)
            } else {
                Err(Refused::Actor)
            }
        };
        self.decide(subject, keys, &actor.origin, actor.session.clone(), rule)
            .instrument(span)
            .await
    }

    async fn decide<T, E, F>(
        self: &Arc<Self>,
        subject: &UserId,
        mut keys: Vec<Key>,
        origin: &Origin,
        mut session: Option<KnownSession>,
        rule: F,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
        F: Fn(&Loaded) -> Result<(Changes, T), E>,
    {
        add(&mut keys, Head::key(subject));
        let source = Source { origin, today: self.today(origin).await };
        let mut turn = self.stripe(subject).lock_owned().await;
        let mut last = None;
        let note = RequestNote::pending();
        let mut remembered = self.recent.all(&keys, self.clock.now());
        for _ in 0..ATTEMPTS {
            let is_fresh = remembered.is_none();
            let found = match remembered.take() {
                Some(found) => found,
                None => self.store.get_many(&keys).await?,
            };
            let loaded = Loaded::new(&keys, found, self.clock.now());
            let (changes, answer) = match rule(&loaded) {
                // Only a commit shows that what was remembered is still so.
                Ok((changes, _)) if changes.is_empty() && !is_fresh => continue,
                Err(_) if !is_fresh => continue,
                decided => decided?,
            };
            if changes.is_empty() {
                return Ok(answer);
            }
            let (mut writes, facts) = self.writes(subject, &source, &loaded, changes)?;
            writes.extend(session.as_ref().and_then(|session| known(session, &loaded)));
            let carried_out =
                Arc::clone(self).commit_and_notify(writes, Some(facts), turn, note.clone());
            let outcome;
            (outcome, turn) = run_to_completion(carried_out).await;
            if outcome.is_err() {
                self.recent.forget(&keys);
            }
            match outcome {
                Ok(()) => return Ok(answer),
                Err(StoreError::Conflict(key))
                    if note.as_ref().is_some_and(|note| *note.key() == key) =>
                {
                    return Err(StoreError::Conflict(key).into());
                }
                Err(StoreError::Conflict(key)) => last = Some(key),
                Err(error) => return Err(error.into()),
            }
            // What was known of the session may be what did not hold: from now on the store says.
            if let Some(session) = session.take() {
                add(&mut keys, session.key);
            }
            tokio::task::yield_now().await;
        }
        let key = last.map(|key| key.to_string()).unwrap_or_default();
        Err(StoreError::Unavailable(format!(
            "{ATTEMPTS} decisions in a row came too late at {key}"
        ))
        .into())
    }

    fn notify_event_observers(&self, facts: &[PendingEvent]) {
        for (name, data) in facts {
            self.listeners.iter().for_each(|listener| listener(name, data));
        }
    }

    /// What the address of `origin` is sealed with, if there is one.
    async fn today(&self, origin: &Origin) -> Option<DailyKey> {
        let addresses = self.addresses.as_ref().filter(|_| origin.ip.is_some())?;
        Some(addresses.today().await)
    }

    fn stripe(&self, subject: &UserId) -> Arc<Mutex<()>> {
        let mut hasher = DefaultHasher::new();
        subject.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % LOCK_STRIPES as u64).unwrap_or(0);
        #[expect(
            clippy::indexing_slicing,
            reason = "the place is taken modulo the number of lanes"
        )]
        Arc::clone(&self.stripes[place])
    }

    fn writes(
        &self,
        subject: &UserId,
        source: &Source<'_>,
        loaded: &Loaded,
        changes: Changes,
    ) -> Result<(Vec<Write>, Vec<PendingEvent>), StoreError> {
        let head_key = Head::key(subject);
        let found = loaded.get::<Head>(&head_key)?;
        let is_new = found.is_none();
        let mut head = found.unwrap_or_default();
        let from = head.sequence + 1;
        let until = changes.status.map_or_else(|| loaded.expires_at(&head_key), |_| changes.until);
        let traceparent = span_links::here();
        let mut actions = changes.actions;
        for action in actions.values_mut() {
            cut(action, until);
        }
        let origin =
            if changes.facts.is_empty() { Origin::default() } else { source.sealed(subject) };
        for (name, data) in &changes.facts {
            head.sequence += 1;
            let entry = Entry {
                event_id: new_ulid(loaded.now(), &*self.random),
                event_type: (*name).to_owned(),
                occurred_at: loaded.now(),
                origin: origin.clone(),
                data: data.clone(),
                traceparent: traceparent.clone(),
            };
            let expires_at = earlier(Some(loaded.now().plus(self.retention)), until);
            let body = encode(&entry).into();
            actions.insert(Entry::key(subject, head.sequence), Action::Put { body, expires_at });
        }
        head.status = changes.status.unwrap_or(head.status);
        let counted_in = head.populations;
        let difference = changes.membership.apply(&mut head, is_new);
        if !difference.is_empty() {
            let body = encode(&difference).into();
            let key = population::place(subject, &new_ulid(loaded.now(), &*self.random));
            actions.insert(key, Action::Put { body, expires_at: None });
        }
        let is_counted_anew = head.populations != counted_in && (!is_new || !difference.is_empty());
        if !changes.facts.is_empty() || changes.status.is_some() || is_counted_anew {
            actions.insert(head_key, Action::Put { body: encode(&head).into(), expires_at: until });
        }
        let reactors = self.interested(&changes.facts);
        if !reactors.is_empty() {
            let pointer =
                OutboxRecord { subject: subject.clone(), from, until: head.sequence + 1, reactors };
            actions.insert(
                pointer.key(),
                Action::Put { body: encode(&pointer).into(), expires_at: None },
            );
        }
        let checks = loaded.keys().filter(|key| !actions.contains_key(*key));
        let mut writes: Vec<_> =
            checks.map(|key| Write::check(key.clone(), loaded.guard(key))).collect();
        writes.extend(actions.into_iter().map(|(key, action)| {
            let guard = loaded.guard(&key);
            Write { key, guard, action }
        }));
        Ok((writes, changes.facts))
    }

    /// Events that nobody waits for are not queued: they are in the user's partition for whoever
    /// asks later.
    fn interested(&self, facts: &[PendingEvent]) -> Vec<String> {
        let wants = |interest: &&Subscription| facts.iter().any(|(name, _)| interest.handles(name));
        self.interests.iter().filter(wants).map(|interest| interest.name().to_owned()).collect()
    }
}

fn add(keys: &mut Vec<Key>, key: Key) {
    if !keys.contains(&key) {
        keys.push(key);
    }
}

/// The guard that `session` is what it was known as; none where it was loaded, which guards the
/// commit by itself.
fn known(session: &KnownSession, loaded: &Loaded) -> Option<Write> {
    let guard = || Write::check(session.key.clone(), Guard::Revision(session.revision));
    (!loaded.is_loaded(&session.key)).then(guard)
}

/// What is put is gone at `until` at the latest.
fn cut(action: &mut Action, until: Option<Timestamp>) {
    if let Action::Put { expires_at, .. } = action {
        *expires_at = earlier(*expires_at, until);
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}
