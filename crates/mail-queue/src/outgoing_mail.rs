//! A mail that was asked for and not handed over yet.

use std::time::Duration;

use selfsame_events::{Changes, user_partition};
use selfsame_mail::Template;
use selfsame_primitives::{
    EmailAddress, Keys, Locale, Random, SealError, Timestamp, UserId, base64url, from_base64url,
    new_ulid, stored,
};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use super::slip::{QueueEntry, SLIPS, Share};

/// For what letters are sealed.
const SEAL: &str = "mail";
/// Mails are tried for so long; one with a code is useless once the code is.
const LIFE: Duration = Duration::from_hours(72);
/// What was not handed over in its time is looked at once more, to say so.
const KEPT_ON: Duration = Duration::from_hours(24);

/// What only the reader may know.
#[derive(Serialize, Deserialize)]
pub(super) struct MailContent {
    /// Nobody, where the mail is only there so that asking for it takes as long.
    #[serde(default, deserialize_with = "stored::optional")]
    pub(super) to: Option<EmailAddress>,
    #[serde(deserialize_with = "stored::choice")]
    pub(super) locale: Locale,
    pub(super) template: Template,
}

/// A letter as it is kept, at `mail/{id}` of its reader's partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredMail {
    pub(super) id: String,
    pub(super) asked_at: Timestamp,
    /// It is worth nothing any more from then on.
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
        let place = Self::key(partition, &self.id).to_string();
        let sealed = from_base64url(&self.sealed).ok_or(SealError)?;
        let plain = keys.open(SEAL, place.as_bytes(), &sealed)?;
        serde_json::from_slice(&plain).map_err(|_| SealError)
    }
}

/// Who gets a letter.
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

    /// Whoever reads `to`, while the letter lies in `partition`; nobody, for whom everything is
    /// done but that no mail is sent.
    #[must_use]
    pub fn at(partition: &str, to: Option<EmailAddress>, locale: Locale) -> Self {
        Self { partition: partition.to_owned(), to, locale }
    }
}

/// A letter that is ready to be posted with the changes that it tells of. Prepared before the rule,
/// which stays pure.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    partition: String,
    kept: StoredMail,
    share: Share,
}

impl OutgoingMail {
    /// A letter to `addressee`, made at `now`, with an id that `random` draws.
    pub fn new(
        keys: &Keys,
        random: &dyn Random,
        now: Timestamp,
        addressee: Recipient,
        template: Template,
    ) -> Self {
        let Recipient { partition, to, locale } = addressee;
        let id = new_ulid(now, random);
        let life =
            template.code_minutes().map_or(LIFE, |minutes| Duration::from_mins(minutes.into()));
        let (place, share) = (StoredMail::key(&partition, &id).to_string(), Share::of(&template));
        let plain = serde_json::to_vec(&MailContent { to, locale, template }).unwrap_or_default();
        let sealed = base64url(keys.seal(SEAL, place.as_bytes(), &plain, random));
        Self {
            partition,
            kept: StoredMail { id, asked_at: now, until: now.plus(life), sealed },
            share,
        }
    }

    /// `changes`, with this letter posted.
    #[must_use]
    pub fn apply(&self, changes: Changes) -> Changes {
        let slip = QueueEntry::new(&self.partition, &self.kept.id, self.share);
        let key = StoredMail::key(&self.partition, &self.kept.id);
        let changes = changes.put_until(key, &self.kept, self.kept.until.plus(KEPT_ON));
        SLIPS.schedule(changes, &slip.letter, self.kept.asked_at, &slip)
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
