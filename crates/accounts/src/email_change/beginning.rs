//! The first step to another address, alone or as a part of another change.

use selfsame_basics::EmailAddress;
use selfsame_events::{Changes, Loaded};
use selfsame_items::{Key, StoreError};
use selfsame_mail::Template;

use super::CHANGES;
use super::rule::{self, Begun, Refusal, Wish};
use crate::mail::Addressee;
use crate::otp::{self, Fresh, Holder, Mailed, Purpose, Sender};
use crate::{App, Recent};

/// Somebody who has shown who they are wants another address; made before the rule, which stays
/// pure.
pub(crate) struct Beginning {
    wish: Wish,
    sender: Sender,
    code: Fresh,
}

impl Beginning {
    /// `recent` wants `email`.
    pub(crate) async fn new(
        app: &App,
        Recent(caller): &Recent,
        email: &EmailAddress,
    ) -> Result<Self, StoreError> {
        let language = caller.person.profile.preferences.language;
        let letter = |Mailed { code, minutes, .. }| {
            let addressee = Addressee::user(caller.id(), email.clone(), language);
            (addressee, Template::EmailChange { code, minutes })
        };
        let holder = Holder::of(caller.id());
        let code =
            Fresh::prepare(app, (&holder, Purpose::EmailUpdate, email), None, letter).await?;
        Ok(Self { wish: Wish::of(app, caller, email), sender: Sender::of(app, caller.id()), code })
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.wish.keys(&[self.sender.keys(), self.code.keys()])
    }

    /// Sends the code together with `changes`; changes nothing where the address is taken but what
    /// counts that.
    pub(crate) fn begin(
        &self,
        changes: Changes,
        loaded: &Loaded,
    ) -> Result<(Changes, Begun), Refusal> {
        rule::begin(changes, loaded, &self.wish, (&self.sender, &self.code))
    }
}

/// Counts what became of a beginning.
pub(crate) fn count(app: &App, outcome: Result<Begun, &Refusal>) {
    match outcome {
        Ok(Begun::Sent) => app.counts.add(&CHANGES, "begun"),
        Ok(Begun::Taken) => app.counts.add(&CHANGES, "taken"),
        Err(Refusal::Code(refusal)) => otp::count_refused(app, refusal),
        Err(_) => {}
    }
}
