//! A session that is about to begin, as a part of a sign-in or a registration.

use schemars::JsonSchema;
use selfsame_events::{Changes, ClientAddress, Loaded, Origin};
use selfsame_primitives::{SessionId, Timestamp, UserId, base64url};
use selfsame_store::{Item, Key, Query, Store, StoreError};
use selfsame_web::{Client, Problem};
use serde::Deserialize;

use super::events::{EndReason, SessionCreated};
use super::known_network::KnownNetwork;
use super::rule;
use crate::{Identity, device_name};
use selfsame_users::records::Session;

/// Sessions that a user may have; the oldest ends when another begins.
const MOST: usize = 50;
/// How many sessions are ended in one commit, well within its 100 writes.
pub(super) const TOGETHER: usize = 20;

/// How the refresh token is given out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[schemars(rename = "Delivery")]
pub(crate) enum RefreshTokenTransport {
    /// In the answer's body.
    #[default]
    Token,
    /// As an `HttpOnly` cookie that scripts can't read: for browsers.
    Cookie,
}

/// A session that is about to begin, with the ones that make room for it.
pub(crate) struct StartSession {
    user: UserId,
    pub(crate) session: Session,
    lasts_until: Timestamp,
    evicted: Vec<SessionId>,
    known_network: KnownNetwork,
}

impl StartSession {
    /// The first session of a new user.
    pub(crate) async fn first(
        identity: &Identity,
        user: &UserId,
        client: &Client,
        device: Option<&str>,
        transport: RefreshTokenTransport,
    ) -> Result<Self, Problem> {
        let now = identity.platform.now();
        let named = device.map(device_name::clean).transpose();
        let named = named.map_err(|problem| Problem::fault("/deviceName", problem))?;
        let session = Session {
            id: SessionId::generate(now, &*identity.platform.random),
            device: named.or_else(|| client.device.as_deref().map(str::to_owned)),
            ip: Some(
                identity.platform.addresses.seal_for(user, &ClientAddress::of(client.ip)).await,
            ),
            created_at: now,
            last_seen_at: now,
            seed: base64url(identity.platform.random.bytes::<32>()),
            generation: 1,
            client_kind: None,
            repeats: 0,
            cookie: transport == RefreshTokenTransport::Cookie,
            reauthenticated_at: None,
        };
        let lasts_until = now.plus(identity.settings.tokens.session);
        let known_network = KnownNetwork::new(&identity.platform.keys, user, client.ip);
        Ok(Self { user: user.clone(), session, lasts_until, evicted: Vec::new(), known_network })
    }

    /// The same on the device that was named before.
    pub(crate) fn on(mut self, device: Option<String>) -> Self {
        self.session.device = device;
        self
    }

    /// The same for a user who may have others. Two that begin at the same moment may be one too
    /// many; the next one sees to it.
    pub(crate) async fn with_session_limit(
        mut self,
        store: &dyn Store,
    ) -> Result<Self, StoreError> {
        let mut oldest = ids(store, &self.user).await?;
        oldest.truncate((oldest.len() + 1).saturating_sub(MOST).min(TOGETHER));
        self.evicted = oldest;
        Ok(self)
    }

    /// The origin of a change that begins it: of the device as its owner calls it.
    pub(crate) fn origin(&self, client: &Client) -> Origin {
        Origin { device: self.session.device.clone(), ..client.origin(Some(&self.session.id)) }
    }

    /// Whose it is.
    pub(crate) const fn user(&self) -> &UserId {
        &self.user
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let ids = self.evicted.iter().chain([&self.session.id]);
        ids.map(|id| Session::key(&self.user, id)).collect()
    }

    /// Begins it together with `changes`.
    pub(crate) fn begin(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, StoreError> {
        let key = Session::key(&self.user, &self.session.id);
        let begun = self
            .known_network
            .note(changes, loaded.now())
            .put_until(key, &self.session, self.lasts_until)
            .emit(&SessionCreated { session_id: self.session.id.clone() });
        self.evicted.iter().try_fold(begun, |changes, id| {
            rule::end_with(changes, loaded, &self.user, id, EndReason::Limit)
        })
    }
}

/// The ids of the sessions of `user`, oldest first. They are in the keys: what lies there is not
/// looked at.
pub(super) async fn ids(store: &dyn Store, user: &UserId) -> Result<Vec<SessionId>, StoreError> {
    let mut query = Query::prefix(selfsame_events::user_partition(user), Session::PREFIX);
    let mut ids = Vec::new();
    loop {
        let page = store.query(&query).await?;
        let named =
            |item: &Item| SessionId::parse(item.key.sort.strip_prefix(Session::PREFIX)?).ok();
        ids.extend(page.items.iter().filter_map(named));
        match page.next {
            Some(next) => query = query.after(Some(next)),
            None => return Ok(ids),
        }
    }
}
