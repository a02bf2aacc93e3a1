//! Provisioning of a user of another issuer, with its claims about them.

use selfsame_events::{Changes, Loaded, Status, user_key};
use selfsame_primitives::{EmailAddress, Locale, UserId, clean_line};
use selfsame_store::{Key, Record, StoreError};
use selfsame_web::{Client, Problem};
use serde::{Deserialize, Serialize};

use super::events::{Registered, RegistrationMethod};
use crate::Identity;
use selfsame_tokens::Newcomer;
use selfsame_users::populations::put_profile;
use selfsame_users::records::Profile;
use selfsame_users::{records::Account, records::Claim};

/// The issuer and subject of a user, at `identity` of their partition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalIdentity {
    /// The issuer.
    issuer: String,
    /// What it calls them.
    subject: String,
}

impl Record for ExternalIdentity {
    const KIND: &'static str = "identity";
}

impl ExternalIdentity {
    fn key(user: &UserId) -> Key {
        user_key(user, "identity")
    }
}

/// Creates `user`; no change where they exist.
pub(crate) async fn provision_external_user(
    identity: &Identity,
    user: &UserId,
    newcomer: &Newcomer,
    client: &Client,
) -> Result<(), Problem> {
    let email = address(identity, newcomer);
    let claimed = email.map(|email| (identity.users.email_claim(&email), email));
    let claim = claimed.iter().map(|(claim, _)| claim.clone());
    let keys: Vec<Key> =
        [Account::key(user), ExternalIdentity::key(user)].into_iter().chain(claim).collect();
    let decide = |loaded: &Loaded| {
        made(loaded, user, newcomer, claimed.as_ref()).map(|changes| (changes, ()))
    };
    Ok(identity.platform.journal.change(user, &keys, &client.origin(None), decide).await?)
}

/// The address of the new user. One that the issuer has not verified is used only where local
/// registration is off: else a form at the issuer could take an owner's address here (decision
/// 0045).
fn address(identity: &Identity, newcomer: &Newcomer) -> Option<EmailAddress> {
    let is_taken_over = newcomer.email_verified || !identity.settings.local_registration;
    let given = newcomer.email.as_deref().filter(|_| is_taken_over)?;
    EmailAddress::parse(given).ok()
}

fn made(
    loaded: &Loaded,
    user: &UserId,
    newcomer: &Newcomer,
    claimed: Option<&(Key, EmailAddress)>,
) -> Result<Changes, StoreError> {
    if loaded.has(&Account::key(user))? {
        return Ok(Changes::none());
    }
    let now = loaded.now();
    // An address with an owner stays theirs.
    let is_taken = loaded.has_any(claimed.map(|(claim, _)| claim))?;
    let claimed = claimed.filter(|_| !is_taken);
    let account = Account {
        email: claimed.map(|(_, email)| email.clone()),
        email_verified: claimed.is_some() && newcomer.email_verified,
        username: None,
        password: None,
        created_at: now,
        last_login_at: None,
        administrator: false,
    };
    let name = newcomer.name.as_deref().and_then(|name| clean_line(name, 50).ok());
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| NAMELESS.to_owned());
    let mut profile = Profile::new(name, now);
    profile.preferences.language =
        newcomer.locale.as_deref().and_then(Locale::accepted).unwrap_or_default();
    let Newcomer { issuer, subject, .. } = newcomer;
    let external = ExternalIdentity { issuer: issuer.clone(), subject: subject.clone() };
    let event = Registered {
        way: RegistrationMethod::Issuer,
        username: None,
        issuer: Some(issuer.clone()),
    };
    let changes = Changes::none().put(ExternalIdentity::key(user), &external);
    let changes = claimed
        .iter()
        .fold(changes, |changes, (claim, _)| changes.put(claim.clone(), &Claim::of(user.clone())));
    Ok(put(changes, user, &account, &profile).status(Status::Active).emit(&event))
}

/// The display name where none is given.
pub(crate) const NAMELESS: &str = "New user";

/// `changes`, by which `account` and `profile` are what `id` has.
pub(crate) fn put(changes: Changes, id: &UserId, account: &Account, profile: &Profile) -> Changes {
    put_profile(changes.put(Account::key(id), account), id, profile)
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::ExternalIdentity>();
    }
}
