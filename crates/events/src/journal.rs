//! Load, decide, commit: the one way in which anything about a user changes.

mod source;
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

use self::source::Source;
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
    Actor, AddressSealer, Changes, Entry, Head, KnownSession, Loaded, Origin, Refused, Subscription,
};

/// How often a decision is repeated after a conflict. One node makes one change of a user at a
/// time, so only other nodes and shared claims cause conflicts.
const ATTEMPTS: usize = 24;
/// Locks that serialize the changes of a user on this node, many more than there are changes at a
/// time. Without them 64 writers to one profile make 64 × 63 / 2 conflicts instead of 64 commits
/// (docs/decisions/0002).
const LOCK_STRIPES: usize = 1024;

/// Called with every write of a commit before its caller gets an answer, and with whether the
/// commit is known to have happened: caches store what is new, or drop what may be stale.
pub type CommitObserver = Arc<dyn Fn(&Write, bool) + Send + Sync>;

/// Called with the type and payload of each event that this node commits. For counters; it must not
/// block.
pub type EventObserver = Arc<dyn Fn(&'static str, &Value) + Send + Sync>;

/// Commits changes together with their events.
pub struct Journal {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    subscriptions: Vec<Subscription>,
    retention: Duration,
    commit_observers: Vec<CommitObserver>,
    event_observers: Vec<EventObserver>,
    sealer: Option<Arc<AddressSealer>>,
    stripes: Vec<Arc<Mutex<()>>>,
    read_cache: ReadCache,
    /// Rung for what lies in the outbox.
    pub(crate) outbox_notifier: ShardNotifier,
    pub(crate) notifiers: NotifierRegistry,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Journal")
    }
}

