//! Change of the password by a user who knows the current one.

use selfsame_events::{Changes, Loaded};
use selfsame_mail::Template;
use selfsame_password_hashing::{PasswordCheck, PasswordContext};
use selfsame_primitives::{EmailAddress, Secret, UserId, Username};
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{Code, Detail, Fault, Problem};
use thiserror::Error;

use super::events::PasswordChanged;
use super::history::History;
use crate::authentication::By;
use crate::sessions::{EndReason, EndSessions};
use crate::undo_links::UndoNotice;
use crate::{Identity, authentication::SignedIn};
use selfsame_users::records::Account;
use selfsame_users::user_cache::UserSnapshot;

/// Why the password is not changed.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    /// The password was changed since the comparison.
    #[error("the password was changed meanwhile")]
    Changed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Changed => wrong_password("/currentPassword"),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// The password at `pointer` of the request is not the caller's.
pub(crate) fn wrong_password(pointer: &str) -> Problem {
    Problem::fault(pointer, Fault::WrongPassword)
}

/// Checks the caller's password, which stands at `pointer` of the request; returns the hash that it
/// was compared with. Failures have a backoff.
pub(crate) async fn confirm(
    identity: &Identity,
    caller: &SignedIn,
    password: &Secret,
    pointer: &str,
) -> Result<String, Problem> {
    // From the store, not from the cache: another node may have changed the password a moment ago.
    let item = identity
        .platform
        .store
        .get(&Account::key(caller.id()))
        .await?
        .ok_or_else(Problem::unauthenticated)?;
    let account: Account = decode(&item.body).map_err(StoreError::from)?;
    let stored = account.password.ok_or_else(no_password)?;
    let attempt = caller.attempt(identity).await?;
    match identity.passwords.verify(password, Some(&stored)).await {
        Ok(PasswordCheck::Right { .. }) => attempt.succeeded(identity.platform.monotonic()),
        Ok(PasswordCheck::Wrong) => {
            attempt.failed(identity.platform.monotonic());
            // A guess with a stolen session is the same danger as one at a sign-in.
            let user = caller.id();
            identity.signals.record_failed_sign_in(
                user.as_str(),
                Some(user),
                &caller.client,
                identity.platform.now(),
            );
            return Err(wrong_password(pointer));
        }
        Err(problem) => return Err(problem),
    }
    Ok(stored)
}

fn no_password() -> Problem {
    Problem::new(Code::Conflict, Detail::NoPassword)
}

/// A change of the password.
pub(super) struct ChangePassword {
    user: UserId,
    against: String,
    hash: String,
    sessions: EndSessions,
    notice: UndoNotice,
}

impl ChangePassword {
    /// Checks the new password, which stands at `/newPassword` of the request, against the rules
    /// and the earlier ones.
    pub(super) async fn prepare(
        identity: &Identity,
        caller: &SignedIn,
        against: String,
        new: &Secret,
        second_factor: bool,
    ) -> Result<Self, Problem> {
        let history = identity.platform.store.get(&History::key(caller.id())).await?;
        let history = history
            .map(|item| decode::<History>(&item.body))
            .transpose()
            .map_err(StoreError::from)?;
        let before = [vec![against.clone()], history.unwrap_or_default().earlier].concat();
        let context = PasswordContext { own: own_data(&caller.person), second_factor, before };
        let hash = identity
            .passwords
            .choose(new, context)
            .await
            .map_err(|refused| refused.into_problem_at("/newPassword"))?;
        let sessions = EndSessions::all_except(
            identity,
            By::Owner(caller),
            caller.session.as_ref(),
            EndReason::PasswordChanged,
        )
        .await?;
        let template =
            |undo_url, circumstances| Template::PasswordChanged { undo_url, circumstances };
        let notice = UndoNotice::for_caller(identity, caller, template);
        Ok(Self { user: caller.id().clone(), against, hash, sessions, notice })
    }

    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        [vec![History::key(&self.user)], self.notice.keys(), self.sessions.keys()].concat()
    }

    /// Replaces the password and ends the other sessions.
    pub(super) fn decide(&self, loaded: &Loaded) -> Result<(Changes, ()), Refusal> {
        let (key, history_key) = (Account::key(&self.user), History::key(&self.user));
        let mut account = loaded.get::<Account>(&key)?.ok_or(Refusal::Changed)?;
        let before = account.password.take().filter(|before| *before == self.against);
        let history = loaded.get::<History>(&history_key)?.unwrap_or_default();
        let history = history.after(before.ok_or(Refusal::Changed)?);
        account.password = Some(self.hash.clone());
        let event = PasswordChanged { user_id: self.user.clone(), updated_at: loaded.now() };
        let changes = Changes::none().put(key, &account).put(history_key, &history).emit(&event);
        Ok((self.notice.apply(self.sessions.end(changes, loaded)?, loaded)?, ()))
    }
}

/// The public data of a user.
pub(super) fn own_data(person: &UserSnapshot) -> Vec<String> {
    let account = &person.account;
    let email = account.email.as_ref().map(EmailAddress::as_str);
    let local = email.and_then(|email| email.split('@').next());
    let username = account.username.as_ref().map(Username::as_str);
    let name = Some(person.profile.display_name.as_str());
    [email, local, username, name].into_iter().flatten().map(str::to_owned).collect()
}
