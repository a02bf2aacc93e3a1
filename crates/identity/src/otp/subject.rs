//! Whose code it is.

use std::time::Duration;

use selfsame_events::{Head, Status, user_partition};
use selfsame_primitives::{EmailAddress, Keys, Locale, Timestamp, UserId};
use selfsame_store::{Item, Key, Record, StoreError, decode};

use super::record::Purpose;
use crate::Identity;
use selfsame_mail_queue::Recipient;
use selfsame_users::records::Profile;
use selfsame_users::{records::Account, records::Claim};

/// What belongs to an address lies in partitions that start with this, whether it has an account or
/// not.
const ADDRESSES: &str = "email/";
/// What is counted there is forgotten so long after the last change.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// Who holds a code.
#[derive(Clone, Debug)]
pub(crate) struct OtpSubject {
    /// The user; a made-up one for an address without an account.
    pub(crate) user: UserId,
    /// Where their codes lie: at the address for whoever is not signed in, else with the user.
    pub(crate) partition: String,
    /// Their account as it was found; what is decided on it has to be loaded again with the rule.
    pub(crate) account: Option<Account>,
    /// The language of their mails.
    pub(crate) language: Locale,
}

impl OtpSubject {
    /// Whoever reads `email`, with the account that it has, or nobody's. There are two reads either
    /// way.
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
        // An account that an earlier version made and that was never verified is none.
        let is_pending =
            record::<Head>(head.as_ref())?.is_some_and(|head| head.status == Status::Pending);
        subject.account = record(account.as_ref())?.filter(|_| !is_pending);
        subject.language = record::<Profile>(profile.as_ref())?
            .map(|profile| profile.preferences.language)
            .unwrap_or_default();
        Ok(subject)
    }

    /// `user`, who is signed in.
    pub(crate) fn of(user: &UserId) -> Self {
        let partition = user_partition(user);
        Self { user: user.clone(), partition, account: None, language: Locale::default() }
    }

    /// Whether `email` is the account's own address, and not one that it was reached by before.
    pub(crate) fn is_at(&self, email: &EmailAddress) -> bool {
        let own = self.account.as_ref().and_then(|account| account.email.as_ref());
        own.is_some_and(|own| own.canonical() == email.canonical())
    }

    /// Whom a letter to the account's own address goes to: nobody, where `email` is none.
    pub(crate) fn owner(&self, email: &EmailAddress) -> Recipient {
        let own = self.account.as_ref().and_then(|account| account.email.clone());
        self.reader(own.filter(|_| self.is_at(email)), self.language)
    }

    /// Who reads `to`, or nobody; the letter lies with what else belongs to the holder.
    pub(crate) fn reader(&self, to: Option<EmailAddress>, language: Locale) -> Recipient {
        Recipient::at(&self.partition, to, language)
    }

    /// Whether there is anybody who could be told of wrong codes.
    pub(super) fn can_be_notified(&self) -> bool {
        self.account.is_some() || !self.is_at_address()
    }

    /// Whether they came by an address, and are not signed in.
    pub(super) fn is_at_address(&self) -> bool {
        self.partition.starts_with(ADDRESSES)
    }

    /// Until when what is noted is kept; `None` is for good.
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

/// Who has an address without an account.
fn decoy(keys: &Keys, email: &EmailAddress) -> UserId {
    let name = keys.name("otp-nobody", &[email.canonical().as_bytes()]);
    #[expect(clippy::expect_used, reason = "22 characters of URL-safe base 64 are an id")]
    let user = UserId::parse(&name).expect("a name is an id");
    user
}

fn record<R: Record>(item: Option<&Item>) -> Result<Option<R>, StoreError> {
    Ok(item.map(|item| decode(&item.body)).transpose()?)
}
