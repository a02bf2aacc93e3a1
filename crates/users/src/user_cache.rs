//! What is known about users, kept ready and dropped the moment a commit touches it.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use selfsame_events::{Head, Status};
use selfsame_primitives::{Clock, SessionId, Timestamp, UserId};
use selfsame_store::{Action, Item, Record, Revision, Store, StoreError, Write, decode};
use selfsame_web::CachedBody;

use crate::records::Account;
use crate::records::{Presence, Profile, Stats};
use crate::visibility::Audience;

/// Users that are kept ready; one takes 2 to 6 kB.
const CAPACITY: usize = 50_000;
/// Users share this many counters of changes, 512 kB in all.
const EPOCHS: usize = 65_536;

/// Everything that views of one user are made from, as it was at one moment, and the views once
/// somebody has asked.
pub struct UserSnapshot {
    /// Who.
    pub user_id: UserId,
    /// Whether the account works.
    pub status: Status,
    /// The private side.
    pub account: Account,
    /// What is shown.
    pub profile: Profile,
    /// The numbers.
    pub stats: Stats,
    /// When they were last seen.
    pub presence: Presence,
    loaded_at: Timestamp,
    epoch: u64,
    own: OnceLock<CachedBody>,
    others: [OnceLock<CachedView>; 3],
    sessions: Mutex<Vec<Alive>>,
}

/// A session that was found alive in the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alive {
    /// Which.
    pub session: SessionId,
    /// The revision that it was found at.
    pub revision: Revision,
    /// Until when that is believed.
    pub until: Timestamp,
}

struct CachedView {
    ready: CachedBody,
    until: Timestamp,
}

impl fmt::Debug for UserSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.user_id)
    }
}

impl UserSnapshot {
    /// The user's own view, made once by `make`.
    pub fn own_view(&self, make: impl FnOnce() -> CachedBody) -> &CachedBody {
        self.own.get_or_init(make)
    }

    /// What `audience` sees, made by `make` together with the time until which it stays true.
    pub fn view(
        &self,
        audience: Audience,
        now: Timestamp,
        make: impl Fn() -> (CachedBody, Timestamp),
    ) -> CachedBody {
        let [public, authenticated, owner] = &self.others;
        let slot = match audience {
            Audience::Public => public,
            Audience::Authenticated => authenticated,
            Audience::Owner => owner,
        };
        let aged = slot.get_or_init(|| {
            let (ready, until) = make();
            CachedView { ready, until }
        });
        if now < aged.until { aged.ready.clone() } else { make().0 }
    }

    /// What is known of `session`, if it was noted.
    #[must_use]
    pub fn live_session(&self, session: &SessionId) -> Option<Alive> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.iter().find(|alive| alive.session == *session).cloned()
    }

    /// Notes a session that was found alive in the store; forgotten with the next commit that
    /// touches this user's sessions.
    pub fn note_session(&self, alive: Alive) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|known| known.session != alive.session);
        sessions.push(alive);
    }

    /// Takes back what was noted of a session that is not there any more.
    pub fn forget_session(&self, session: &SessionId) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|known| known.session != *session);
    }
}

impl UserSnapshot {
    /// Whether views of a user, or the belief in their sessions, are made from what lies at `sort`
    /// of their partition.
    fn is_made_from(sort: &str) -> bool {
        matches!(sort, "head" | "account" | "profile" | "stats" | "presence")
            || sort.starts_with("session/")
    }

    /// The person after `write`; `None` where the store has to be asked.
    fn after(&self, write: &Write, epoch: u64) -> Option<Self> {
        let mut next = self.renewed(epoch);
        if let Some(session) = write.key.sort.strip_prefix("session/") {
            // It is looked at anew where it is still there; nothing else that is known of the
            // person changes with it.
            next.sessions.get_mut().ok()?.retain(|alive| alive.session.as_str() != session);
            return Some(next);
        }
        let Action::Put { body, .. } = &write.action else { return None };
        match write.key.sort.as_str() {
            "head" => next.status = decode::<Head>(body).ok()?.status,
            "account" => next.account = decode(body).ok()?,
            "profile" => next.profile = decode(body).ok()?,
            "presence" => next.presence = decode(body).ok()?,
            _ => return None,
        }
        Some(next)
    }

    /// The same person, of whom no view is made yet.
    fn renewed(&self, epoch: u64) -> Self {
        Self {
            user_id: self.user_id.clone(),
            status: self.status,
            account: self.account.clone(),
            profile: self.profile.clone(),
            stats: self.stats.clone(),
            presence: self.presence.clone(),
            loaded_at: self.loaded_at,
            epoch,
            own: OnceLock::new(),
            others: std::array::from_fn(|_| OnceLock::new()),
            sessions: Mutex::new(
                self.sessions.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            ),
        }
    }
}

