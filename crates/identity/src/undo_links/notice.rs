//! A mail about a change, with the link that undoes it.

use std::sync::Arc;

use selfsame_events::{Changes, Loaded};
use selfsame_mail::{Circumstances, Template};
use selfsame_primitives::{EmailAddress, Locale, Timestamp, UserId, new_ulid};
use selfsame_store::{Key, StoreError};
use selfsame_web::Client;

use super::record::{AccountSnapshot, KEPT, UndoHistory};
use super::token;
use crate::{Identity, authentication::SignedIn};
use selfsame_mail_queue::{OutgoingMail, Recipient};
use selfsame_users::records::Account;
use selfsame_users::records::SecondFactor;

/// Prepared before the rule, which stays pure.
pub struct UndoNotice {
    user: UserId,
    id: String,
    mail: Option<OutgoingMail>,
    since: Option<Timestamp>,
}

impl UndoNotice {
    /// To `to`: the address before the change.
    pub fn new(
        identity: &Identity,
        user: &UserId,
        (to, language): (Option<EmailAddress>, Locale),
        client: &Client,
        template: impl FnOnce(String, Circumstances) -> Template,
    ) -> Self {
        let circumstances = Circumstances {
            at: identity.platform.now(),
            device: client.device.as_ref().map(Arc::to_string),
            ip: Some(client.ip.to_string()),
        };
        Self::for_alert(identity, user, (to, language), circumstances, None, template)
    }

    /// The same for an alert about an earlier event. With `since` the link restores the state of
    /// that time.
    pub fn for_alert(
        identity: &Identity,
        user: &UserId,
        (to, language): (Option<EmailAddress>, Locale),
        circumstances: Circumstances,
        since: Option<Timestamp>,
        template: impl FnOnce(String, Circumstances) -> Template,
    ) -> Self {
        let id = new_ulid(identity.platform.now(), &*identity.platform.random);
        let token = token::seal(&identity.platform.keys, user, &id, &*identity.platform.random);
        let url = format!("{}/undo?token={token}", identity.platform.urls.public);
        let template = template(url, circumstances);
        let mail =
            to.map(|to| identity.mail.compose(Recipient::user(user, to, language), template));
        Self { user: user.clone(), id, mail, since }
    }

    /// The same for a change by the caller.
    pub fn for_caller(
        identity: &Identity,
        caller: &SignedIn,
        template: impl FnOnce(String, Circumstances) -> Template,
    ) -> Self {
        let person = &caller.person;
        let to = (person.account.email.clone(), person.profile.preferences.language);
        Self::new(identity, caller.id(), to, &caller.client, template)
    }

    /// What has to be loaded.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        vec![UndoHistory::key(&self.user), Account::key(&self.user), SecondFactor::key(&self.user)]
    }

    /// Queues it with `changes`, and stores the loaded state for the undo.
    pub fn apply(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, StoreError> {
        let factor = loaded.get::<SecondFactor>(&SecondFactor::key(&self.user))?;
        self.apply_with_factor(changes, loaded, factor)
    }

    /// The same with `factor` as the second factor to restore: one whose code was spent in this
    /// change.
    pub fn apply_with_factor(
        &self,
        changes: Changes,
        loaded: &Loaded,
        factor: Option<SecondFactor>,
    ) -> Result<Changes, StoreError> {
        let (Some(mail), Some(account)) =
            (&self.mail, loaded.get::<Account>(&Account::key(&self.user))?)
        else {
            return Ok(changes);
        };
        let present = AccountSnapshot {
            id: self.id.clone(),
            at: loaded.now(),
            as_of: self.since,
            email: account.email,
            email_verified: account.email_verified,
            second_factor: factor.filter(|factor| factor.enabled_at.is_some()),
        };
        let key = UndoHistory::key(&self.user);
        let undos = loaded.get::<UndoHistory>(&key)?.unwrap_or_default();
        let before = self.since.and_then(|since| undos.first_since(since)).cloned();
        let state = match before {
            Some(before) => {
                AccountSnapshot { id: present.id, at: present.at, as_of: present.as_of, ..before }
            }
            None => present,
        };
        let undos = undos.with(state);
        Ok(mail.apply(changes.put_until(key, &undos, loaded.now().plus(KEPT))))
    }
}
