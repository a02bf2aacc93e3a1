//! Where requests say what they have noticed. All of it is quick, and the same for accounts that
//! are not there.

use selfsame_basics::UserId;
use selfsame_web::Client;

use super::facts::{CodeGuessing, Factor};
use super::network::customer;
use super::queue::Noticed;
use super::reads::Reader;
use super::{MASS_READERS, doubles};
use crate::{App, Viewer};

/// Wrong codes in a row that are told of first; then whenever there are twice as many.
const CODES: u32 = 3;

/// A sign-in as `name` was refused, which is `user`, where anybody is called so.
pub(crate) fn sign_in_refused(app: &App, name: &str, user: Option<&UserId>, client: &Client) {
    let told = app.refusals.add(user.map_or(name, UserId::as_str), client.ip, app.now());
    if let Some((told, user)) = told.zip(user) {
        app.noticings.note(user.clone(), client.origin(None), Noticed::Refused(told));
    }
}

/// `user` has shown the right password.
pub(crate) fn sign_in_allowed(app: &App, user: &UserId) {
    app.refusals.forgive(user.as_str());
}

/// A wrong code was given for `user`, the last of `wrong_codes` in a row.
pub(crate) fn code_refused(app: &App, user: &UserId, wrong_codes: u32, client: &Client) {
    if doubles(wrong_codes, CODES) {
        let told = CodeGuessing { factor: Factor::OneTimePassword, wrong_codes };
        app.noticings.note(user.clone(), client.origin(None), Noticed::Guessed(told));
    }
}

/// `viewer` was shown the profile of `shown`.
pub(crate) fn profile_read(app: &App, viewer: &Viewer, client: &Client, shown: &UserId) {
    let caller = viewer.0.as_ref();
    if caller.is_some_and(|caller| caller.id() == shown) {
        return;
    }
    let reader = match caller {
        Some(caller) => Reader::User(caller.id().as_str()),
        None => Reader::Customer(customer(client.ip)),
    };
    let Some(told) = app.reads.note(&reader, shown, app.now()) else { return };
    if let Some(caller) = caller {
        app.counts.add(&MASS_READERS, "user");
        app.noticings.note(caller.id().clone(), caller.origin(), Noticed::Read(told));
    } else {
        // Nobody's account is in danger; the line names the request, since logs hold no addresses.
        app.counts.add(&MASS_READERS, "anonymous");
        let (profiles, request_id) = (told.profiles, &*client.request_id);
        tracing::warn!(profiles, request_id, "an anonymous client reads very many profiles");
    }
}
