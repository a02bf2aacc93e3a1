//! A cache of users, which every commit of this process updates or invalidates before it is
//! answered.

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

/// The most cached users; one takes 2 to 6 kB.
const CAPACITY: usize = 50_000;
/// Users share this many counters of changes, 512 kB in all.
const EPOCHS: usize = 65_536;

/// Everything that views of one user are made from, as it was at one moment, and the views that
/// were made of it.
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
    /// When the user was last seen.
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
    /// Until when the session may be used without a read.
    pub until: Timestamp,
}

struct CachedView {
    ready: CachedBody,
    until: Timestamp,
}

impl fmt::Debug for UserSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserSnapshot({})", self.user_id)
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
        let view = slot.get_or_init(|| {
            let (ready, until) = make();
            CachedView { ready, until }
        });
        if now < view.until { view.ready.clone() } else { make().0 }
    }

    /// The cached session, if there is one.
    #[must_use]
    pub fn live_session(&self, session: &SessionId) -> Option<Alive> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.iter().find(|alive| alive.session == *session).cloned()
    }

    /// Caches a session that was found alive in the store, until the next commit that changes it.
    pub fn note_session(&self, alive: Alive) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|known| known.session != alive.session);
        sessions.push(alive);
    }

    /// Drops a session that no longer exists.
    pub fn forget_session(&self, session: &SessionId) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|known| known.session != *session);
    }
}

impl UserSnapshot {
    /// Whether views of a user, or cached sessions, are made from the item at `sort` of their
    /// partition.
    fn is_made_from(sort: &str) -> bool {
        matches!(sort, "head" | "account" | "profile" | "stats" | "presence")
            || sort.starts_with("session/")
    }

    /// The snapshot after `write`; `None` where the store has to be read.
    fn after(&self, write: &Write, epoch: u64) -> Option<Self> {
        let mut next = self.without_views(epoch);
        if let Some(session) = write.key.sort.strip_prefix("session/") {
            // A session that still exists is read again. A change of it changes nothing else here.
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

    /// The same snapshot, without views.
    fn without_views(&self, epoch: u64) -> Self {
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
        write!(f, "UserCache({} users)", self.cache.len())
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
        if let Some(snapshot) = self.fresh_entry(user, now, epoch) {
            return Ok(Some(snapshot));
        }
        let snapshot = self.load(user, now, epoch).await?.map(Arc::new);
        if let Some(snapshot) = &snapshot {
            self.cache.insert(user.clone(), Arc::clone(snapshot));
        }
        Ok(snapshot)
    }

    /// The cached user, unless the entry is stale. Never waits.
    pub fn known(&self, user: &UserId) -> Option<Arc<UserSnapshot>> {
        self.fresh_entry(user, self.clock.now(), self.epoch_of(user))
    }

    fn fresh_entry(&self, user: &UserId, now: Timestamp, epoch: u64) -> Option<Arc<UserSnapshot>> {
        let is_fresh = |snapshot: &Arc<UserSnapshot>| {
            snapshot.epoch == epoch && now.age_of(snapshot.loaded_at) < self.ttl
        };
        self.cache.get(user).filter(is_fresh)
    }

    /// Applies what a commit has written to the cached user, so that the next read need not ask the
    /// store; drops the entry where that is not possible. Called for every write of a commit,
    /// before its answer.
    ///
    /// A user's commits are serial, so the snapshot before a commit, with its writes, is the
    /// snapshot after it.
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
            self.cache.remove(&user).filter(|(_, snapshot)| happened && snapshot.epoch == before);
        if let Some(next) = known.and_then(|(_, snapshot)| snapshot.after(write, before + 1)) {
            self.cache.insert(user, Arc::new(next));
        }
    }

    /// Invalidates all entries: another process has committed, and which users it changed is
    /// unknown.
    pub fn forget_all(&self) {
        // It is added to every user's counter. Both only grow, so an equal sum means that neither
        // has changed.
        self.gaps.fetch_add(1, Ordering::SeqCst);
    }

    fn epoch_of(&self, user: &UserId) -> u64 {
        self.epoch(user).load(Ordering::SeqCst) + self.gaps.load(Ordering::SeqCst)
    }

    fn epoch(&self, user: &UserId) -> &AtomicU64 {
        let mut hasher = DefaultHasher::new();
        user.hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % EPOCHS as u64).unwrap_or(0);
        #[expect(
            clippy::indexing_slicing,
            reason = "the index is taken modulo the number of epochs"
        )]
        &self.epochs[index]
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