impl Journal {
    /// A journal on `store` whose events are enqueued for `subscriptions`, and whose entries are
    /// kept for `retention`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        subscriptions: Vec<Subscription>,
        retention: Duration,
    ) -> Self {
        let stripes = std::iter::repeat_with(Arc::default).take(LOCK_STRIPES).collect();
        Self {
            store,
            clock,
            random,
            subscriptions,
            retention,
            commit_observers: Vec::new(),
            event_observers: Vec::new(),
            sealer: None,
            stripes,
            read_cache: ReadCache::default(),
            outbox_notifier: ShardNotifier::default(),
            notifiers: NotifierRegistry::default(),
        }
    }

    /// The same journal, which calls `observer` with every write.
    #[must_use]
    pub fn with_commit_observer(mut self, observer: CommitObserver) -> Self {
        self.commit_observers.push(observer);
        self
    }

    /// The same journal, which calls `observer` with every committed event.
    #[must_use]
    pub fn with_event_observer(mut self, observer: EventObserver) -> Self {
        self.event_observers.push(observer);
        self
    }

    /// The same journal, whose entries hold exact addresses too, sealed by `sealer`; without one
    /// they hold networks.
    #[must_use]
    pub fn with_address_sealer(mut self, sealer: Arc<AddressSealer>) -> Self {
        self.sealer = Some(sealer);
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

    /// Loads the items at `keys`, lets `rule` decide, and commits its decision with the events
    /// about `subject`.
    ///
    /// Everything that was loaded guards the commit. Where a guard does not hold, everything is
    /// loaded and decided again, so `rule` may run several times and must be a pure function of its
    /// argument.
    ///
    /// A caller that is cancelled leaves either nothing or the whole change, and observers are
    /// called with every write of it.
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

    /// [`Journal::change`] by a signed-in user. The commit requires an active account and an
    /// existing session, whatever was true when the request was admitted.
    ///
    /// That costs no read: the session guards the commit by the revision it was found at, and is
    /// loaded only where that does not hold.
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
        add_key(&mut keys, Head::key(subject));
        let source = Source { origin, today: self.today(origin).await };
        // The commit takes the lock along: where the caller is cancelled, the next change of the
        // user still waits until the commit is done and its observers were called.
        let mut lock = self.stripe(subject).lock_owned().await;
        let mut last = None;
        let note = RequestNote::pending();
        let mut cached = self.read_cache.all(&keys, self.clock.now());
        for _ in 0..ATTEMPTS {
            let is_read = cached.is_none();
            let found = match cached.take() {
                Some(found) => found,
                None => self.store.get_many(&keys).await?,
            };
            let loaded = Loaded::new(&keys, found, self.clock.now());
            let (changes, result) = match rule(&loaded) {
                // Only a commit verifies cached items. A refusal or an empty change commits
                // nothing, so it is decided again on what the store holds.
                Ok((changes, _)) if changes.is_empty() && !is_read => continue,
                Err(_) if !is_read => continue,
                decided => decided?,
            };
            if changes.is_empty() {
                return Ok(result);
            }
            let (mut writes, events) = self.writes(subject, &source, &loaded, changes)?;
            writes.extend(session.as_ref().and_then(|session| session_guard(session, &loaded)));
            let commit =
                Arc::clone(self).commit_and_notify(writes, Some(events), lock, note.clone());
            let outcome;
            (outcome, lock) = run_to_completion(commit).await;
            if outcome.is_err() {
                self.read_cache.forget(&keys);
            }
            match outcome {
                Ok(()) => return Ok(result),
                Err(StoreError::Conflict(key))
                    if note.as_ref().is_some_and(|note| *note.key() == key) =>
                {
                    return Err(StoreError::Conflict(key).into());
                }
                Err(StoreError::Conflict(key)) => last = Some(key),
                Err(error) => return Err(error.into()),
            }
            // The session's guard may be the one that failed (a refresh elsewhere changes its
            // revision), so from now on it is loaded.
            if let Some(session) = session.take() {
                add_key(&mut keys, session.key);
            }
            tokio::task::yield_now().await;
        }
        let key = last.map(|key| key.to_string()).unwrap_or_default();
        Err(StoreError::Unavailable(format!(
            "{ATTEMPTS} decisions in a row came too late at {key}"
        ))
        .into())
    }

    fn notify_event_observers(&self, events: &[PendingEvent]) {
        for (name, data) in events {
            self.event_observers.iter().for_each(|observer| observer(name, data));
        }
    }

    /// What the address of `origin` is sealed with, if there is one.
    async fn today(&self, origin: &Origin) -> Option<DailyKey> {
        let sealer = self.sealer.as_ref().filter(|_| origin.ip.is_some())?;
        Some(sealer.today().await)
    }

    fn stripe(&self, subject: &UserId) -> Arc<Mutex<()>> {
        let mut hasher = DefaultHasher::new();
        subject.hash(&mut hasher);
        let stripe = usize::try_from(hasher.finish() % LOCK_STRIPES as u64).unwrap_or(0);
        #[expect(
            clippy::indexing_slicing,
            reason = "the index is taken modulo the number of stripes"
        )]
        Arc::clone(&self.stripes[stripe])
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
        // Without a new status the head keeps its expiry, and everything written with it gets it.
        let until = changes.status.map_or_else(|| loaded.expires_at(&head_key), |_| changes.until);
        let traceparent = span_links::here();
        let mut actions = changes.actions;
        for action in actions.values_mut() {
            limit_expiry(action, until);
        }
        let origin =
            if changes.events.is_empty() { Origin::default() } else { source.sealed(subject) };
        for (name, data) in &changes.events {
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
            let key = population::difference_key(subject, &new_ulid(loaded.now(), &*self.random));
            actions.insert(key, Action::Put { body, expires_at: None });
        }
        let is_counted_anew = head.populations != counted_in && (!is_new || !difference.is_empty());
        if !changes.events.is_empty() || changes.status.is_some() || is_counted_anew {
            actions.insert(head_key, Action::Put { body: encode(&head).into(), expires_at: until });
        }
        let subscriptions = self.subscribed(&changes.events);
        if !subscriptions.is_empty() {
            let record = OutboxRecord {
                subject: subject.clone(),
                from,
                until: head.sequence + 1,
                reactors: subscriptions,
            };
            actions.insert(
                record.key(),
                Action::Put { body: encode(&record).into(), expires_at: None },
            );
        }
        let checks = loaded.keys().filter(|key| !actions.contains_key(*key));
        let mut writes: Vec<_> =
            checks.map(|key| Write::check(key.clone(), loaded.guard(key))).collect();
        writes.extend(actions.into_iter().map(|(key, action)| {
            let guard = loaded.guard(&key);
            Write { key, guard, action }
        }));
        Ok((writes, changes.events))
    }

    /// The subscriptions that handle one of `events`. Events without any are not enqueued: their
    /// entries in the user's partition are enough.
    fn subscribed(&self, events: &[PendingEvent]) -> Vec<String> {
        let is_handled = |subscription: &&Subscription| {
            events.iter().any(|(name, _)| subscription.handles(name))
        };
        self.subscriptions
            .iter()
            .filter(is_handled)
            .map(|subscription| subscription.name().to_owned())
            .collect()
    }
}

fn add_key(keys: &mut Vec<Key>, key: Key) {
    if !keys.contains(&key) {
        keys.push(key);
    }
}

/// The guard that `session` is unchanged; `None` where it was loaded, which guards the commit by
/// itself.
fn session_guard(session: &KnownSession, loaded: &Loaded) -> Option<Write> {
    let guard = || Write::check(session.key.clone(), Guard::Revision(session.revision));
    (!loaded.is_loaded(&session.key)).then(guard)
}

/// Lets what is put expire at `until` at the latest.
fn limit_expiry(action: &mut Action, until: Option<Timestamp>) {
    if let Action::Put { expires_at, .. } = action {
        *expires_at = earlier(*expires_at, until);
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}
