//! The start of a change of address, alone or as a part of another change.

use selfsame_events::{Changes, Loaded};
use selfsame_mail::Template;
use selfsame_primitives::EmailAddress;
use selfsame_store::{Key, StoreError};

use super::CHANGES;
use super::rule::{self, Begun, ChangeEmailError, CompleteEmailChange};
use crate::otp::{self, IssueCode, Mailed, OtpSubject, Purpose, Sender};
use crate::{Identity, sessions::RecentlyAuthenticated};
use selfsame_mail_queue::Recipient;

/// The start of a change of address by a recently authenticated user; prepared before the rule,
/// which stays pure.
pub struct StartEmailChange {
    command: CompleteEmailChange,
    sender: Sender,
    code: IssueCode,
}

impl StartEmailChange {
    /// Prepares the change of the caller's address to `email`.
    pub async fn new(
        identity: &Identity,
        RecentlyAuthenticated(caller): &RecentlyAuthenticated,
        email: &EmailAddress,
    ) -> Result<Self, StoreError> {
        let language = caller.person.profile.preferences.language;
        let mail = |Mailed { code, minutes, .. }| {
            let recipient = Recipient::user(caller.id(), email.clone(), language);
            (recipient, Template::EmailChange { code, minutes })
        };
        let subject = OtpSubject::of(caller.id());
        let code =
            IssueCode::prepare(identity, (&subject, Purpose::EmailUpdate, email), None, mail)
                .await?;
        Ok(Self {
            command: CompleteEmailChange::of(&identity.users, caller, email),
            sender: Sender::of(identity, caller.id()),
            code,
        })
    }

    /// The keys to load.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.command.keys(&[self.sender.keys(), self.code.keys()])
    }

    /// Issues the code with `changes`. For a taken address it only counts the attempt.
    pub fn begin(
        &self,
        changes: Changes,
        loaded: &Loaded,
    ) -> Result<(Changes, Begun), ChangeEmailError> {
        rule::begin(changes, loaded, &self.command, (&self.sender, &self.code))
    }
}

/// Counts the outcome of a start.
pub fn count(identity: &Identity, outcome: Result<Begun, &ChangeEmailError>) {
    match outcome {
        Ok(Begun::Sent) => identity.platform.counters.add(&CHANGES, "begun"),
        Ok(Begun::Taken) => identity.platform.counters.add(&CHANGES, "taken"),
        Err(ChangeEmailError::Code(refusal)) => otp::count_refused(identity, refusal),
        Err(_) => {}
    }
}
