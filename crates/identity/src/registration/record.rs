//! Pending registrations.

use std::cmp::Reverse;
use std::time::Duration;

use selfsame_primitives::{
    EmailAddress, Keys, Locale, Random, Timestamp, Username, base64url, from_base64url,
};
use selfsame_store::{Item, Key, Query, Record, StoreError, decode};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::Identity;
use crate::otp::OtpSubject;

/// How long a registration is pending.
pub(super) const WAITS: Duration = Duration::from_hours(24);
/// The purpose of the seal.
const SEAL: &str = "registration";
const PREFIX: &str = "registration/";
/// More than can be pending at one address: each had a mail, and the daily limit of mails is lower.
const MOST: usize = 200;
/// A name with so many digits could be a number to call.
const DIGITS: usize = 5;
/// A name of more words could be a sentence.
const WORDS: usize = 4;

/// The details of a registration, checked as far as that needs no store.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Details {
    #[serde(deserialize_with = "selfsame_primitives::stored::text")]
    pub(crate) email: EmailAddress,
    #[serde(default, deserialize_with = "selfsame_primitives::stored::optional")]
    pub(super) username: Option<Username>,
    pub(super) display_name: String,
    /// Whether the display name was given; else it was derived.
    pub(super) named: bool,
    /// The hash of the password.
    pub(crate) password: String,
    #[serde(deserialize_with = "selfsame_primitives::stored::choice")]
    pub(crate) language: Locale,
}

impl Details {
    /// The name in the mail. Its reader may not have asked for it, so an attacker must not be able
    /// to send a message in it: what could be more than a name is left out.
    pub(crate) fn name(&self) -> Option<String> {
        let display_name = Some(self.display_name.as_str()).filter(|_| self.named);
        let names = [self.username.as_ref().map(Username::as_str), display_name];
        names.into_iter().flatten().find(|name| is_only_a_name(name)).map(str::to_owned)
    }
}

/// Whether `name` can be neither a link, an address, a phone number nor a message. Mail programs
/// make links of anything with a full stop of any script, so the allowed characters are listed;
/// look-alike forms are normalized first.
fn is_only_a_name(name: &str) -> bool {
    let plain: String = name.nfkc().collect();
    let is_usual = |c: char| c.is_alphanumeric() || is_combining_mark(c) || " -_'’・".contains(c);
    plain.chars().all(is_usual)
        && plain.chars().filter(|c| c.is_numeric()).count() < DIGITS
        && plain.split_whitespace().count() <= WORDS
}

/// The details of a pending registration, at `registration/{keyed hash of its id}` in the partition
/// of its address, with and without an account. Sealed, since the key does not show the address.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept {
    pub(super) asked_at: Timestamp,
    sealed: String,
}

impl Record for Kept {
    const KIND: &'static str = "registration";
}

/// A pending registration, opened.
pub(crate) struct Found {
    pub(crate) details: Details,
    pub(crate) asked_at: Timestamp,
    /// The keyed hash of its id.
    pub(crate) request: String,
}

impl Kept {
    /// The key of the registration with the id hash `request`.
    pub(super) fn key(subject: &OtpSubject, request: &str) -> Key {
        Key::new(&subject.partition, format!("{PREFIX}{request}"))
    }

    pub(super) fn seal(
        (keys, random): (&Keys, &dyn Random),
        key: &Key,
        details: &Details,
        asked_at: Timestamp,
    ) -> Self {
        let plain = serde_json::to_vec(details).unwrap_or_default();
        let sealed = base64url(keys.seal(SEAL, key.to_string().as_bytes(), &plain, random));
        Self { asked_at, sealed }
    }

    pub(super) fn open(&self, keys: &Keys, key: &Key) -> Result<Details, StoreError> {
        let sealed = from_base64url(&self.sealed);
        let plain =
            sealed.and_then(|sealed| keys.open(SEAL, key.to_string().as_bytes(), &sealed).ok());
        let details = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        details
            .ok_or_else(|| StoreError::Corrupt(format!("the registration at {key} does not open")))
    }
}

impl Found {
    /// The registration at the address of `subject` with the id hash `request`.
    pub(crate) async fn load(
        identity: &Identity,
        subject: &OtpSubject,
        request: &str,
    ) -> Result<Option<Self>, StoreError> {
        let item = identity.platform.store.get(&Kept::key(subject, request)).await?;
        item.map(|item| Self::of(identity, &item)).transpose()
    }

