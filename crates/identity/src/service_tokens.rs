//! Tokens of other services, made by the command line, with scopes.
//!
//! The store holds a keyed hash of each token, so that a reader of the store can't use one.

use std::fmt;

use selfsame_primitives::{Keys, Random, Timestamp, base64url, short_id};
use selfsame_store::{
    Commit, CommitToken, Guard, Item, Key, Maintenance, Record, Store, StoreError, Write, decode,
    encode,
};
use serde::{Deserialize, Serialize};

/// Every token starts with this, so that scanners for leaked secrets know it.
pub const PREFIX: &str = "sst_";
/// The partitions of tokens start with this.
const PARTITION: &str = "service-token/";

/// What a token may be allowed to do: the name and what it means.
pub const SCOPES: &[(&str, &str)] = &[
    ("profiles:read", "read display names and avatars of many users at once"),
    ("users:read", "find users by email address or username"),
    ("users:suspend", "suspend and reinstate users"),
    ("badges:write", "set the badges of a user"),
    ("stats:write", "count posts, likes, comments and followers of a user"),
    ("reviews:write", "record the reviews that users gave"),
    ("activity:write", "add entries to the activity of a user"),
    ("media:events", "tell that files have arrived in the bucket of uploads"),
    ("events:replay", "list events that a sink has given up, and have events delivered again"),
    ("webhooks:manage", "make, change, test and remove webhooks"),
    ("alias:resolve", "find out who is behind an anonymous alias; every look-up is written down"),
];

/// A token of another service, as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceToken {
    /// Names it to operators: 8 characters.
    pub id: String,
    /// Which service has it, in the operator's words.
    pub name: String,
    /// What it may do, of [`SCOPES`].
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The day on which it was last used, as the first moment of that day in UTC; none before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    /// When it was revoked; from then on it is good for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl Record for ServiceToken {
    const KIND: &'static str = "service-token";
}

impl ServiceToken {
    /// Whether it is good for `scope`.
    #[must_use]
    pub fn allows(&self, scope: &str) -> bool {
        self.revoked_at.is_none() && self.scopes.iter().any(|own| own == scope)
    }
}

/// Why there is no new token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CreateError {
    /// There is no such scope.
    UnknownScope(String),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScope(scope) => {
                let known: Vec<_> = SCOPES.iter().map(|(name, _)| *name).collect();
                write!(f, "there is no scope \"{scope}\"; there are {}", known.join(", "))
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CreateError {}

/// Where tokens are kept, and what they are hashed with.
pub struct ServiceTokens<'a> {
    /// Where they are kept.
    pub store: &'a dyn Store,
    /// The keys of this installation.
    pub keys: &'a Keys,
    /// The source of randomness.
    pub random: &'a dyn Random,
}

impl fmt::Debug for ServiceTokens<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceTokens")
    }
}

