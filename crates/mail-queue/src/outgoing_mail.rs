//! A mail that is stored and not sent yet.

use std::time::Duration;

use selfsame_events::{Changes, user_partition};
use selfsame_mail::Template;
use selfsame_primitives::{
    EmailAddress, Keys, Locale, Random, SealError, Timestamp, UserId, base64url, from_base64url,
    new_ulid, stored,
};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use super::queue_entry::{QUEUE, QueueEntry, Share};

/// The purpose under which mails are sealed.
const PURPOSE: &str = "mail";
/// Mails are tried for so long; one with a code is useless once the code is.
const LIFE: Duration = Duration::from_hours(72);
/// An expired mail stays this long, so that the queue finds it once more and reports it as failed.
const KEPT_AFTER_EXPIRY: Duration = Duration::from_hours(24);

/// The confidential part of a mail.
#[derive(Serialize, Deserialize)]
pub(super) struct MailContent {
    /// `None` for a decoy, which exists only so that answers take equal time.
    #[serde(default, deserialize_with = "stored::optional")]
    pub(super) to: Option<EmailAddress>,
    #[serde(deserialize_with = "stored::choice")]
    pub(super) locale: Locale,
    pub(super) template: Template,
}

/// A mail as it is stored, at `mail/{id}` of its recipient's partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredMail {
    pub(super) id: String,
    pub(super) asked_at: Timestamp,
    /// From then on it is useless.
    pub(super) until: Timestamp,
    sealed: String,
}

impl Record for StoredMail {
    const KIND: &'static str = "mail";
}

impl StoredMail {
    pub(super) fn key(partition: &str, id: &str) -> Key {
        Key::new(partition, format!("mail/{id}"))
    }

    pub(super) fn open(&self, keys: &Keys, partition: &str) -> Result<MailContent, SealError> {
        let key_text = Self::key(partition, &self.id).to_string();
        let sealed = from_base64url(&self.sealed).ok_or(SealError)?;
        let plain = keys.open(PURPOSE, key_text.as_bytes(), &sealed)?;
        serde_json::from_slice(&plain).map_err(|_| SealError)
    }
}

/// The recipient of a mail.
#[derive(Clone, Debug)]
pub struct Recipient {
    partition: String,
    to: Option<EmailAddress>,
    locale: Locale,
}

impl Recipient {
    /// `user`, at the address `to`.
    #[must_use]
    pub fn user(user: &UserId, to: EmailAddress, locale: Locale) -> Self {
        Self { partition: user_partition(user), to: Some(to), locale }
    }

    /// The address `to`, for a mail stored in `partition`; without an address a decoy, for which
    /// everything is done except the sending.
    #[must_use]
    pub fn at(partition: &str, to: Option<EmailAddress>, locale: Locale) -> Self {
        Self { partition: partition.to_owned(), to, locale }
    }
}

/// A mail that is ready to be added to the changes that it is about. Prepared before the rule, so
/// that the rule stays pure.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    partition: String,
    stored: StoredMail,
    share: Share,
}

impl OutgoingMail {
    /// A mail to `recipient`, made at `now`, with an id that `random` draws.
    pub fn new(
        keys: &Keys,
        random: &dyn Random,
        now: Timestamp,
        recipient: Recipient,
        template: Template,
    ) -> Self {
        let Recipient { partition, to, locale } = recipient;
        let id = new_ulid(now, random);
        let life =
            template.code_minutes().map_or(LIFE, |minutes| Duration::from_mins(minutes.into()));
        let (key_text, share) =
            (StoredMail::key(&partition, &id).to_string(), Share::of(&template));
        let plain = serde_json::to_vec(&MailContent { to, locale, template }).unwrap_or_default();
        let sealed = base64url(keys.seal(PURPOSE, key_text.as_bytes(), &plain, random));
        Self {
            partition,
            stored: StoredMail { id, asked_at: now, until: now.plus(life), sealed },
            share,
        }
    }

    /// `changes`, with this mail and its queue entry.
    #[must_use]
    pub fn apply(&self, changes: Changes) -> Changes {
        let entry = QueueEntry::new(&self.partition, &self.stored.id, self.share);
        let key = StoredMail::key(&self.partition, &self.stored.id);
        let changes =
            changes.put_until(key, &self.stored, self.stored.until.plus(KEPT_AFTER_EXPIRY));
        QUEUE.schedule(changes, &entry.letter, self.stored.asked_at, &entry)
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::{are_read, contents_are_read};

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::StoredMail>();
        contents_are_read::<super::MailContent>("content-of-mail");
    }
}
