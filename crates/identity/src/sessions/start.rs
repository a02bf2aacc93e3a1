//! The start of a session as a part of a sign-in or a registration.

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

/// Sessions per user; the oldest ends when another starts.
const MOST: usize = 50;
/// Sessions that end in one commit: well within its limit of 100 writes.
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

/// A session to start, with the sessions that it evicts.
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

    /// The same with the device name of the challenge.
    pub(crate) fn on(mut self, device: Option<String>) -> Self {
        self.session.device = device;
        self
    }

    /// The same for a user who may have other sessions. Two concurrent sign-ins may exceed the
    /// limit by one; the next one evicts both.
    pub(crate) async fn with_session_limit(
        mut self,
        store: &dyn Store,
    ) -> Result<Self, StoreError> {
        let mut oldest = ids(store, &self.user).await?;
        oldest.truncate((oldest.len() + 1).saturating_sub(MOST).min(TOGETHER));
        self.evicted = oldest;
        Ok(self)
    }

    /// The origin of the change that starts it, with the device name that the user gave.
    pub(crate) fn origin(&self, client: &Client) -> Origin {
        Origin { device: self.session.device.clone(), ..client.origin(Some(&self.session.id)) }
    }

    /// The user.
    pub(crate) const fn user(&self) -> &UserId {
        &self.user
    }

    /// The keys to load.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let ids = self.evicted.iter().chain([&self.session.id]);
        ids.map(|id| Session::key(&self.user, id)).collect()
    }

    /// Starts it with `changes`.
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

/// The ids of the sessions of `user`, oldest first. They are read from the keys; the bodies are not
/// decoded.
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