/// All users, by id.
pub struct UserCache {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// Nothing that is held is older.
    ttl: Duration,
    cache: Cache<UserId, Arc<UserSnapshot>>,
    epochs: Vec<AtomicU64>,
    /// How often everything may have changed at once.
    gaps: AtomicU64,
}

impl fmt::Debug for UserCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "People({} ready)", self.cache.len())
    }
}

impl UserCache {
    /// The users in `store`; none is held for longer than `ttl`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ttl: Duration) -> Self {
        let epochs = std::iter::repeat_with(AtomicU64::default).take(EPOCHS).collect();
        Self { store, clock, ttl, cache: Cache::new(CAPACITY), epochs, gaps: AtomicU64::default() }
    }

    /// The user, from memory if possible; `None` where there is none.
    pub async fn get(&self, user: &UserId) -> Result<Option<Arc<UserSnapshot>>, StoreError> {
        // Read before the store is: a commit in between makes what is loaded count as old at once.
        let (epoch, now) = (self.epoch_of(user), self.clock.now());
        if let Some(person) = self.held(user, now, epoch) {
            return Ok(Some(person));
        }
        let person = self.load(user, now, epoch).await?.map(Arc::new);
        if let Some(person) = &person {
            self.cache.insert(user.clone(), Arc::clone(person));
        }
        Ok(person)
    }

    /// The user, where memory has them and they are not to be looked at anew. Never waits.
    pub fn known(&self, user: &UserId) -> Option<Arc<UserSnapshot>> {
        self.held(user, self.clock.now(), self.epoch_of(user))
    }

    fn held(&self, user: &UserId, now: Timestamp, epoch: u64) -> Option<Arc<UserSnapshot>> {
        let is_fresh = |person: &Arc<UserSnapshot>| {
            person.epoch == epoch && now.age_of(person.loaded_at) < self.ttl
        };
        self.cache.get(user).filter(is_fresh)
    }

    /// Takes up what a commit has written, so that the next read need not ask the store; forgets
    /// the user where that is not possible. Called for every write of a commit, before its answer.
    ///
    /// A user's commits come one after the other, so what was true before one, with what it wrote,
    /// is true after it.
    pub fn on_write(&self, write: &Write, happened: bool) {
        // The cheap question first: most writes are entries and other things that no view is made
        // from.
        let Some(id) = write
            .key
            .partition
            .strip_prefix("user/")
            .filter(|_| UserSnapshot::is_made_from(&write.key.sort))
        else {
            return;
        };
        let Ok(user) = UserId::parse(id) else { return };
        let before =
            self.epoch(&user).fetch_add(1, Ordering::SeqCst) + self.gaps.load(Ordering::SeqCst);
        let known =
            self.cache.remove(&user).filter(|(_, person)| happened && person.epoch == before);
        if let Some(next) = known.and_then(|(_, person)| person.after(write, before + 1)) {
            self.cache.insert(user, Arc::new(next));
        }
    }

    /// Everything that is known counts as old: somebody who tells nobody here has committed
    /// something.
    pub fn forget_all(&self) {
        // It is added to every user's counter. Both only grow, so a sum that is the same says that
        // neither has.
        self.gaps.fetch_add(1, Ordering::SeqCst);
    }

    fn epoch_of(&self, user: &UserId) -> u64 {
        self.epoch(user).load(Ordering::SeqCst) + self.gaps.load(Ordering::SeqCst)
    }

    fn epoch(&self, user: &UserId) -> &AtomicU64 {
        let mut hasher = DefaultHasher::new();
        user.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % EPOCHS as u64).unwrap_or(0);
        #[expect(
            clippy::indexing_slicing,
            reason = "the place is taken modulo the number of epochs"
        )]
        &self.epochs[place]
    }

    async fn load(
        &self,
        user: &UserId,
        now: Timestamp,
        epoch: u64,
    ) -> Result<Option<UserSnapshot>, StoreError> {
        let keys = [
            Head::key(user),
            Account::key(user),
            Profile::key(user),
            Stats::key(user),
            Presence::key(user),
        ];
        let items = self.store.get_many(&keys).await?;
        let [head, account, profile, stats, presence] = items.as_slice() else { return Ok(None) };
        let (Some(head), Some(account), Some(profile)) =
            (record::<Head>(head.as_ref())?, record(account.as_ref())?, record(profile.as_ref())?)
        else {
            return Ok(None);
        };
        Ok(Some(UserSnapshot {
            user_id: user.clone(),
            status: head.status,
            account,
            profile,
            stats: record(stats.as_ref())?.unwrap_or_default(),
            presence: record(presence.as_ref())?.unwrap_or_default(),
            loaded_at: now,
            epoch,
            own: OnceLock::new(),
            others: std::array::from_fn(|_| OnceLock::new()),
            sessions: Mutex::default(),
        }))
    }
}

fn record<R: Record>(item: Option<&Item>) -> Result<Option<R>, StoreError> {
    Ok(item.map(|item| decode(&item.body)).transpose()?)
}
