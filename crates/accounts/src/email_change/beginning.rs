//! The first step to another address, alone or as a part of another change.

use selfsame_basics::EmailAddress;
use selfsame_events::{Changes, Loaded};
use selfsame_items::Key;
use selfsame_mail::Template;

use super::CHANGES;
use super::rule::{self, Refusal, Wish};
use crate::mail::Addressee;
use crate::otp::{self, Fresh, Holder, Purpose, SENDS};
use crate::{App, Recent};

/// Somebody who has shown who they are wants another address; made before the rule, which stays pure.
pub(crate) struct Beginning {
    wish: Wish,
    code: Fresh,
}

impl Beginning {
    /// `recent` wants `email`.
    pub(crate) fn new(app: &App, Recent(caller): &Recent, email: &EmailAddress) -> Self {
        let language = caller.person.profile.preferences.language;
        let addressee = Addressee::user(caller.id(), email.clone(), language);
        let (holder, template) = (Holder::of(caller.id()), |code| Template::EmailChange { code });
        let code = Fresh::new(app, &holder, Purpose::EmailUpdate, email, addressee, template);
        Self { wish: Wish::of(app, caller, email), code }
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.wish.keys(&[self.code.keys()])
    }

    /// Sends the code together with `changes`.
    pub(crate) fn begin(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, Refusal> {
        rule::begin(changes, loaded, &self.wish, &self.code)
    }
}

/// Counts what became of a beginning.
pub(crate) fn count(app: &App, refusal: Option<&Refusal>) {
    match refusal {
        None => app.counts.add(&CHANGES, "begun"),
        Some(Refusal::Code(otp::Refusal::TooMany(_))) => app.counts.add(&SENDS, "limited"),
        Some(Refusal::Taken) => app.counts.add(&CHANGES, "taken"),
        Some(_) => {}
    }
}
