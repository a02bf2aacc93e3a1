//! The subject of a code.

use std::time::Duration;

use selfsame_events::{Head, Status, user_partition};
use selfsame_primitives::{EmailAddress, Keys, Locale, Timestamp, UserId};
use selfsame_store::{Item, Key, Record, StoreError, decode};

use super::record::Purpose;
use crate::Identity;
use selfsame_mail_queue::Recipient;
use selfsame_users::records::Profile;
use selfsame_users::{records::Account, records::Claim};

/// The prefix of partitions of addresses, with and without an account.
const ADDRESSES: &str = "email/";
/// Records there expire this long after the last change.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// The user or address that a code is for.
#[derive(Clone, Debug)]
pub(crate) struct OtpSubject {
    /// The user; a decoy for an address without an account.
    pub(crate) user: UserId,
    /// The partition of the codes: that of the address for callers that are not signed in, else the
    /// user's.
    pub(crate) partition: String,
    /// The account as found. Rules must load it again.
    pub(crate) account: Option<Account>,
    /// The language of their mails.
    pub(crate) language: Locale,
}

impl OtpSubject {
    /// The reader of `email`, with its account or a decoy. There are two reads in both cases, so
    /// that the time does not reveal which it is.
    pub(crate) async fn find(
        identity: &Identity,
        email: &EmailAddress,
    ) -> Result<Self, StoreError> {
        let item = identity.platform.store.get(&identity.users.email_claim(email)).await?;
        let claim = item.map(|item| decode::<Claim>(&item.body)).transpose()?;
        let user =
            claim.map_or_else(|| decoy(&identity.platform.keys, email), |claim| claim.user_id);
        let keys = [Account::key(&user), Head::key(&user), Profile::key(&user)];
        let items = identity.platform.store.get_many(&keys).await?;
        let partition = format!(
            "{ADDRESSES}{}",
            identity.platform.keys.name("email", &[email.canonical().as_bytes()])
        );
        let mut subject = Self { user, partition, account: None, language: Locale::default() };
        let [account, head, profile] = items.as_slice() else { return Ok(subject) };
        // An account that was never verified, of an earlier version, is none.
        let is_pending =
            record::<Head>(head.as_ref())?.is_some_and(|head| head.status == Status::Pending);
        subject.account = record(account.as_ref())?.filter(|_| !is_pending);
        subject.language = record::<Profile>(profile.as_ref())?
            .map(|profile| profile.preferences.language)
            .unwrap_or_default();
        Ok(subject)
    }

    /// The signed-in `user`.
    pub(crate) fn of(user: &UserId) -> Self {
        let partition = user_partition(user);
        Self { user: user.clone(), partition, account: None, language: Locale::default() }
    }

    /// Whether `email` is the current address of the account, and not a former one.
    pub(crate) fn is_at(&self, email: &EmailAddress) -> bool {
        let own = self.account.as_ref().and_then(|account| account.email.as_ref());
        own.is_some_and(|own| own.canonical() == email.canonical())
    }

    /// The recipient of a mail to the current address; none where `email` is another.
    pub(crate) fn owner(&self, email: &EmailAddress) -> Recipient {
        let own = self.account.as_ref().and_then(|account| account.email.clone());
        self.reader(own.filter(|_| self.is_at(email)), self.language)
    }

    /// A mail to `to`, or without recipient; it is stored in the partition of the subject.
    pub(crate) fn reader(&self, to: Option<EmailAddress>, language: Locale) -> Recipient {
        Recipient::at(&self.partition, to, language)
    }

    /// Whether there is an account that could be notified of wrong codes.
    pub(super) fn can_be_notified(&self) -> bool {
        self.account.is_some() || !self.is_at_address()
    }

    /// Whether it is an address, and not a signed-in user.
    pub(super) fn is_at_address(&self) -> bool {
        self.partition.starts_with(ADDRESSES)
    }

    /// When records expire; `None` is never.
    pub(super) fn keeps_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.is_at_address().then(|| now.plus(KEPT))
    }

    pub(crate) fn account_key(&self) -> Key {
        Account::key(&self.user)
    }

    pub(super) fn record_key(&self, purpose: Purpose) -> Key {
        Key::new(&self.partition, format!("otp/{}", purpose.as_str()))
    }
}

/// A stable user id for an address without an account: the same records are read and written under
/// it as for a user.
fn decoy(keys: &Keys, email: &EmailAddress) -> UserId {
    let name = keys.name("otp-nobody", &[email.canonical().as_bytes()]);
    #[expect(clippy::expect_used, reason = "22 characters of URL-safe base 64 are an id")]
    let user = UserId::parse(&name).expect("a name is an id");
    user
}

fn record<R: Record>(item: Option<&Item>) -> Result<Option<R>, StoreError> {
    Ok(item.map(|item| decode(&item.body)).transpose()?)
}