impl ServiceTokens<'_> {
    /// Makes a token and gives it out: the only time that it is ever seen.
    pub async fn create(
        &self,
        name: &str,
        scopes: &[String],
        now: Timestamp,
    ) -> Result<(String, ServiceToken), CreateError> {
        if let Some(unknown) =
            scopes.iter().find(|scope| !SCOPES.iter().any(|(name, _)| name == scope))
        {
            return Err(CreateError::UnknownScope(unknown.clone()));
        }
        let secret = format!("{PREFIX}{}", base64url(self.random.bytes::<32>()));
        let token = ServiceToken {
            id: short_id(8, self.random),
            name: name.to_owned(),
            scopes: scopes.to_vec(),
            created_at: now,
            last_used: None,
            revoked_at: None,
        };
        let write = Write::put(self.key(&secret), Guard::Absent, encode(&token));
        self.commit(write).await.map_err(CreateError::Store)?;
        Ok((secret, token))
    }

    /// The token `secret`, where it is one; also one that was revoked.
    pub async fn find(&self, secret: &str) -> Result<Option<ServiceToken>, StoreError> {
        if !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let item = self.store.get(&self.key(secret)).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?)
    }

    /// Notes that `secret` was used today, unless that is noted already.
    pub async fn touch(&self, secret: &str, now: Timestamp) -> Result<(), StoreError> {
        let today = Timestamp::from_millis(now.millis() - now.millis().rem_euclid(86_400_000));
        let Some(item) = self.store.get(&self.key(secret)).await? else { return Ok(()) };
        let mut token: ServiceToken = decode(&item.body)?;
        if token.last_used >= Some(today) {
            return Ok(());
        }
        token.last_used = Some(today);
        match self.replace(&item, &token).await {
            // A concurrent request recorded it, or the token was revoked: both take precedence.
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// All tokens, revoked ones too, by their ids.
    pub async fn list(
        &self,
        maintenance: &dyn Maintenance,
    ) -> Result<Vec<ServiceToken>, StoreError> {
        let mut tokens: Vec<ServiceToken> = Vec::new();
        for item in self.items(maintenance).await? {
            tokens.push(decode(&item.body)?);
        }
        tokens.sort_by_key(|token| token.created_at);
        Ok(tokens)
    }

    /// Revokes the token named `id`; `None` where there is none.
    pub async fn revoke(
        &self,
        maintenance: &dyn Maintenance,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<ServiceToken>, StoreError> {
        for item in self.items(maintenance).await? {
            let mut token: ServiceToken = decode(&item.body)?;
            if token.id == id {
                token.revoked_at = token.revoked_at.or(Some(now));
                self.replace(&item, &token).await?;
                return Ok(Some(token));
            }
        }
        Ok(None)
    }

    async fn items(&self, maintenance: &dyn Maintenance) -> Result<Vec<Item>, StoreError> {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = maintenance.scan(PARTITION, after.as_ref()).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    fn key(&self, secret: &str) -> Key {
        Key::new(
            format!("{PARTITION}{}", self.keys.name("service-token", &[secret.as_bytes()])),
            "token",
        )
    }

    async fn replace(&self, item: &Item, token: &ServiceToken) -> Result<(), StoreError> {
        self.commit(Write::put(item.key.clone(), Guard::Revision(item.revision), encode(token)))
            .await
    }

    async fn commit(&self, write: Write) -> Result<(), StoreError> {
        self.store
            .commit(Commit { token: CommitToken::generate(self.random), writes: vec![write] })
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use selfsame_primitives::{Clock, ManualClock, SeededRandom};
    use selfsame_store::MemoryStore;

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn store() -> MemoryStore {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOON));
        MemoryStore::new(clock)
    }

    async fn made(tokens: &ServiceTokens<'_>) -> (String, ServiceToken) {
        tokens.create("chat", &["alias:resolve".into()], NOON).await.unwrap()
    }

    #[tokio::test]
    async fn a_token_is_found_by_its_secret_and_allows_only_its_scopes() {
        let (store, keys, random) = (store(), Keys::from_master(&[1; 32]), SeededRandom::new(1));
        let tokens = ServiceTokens { store: &store, keys: &keys, random: &random };
        let (secret, token) = made(&tokens).await;
        assert!(secret.starts_with("sst_") && secret.len() == 47, "{secret}");
        assert_eq!(tokens.find(&secret).await.unwrap(), Some(token.clone()));
        assert!(token.allows("alias:resolve") && !token.allows("badges:write"));
        assert_eq!(tokens.find("sst_other").await.unwrap(), None);
        assert_eq!(tokens.find("eyJhbGciOi").await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_store_does_not_hold_the_secret() {
        let (store, keys, random) = (store(), Keys::from_master(&[1; 32]), SeededRandom::new(1));
        let tokens = ServiceTokens { store: &store, keys: &keys, random: &random };
        let (secret, _) = made(&tokens).await;
        let stored = tokens.items(&store).await.unwrap();
        assert!(
            stored
                .iter()
                .all(|item| !format!("{item:?}").contains(secret.trim_start_matches(PREFIX)))
        );
    }

    #[tokio::test]
    async fn a_revoked_token_allows_nothing() {
        let (store, keys, random) = (store(), Keys::from_master(&[1; 32]), SeededRandom::new(1));
        let tokens = ServiceTokens { store: &store, keys: &keys, random: &random };
        let (secret, token) = made(&tokens).await;
        assert!(tokens.revoke(&store, &token.id, NOON).await.unwrap().is_some());
        assert!(
            tokens.find(&secret).await.unwrap().is_some_and(|token| !token.allows("alias:resolve"))
        );
        assert_eq!(tokens.revoke(&store, "unknown", NOON).await.unwrap(), None);
        assert_eq!(tokens.list(&store).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn the_last_day_of_use_is_noted_once_a_day() {
        let (store, keys, random) = (store(), Keys::from_master(&[1; 32]), SeededRandom::new(1));
        let tokens = ServiceTokens { store: &store, keys: &keys, random: &random };
        let (secret, _) = made(&tokens).await;
        tokens.touch(&secret, NOON).await.unwrap();
        let first = tokens.items(&store).await.unwrap();
        tokens.touch(&secret, NOON.plus(std::time::Duration::from_hours(1))).await.unwrap();
        assert_eq!(tokens.items(&store).await.unwrap(), first);
        let used = tokens.find(&secret).await.unwrap().unwrap().last_used.unwrap();
        assert_eq!(used.to_string(), "2026-01-31T00:00:00.000Z");
    }

    #[tokio::test]
    async fn an_unknown_scope_is_refused_by_name() {
        let (store, keys, random) = (store(), Keys::from_master(&[1; 32]), SeededRandom::new(1));
        let tokens = ServiceTokens { store: &store, keys: &keys, random: &random };
        let error = tokens.create("x", &["aliases".into()], NOON).await.unwrap_err();
        assert!(
            error.to_string().contains("\"aliases\"")
                && error.to_string().contains("alias:resolve")
        );
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::ServiceToken>();
    }
}
