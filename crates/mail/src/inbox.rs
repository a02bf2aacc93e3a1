//! The development inbox: mail is stored instead of being sent, in the store of the service.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use selfsame_primitives::{EmailAddress, Random, Timestamp};
use selfsame_store::{
    Commit, CommitToken, Guard, Item, Key, Query, Record, Store, StoreError, Write, decode, encode,
};
use serde::{Deserialize, Serialize};

use crate::{Mailer, Message, SendError};

/// The most mails; the oldest one is deleted when another comes.
const CAPACITY: u64 = 500;
/// How often a mail is put anew when another one came at the same time.
const ATTEMPTS: usize = 64;
const PARTITION: &str = "development-inbox";

/// A mail in the inbox, as it is shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxMessage {
    /// The mail's id.
    pub id: String,
    /// The recipient.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// When it was requested.
    pub created_at: Timestamp,
}

impl Record for InboxMessage {
    const KIND: &'static str = "development-mail";
}

/// How many there are.
#[derive(Default, Serialize, Deserialize)]
struct Count {
    mails: u64,
}

impl Record for Count {
    const KIND: &'static str = "development-mail-count";
}

/// The development inbox: the newest 500 mails.
pub struct Inbox {
    store: Arc<dyn Store>,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbox")
    }
}

/// Ids are ULIDs, which sort by time, so that the newest mails are one range.
fn sort_key(id: &str) -> String {
    format!("m/{id}")
}

/// The mails to one address are a range of a partition of their own, which holds only their keys.
fn index(to: &str) -> String {
    format!("{PARTITION}/to/{}", to.to_lowercase())
}

impl Inbox {
    /// The inbox in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, random: Arc<dyn Random>) -> Self {
        Self { store, random }
    }

    /// Up to `limit` mails, at most 100, the newest first: all, or those to one address.
    pub async fn newest(
        &self,
        to: Option<&EmailAddress>,
        limit: usize,
    ) -> Result<Vec<InboxMessage>, StoreError> {
        let partition = to.map_or_else(|| PARTITION.to_owned(), |to| index(to.as_str()));
        let query = Query::prefix(partition, "m/").backward().limit(limit.min(100));
        let mut items = self.store.query(&query).await?.items;
        if to.is_some() {
            let keys: Vec<_> =
                items.into_iter().map(|item| Key::new(PARTITION, item.key.sort)).collect();
            let found =
                if keys.is_empty() { Vec::new() } else { self.store.get_many(&keys).await? };
            items = found.into_iter().flatten().collect();
        }
        items.iter().map(|item| Ok(decode(&item.body)?)).collect()
    }

    /// The mail with `id`.
    pub async fn get(&self, id: &str) -> Result<Option<InboxMessage>, StoreError> {
        let item = self.store.get(&Key::new(PARTITION, sort_key(id))).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?)
    }

    async fn put(&self, message: &Message) -> Result<(), StoreError> {
        let mut last = StoreError::Unavailable("no attempt was made".into());
        for _ in 0..ATTEMPTS {
            if self.get(&message.id).await?.is_some() {
                return Ok(());
            }
            let writes = self.writes(message).await?;
            let token = CommitToken::generate(&*self.random);
            match self.store.commit(Commit { token, writes }).await {
                Err(error @ (StoreError::Conflict(_) | StoreError::Unknown(_))) => last = error,
                outcome => return outcome,
            }
        }
        Err(last)
    }

    /// What puts `message` in, counts it, and throws out the oldest where there is no room.
    async fn writes(&self, message: &Message) -> Result<Vec<Write>, StoreError> {
        let sort_key = sort_key(&message.id);
        let stored = InboxMessage {
            id: message.id.clone(),
            to: message.to.as_str().to_owned(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            html: message.html.clone(),
            created_at: message.created_at,
        };
        let counter = Key::new(PARTITION, "count");
        let found = self.store.get(&counter).await?;
        let guard = found.as_ref().map_or(Guard::Absent, |item| Guard::Revision(item.revision));
        let mut count =
            found.map(|item| decode::<Count>(&item.body)).transpose()?.unwrap_or_default();
        count.mails += 1;
        let mut writes = vec![
            Write::put(Key::new(index(&stored.to), &sort_key), Guard::Any, Vec::new()),
            Write::put(Key::new(PARTITION, sort_key), Guard::Absent, encode(&stored)),
        ];
        if count.mails > CAPACITY {
            count.mails = CAPACITY;
            writes.extend(self.oldest().await?.map(leave).transpose()?.into_iter().flatten());
        }
        writes.push(Write::put(counter, guard, encode(&count)));
        Ok(writes)
    }

    async fn oldest(&self) -> Result<Option<Item>, StoreError> {
        let page = self.store.query(&Query::prefix(PARTITION, "m/").limit(1)).await?;
        Ok(page.items.into_iter().next())
    }
}

fn leave(oldest: Item) -> Result<[Write; 2], StoreError> {
    let stored: InboxMessage = decode(&oldest.body)?;
    let listed = Key::new(index(&stored.to), &oldest.key.sort);
    Ok([
        Write::delete(listed, Guard::Any),
        Write::delete(oldest.key, Guard::Revision(oldest.revision)),
    ])
}

#[async_trait]
impl Mailer for Inbox {
    fn name(&self) -> &'static str {
        "inbox"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        self.put(message).await.map_err(|error| SendError::Retry(error.to_string()))
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::InboxMessage>();
        are_read::<super::Count>();
    }
}
