//! Whose code it is; for an address without an account, nobody's, in a place that looks the same.

use std::time::Duration;

use selfsame_basics::{EmailAddress, Keys, Locale, Timestamp, UserId};
use selfsame_events::{Changes, Head, Loaded, Status, user_partition};
use selfsame_items::{Item, Key, Record, StoreError, decode};

use super::record::{Passcode, Purpose};
use crate::mail::Addressee;
use crate::records::Profile;
use crate::{Account, App, Claim};

/// The partitions of those start with this.
pub(crate) const NOBODY: &str = "nobody/";
/// What is noted for an address without an account is kept for so long.
const NOBODY_LIFE: Duration = Duration::from_hours(30 * 24);

/// What [`Holder::reopen`] opens; the purpose of the code that was right is open by that.
const REOPENED: &[Purpose] = &[Purpose::EmailVerification, Purpose::EmailUpdate, Purpose::AccountDeletion];

/// Who holds a code.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    /// The user; a made-up one for an address without an account.
    pub(crate) user: UserId,
    /// Where their things lie.
    pub(crate) partition: String,
    /// Their account as it was found; what is decided on it has to be loaded again with the rule.
    pub(crate) account: Option<Account>,
    /// Whether they have still to show that the address is theirs before the account works.
    pub(crate) is_pending: bool,
    /// The language of their mails.
    pub(crate) language: Locale,
}

impl Holder {
    /// The account behind `email`, or nobody. There are two reads either way.
    pub(crate) async fn find(app: &App, email: &EmailAddress) -> Result<Self, StoreError> {
        let claim = app.store.get(&app.email_claim(email)).await?;
        let claim = claim.map(|item| decode::<Claim>(&item.body)).transpose()?;
        let mut holder = match claim {
            Some(claim) => Self::at(claim.user_id.clone(), user_partition(&claim.user_id)),
            None => Self::nobody(&app.keys, email),
        };
        let place = |sort| Key::new(&holder.partition, sort);
        let items = app.store.get_many(&["account", "head", "profile"].map(place)).await?;
        let [account, head, profile] = items.as_slice() else { return Ok(holder) };
        holder.account = record(account.as_ref())?;
        holder.is_pending = record::<Head>(head.as_ref())?.is_some_and(|head| head.status == Status::Pending);
        holder.language = record::<Profile>(profile.as_ref())?
            .map(|profile| profile.preferences.language)
            .unwrap_or_default();
        Ok(holder)
    }

    /// `user`, whose account was not looked at.
    pub(crate) fn of(user: &UserId) -> Self {
        Self::at(user.clone(), user_partition(user))
    }

    /// Nobody, in the place `partition`.
    pub(crate) fn nowhere(user: &UserId, partition: &str) -> Self {
        Self::at(user.clone(), partition.to_owned())
    }

    fn at(user: UserId, partition: String) -> Self {
        Self { user, partition, account: None, is_pending: false, language: Locale::default() }
    }

    fn nobody(keys: &Keys, email: &EmailAddress) -> Self {
        let name = keys.name("otp-nobody", &[email.canonical().as_bytes()]);
        #[expect(clippy::expect_used, reason = "22 characters of URL-safe base 64 are an id")]
        let user = UserId::parse(&name).expect("a name is an id");
        Self::at(user, format!("{NOBODY}{name}"))
    }

    /// Whom a letter about the account's own address goes to: nobody, where there is no account or nothing more to show.
    pub(crate) fn unverified(&self, email: &EmailAddress) -> Addressee {
        let account = self.account.as_ref().filter(|account| !account.email_verified);
        let own = account.and_then(|account| account.email.clone());
        match own.filter(|own| own.canonical() == email.canonical()) {
            Some(own) => Addressee::user(&self.user, own, self.language),
            None => Addressee::nobody(&self.partition),
        }
    }

    /// Whether `email` is the account's own address, and not one that it was reached by before.
    pub(crate) fn is_at(&self, email: &EmailAddress) -> bool {
        let own = self.account.as_ref().and_then(|account| account.email.as_ref());
        own.is_some_and(|own| own.canonical() == email.canonical())
    }

    /// Whom a letter to the account's own address goes to: nobody, where `email` is none.
    pub(crate) fn owner(&self, email: &EmailAddress) -> Addressee {
        let own = self.account.as_ref().and_then(|account| account.email.clone());
        match own.filter(|_| self.is_at(email)) {
            Some(own) => Addressee::user(&self.user, own, self.language),
            None => Addressee::nobody(&self.partition),
        }
    }

    /// What has to be loaded for [`Holder::reopen`].
    pub(crate) fn reopened_keys(&self) -> Vec<Key> {
        REOPENED.iter().map(|purpose| self.passcode_key(*purpose)).collect()
    }

    /// Opens the purposes that too many wrong codes have closed, for somebody who has shown that the account is theirs.
    pub(crate) fn reopen(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, StoreError> {
        self.reopened_keys().into_iter().try_fold(changes, |changes, key| {
            let Some(passcode) = loaded.get::<Passcode>(&key)? else { return Ok(changes) };
            Ok(changes.put(key, &Passcode { streak: 0, ..passcode }))
        })
    }

    /// Until when what is noted is kept; `None` is for good.
    pub(super) fn keeps_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.partition.starts_with(NOBODY).then(|| now.plus(NOBODY_LIFE))
    }

    pub(crate) fn account_key(&self) -> Key {
        Key::new(&self.partition, "account")
    }

    pub(super) fn passcode_key(&self, purpose: Purpose) -> Key {
        Key::new(&self.partition, format!("otp/{}", purpose.as_str()))
    }
}

fn record<R: Record>(item: Option<&Item>) -> Result<Option<R>, StoreError> {
    Ok(item.map(|item| decode(&item.body)).transpose()?)
}