    /// The newest readable registration at the address of `subject`. Anyone may register there: an
    /// unreadable one must not block the others.
    pub(crate) async fn newest(
        identity: &Identity,
        subject: &OtpSubject,
    ) -> Result<Option<Self>, StoreError> {
        let query = Query::prefix(&subject.partition, PREFIX).limit(MOST);
        let mut waiting = Vec::new();
        for item in identity.platform.store.query(&query).await?.items {
            if let Some(registration) =
                readable(&item, decode::<Kept>(&item.body).map_err(StoreError::from))
            {
                waiting.push((registration.asked_at, item));
            }
        }
        waiting.sort_by_key(|(asked_at, _)| Reverse(*asked_at));
        Ok(waiting.iter().find_map(|(_, item)| readable(item, Self::of(identity, item))))
    }

    fn of(identity: &Identity, item: &Item) -> Result<Self, StoreError> {
        let registration = decode::<Kept>(&item.body)?;
        let request = item.key.sort.strip_prefix(PREFIX).unwrap_or_default().to_owned();
        Ok(Self {
            details: registration.open(&identity.platform.keys, &item.key)?,
            asked_at: registration.asked_at,
            request,
        })
    }
}

/// What was read of `item`, if it could be.
fn readable<T>(item: &Item, read: Result<T, StoreError>) -> Option<T> {
    let place = &item.key;
    read.inspect_err(|error| tracing::error!(%place, %error, "a registration can't be read")).ok()
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::SeededRandom;

    use super::*;

    fn details(username: Option<&str>, display_name: &str, named: bool) -> Details {
        Details {
            email: EmailAddress::parse("ada@example.org").unwrap(),
            username: username.map(|name| Username::parse(name).unwrap()),
            display_name: display_name.to_owned(),
            named,
            password: "$argon2id$".to_owned(),
            language: Locale::En,
        }
    }

    #[test]
    fn details_open_only_where_they_were_sealed() {
        let (keys, at) = (Keys::from_master(&[7; 32]), Timestamp::from_millis(1_800_000_000_000));
        let (here, there) =
            (Key::new("email/a", "registration/1"), Key::new("email/a", "registration/2"));
        let registration = Kept::seal(
            (&keys, &SeededRandom::new(1)),
            &here,
            &details(Some("ada"), "Ada", true),
            at,
        );
        assert!(!serde_json::to_string(&registration).unwrap().contains("ada"));
        assert_eq!(registration.open(&keys, &here).unwrap().display_name, "Ada");
        assert!(registration.open(&keys, &there).is_err());
    }

    #[test]
    fn a_mail_shows_a_name_unless_it_could_be_a_link() {
        let name = |username, display_name, named| details(username, display_name, named).name();
        assert_eq!(name(Some("ada"), "Ada L", true).as_deref(), Some("ada"));
        assert_eq!(name(None, "Ada Lovelace", true).as_deref(), Some("Ada Lovelace"));
        assert_eq!(name(None, "New user", false), None);
        for good in [
            "José Núñez",
            "Anne-Marie d’Arc",
            "प्रिया शर्मा",
            "エイダ・ラブレス",
            "ada_1234",
            "O'Brien",
        ] {
            assert_eq!(name(None, good, true).as_deref(), Some(good));
        }
        for bad in [
            "win at evil.example",
            "http://evil",
            "a@b",
            "evil。com",
            "evil．com",
            "evil｡com",
            "evil․com",
            "evil\u{2488}com",
            "evil۔com",
            "evil։com",
            "evil∕com",
            "evil\\com",
            "evil＠com",
            "Call +1 800",
            "Call 1 800 555",
            "Call ١٢٣٤٥",
            "Your account will be closed",
            "Act now!",
        ] {
            assert_eq!(name(None, bad, true), None, "{bad}");
        }
    }

    #[test]
    fn a_username_that_could_be_a_link_is_none_for_a_mail_either() {
        let name =
            |username, display_name, named| details(Some(username), display_name, named).name();
        for bad in ["win.evil.com", "call-18005550"] {
            assert_eq!(name(bad, bad, false), None, "{bad}");
            assert_eq!(name(bad, "evil。com", true), None, "{bad}");
            assert_eq!(name(bad, "Ada Lovelace", true).as_deref(), Some("Ada Lovelace"), "{bad}");
        }
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::{are_read, contents_are_read};

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Kept>();
        contents_are_read::<super::Details>("content-of-registration");
    }
}
