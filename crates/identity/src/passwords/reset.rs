//! Reset of the password by a mailed code.

use selfsame_events::{Changes, Loaded, Origin};
use selfsame_mail::Template;
use selfsame_password_hashing::PasswordContext;
use selfsame_primitives::{EmailAddress, Secret, UserId};
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{Client, Problem};

use super::events::PasswordChanged;
use super::history::History;
use super::operation::own_data;
use crate::authentication::By;
use crate::otp::{CodeOutcome, OtpSubject, VerifyCode};
use crate::sessions::{EndReason, EndSessions, KnownNetwork, end_all_except};
use crate::undo_links::UndoNotice;
use crate::verification::EmailVerified;
use crate::{Identity, elsewhere};
use selfsame_users::records::Account;
use selfsame_users::records::SecondFactor;

/// Checks a code without spending it: a right one changes nothing, a wrong one is counted.
pub(super) fn is_right(
    loaded: &Loaded,
    attempt: &VerifyCode,
    subject: &OtpSubject,
    email: &EmailAddress,
) -> Result<(Changes, CodeOutcome), StoreError> {
    let (changes, outcome) = attempt.decide(loaded)?;
    if outcome != CodeOutcome::Right {
        return Ok((changes, outcome));
    }
    let account = loaded.get::<Account>(&subject.account_key())?;
    let may_have_one = |account: &Account| -> Result<bool, StoreError> {
        Ok(subject.is_at(email) && !elsewhere::signs_in_to(loaded, &subject.user, account)?)
    };
    let is_given = account.as_ref().map_or(Ok(false), may_have_one)?;
    Ok(if is_given { (Changes::none(), outcome) } else { (changes, CodeOutcome::Wrong) })
}

/// A reset of the password.
pub(super) struct NewPassword {
    subject: OtpSubject,
    attempt: VerifyCode,
    email: EmailAddress,
    hash: String,
    sessions: EndSessions,
    notice: UndoNotice,
    known_network: KnownNetwork,
}

impl NewPassword {
    /// Checks the new password, which stands at `/newPassword` of the request, against the rules
    /// and the earlier ones.
    pub(super) async fn prepare(
        identity: &Identity,
        (subject, email): (OtpSubject, EmailAddress),
        attempt: VerifyCode,
        new: &Secret,
        client: &Client,
    ) -> Result<Self, Problem> {
        let context = context(identity, &subject).await?;
        let hash = identity
            .passwords
            .choose(new, context)
            .await
            .map_err(|refused| refused.into_problem_at("/newPassword"))?;
        let sessions = EndSessions::all_except(
            identity,
            By::Other(&subject.user, &client.origin(None)),
            None,
            EndReason::PasswordReset,
        )
        .await?;
        let template =
            |undo_url, circumstances| Template::PasswordChanged { undo_url, circumstances };
        let to = (Some(email.clone()), subject.language);
        let notice = UndoNotice::new(identity, &subject.user, to, client, template);
        let known_network = KnownNetwork::new(&identity.platform.keys, &subject.user, client.ip);
        Ok(Self { subject, attempt, email, hash, sessions, notice, known_network })
    }

    /// The user.
    pub(super) const fn user(&self) -> &UserId {
        &self.subject.user
    }

    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        let user = self.user();
        let own = vec![History::key(user), elsewhere::key(user)];
        let (code, notice, sessions) =
            (self.attempt.keys(), self.notice.keys(), self.sessions.keys());
        let mut keys = [own, code, notice, sessions].concat();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Spends the code, replaces the password and ends all sessions. The code proves control of the
    /// address and nothing about a second factor: its count of wrong codes stays (decision 0042).
    pub(super) fn decide(&self, loaded: &Loaded) -> Result<(Changes, CodeOutcome), StoreError> {
        let (changes, outcome) = self.attempt.decide(loaded)?;
        if outcome != CodeOutcome::Right {
            return Ok((changes, outcome));
        }
        let is_its = |own: &EmailAddress| own.canonical() == self.email.canonical();
        let account = loaded.get::<Account>(&self.subject.account_key())?;
        let at_the_address = account.filter(|account| account.email.as_ref().is_some_and(is_its));
        let Some(account) = at_the_address else { return Ok((changes, CodeOutcome::Wrong)) };
        if elsewhere::signs_in_to(loaded, self.user(), &account)? {
            return Ok((changes, CodeOutcome::Wrong));
        }
        let changes =
            self.known_network.note(self.replace(changes, loaded, account)?, loaded.now());
        let changes = self.sessions.end(changes, loaded)?;
        Ok((self.notice.apply(changes, loaded)?, outcome))
    }

    fn replace(
        &self,
        changes: Changes,
        loaded: &Loaded,
        mut account: Account,
    ) -> Result<Changes, StoreError> {
        let (user, now) = (self.user(), loaded.now());
        let changes = match account.password.replace(self.hash.clone()) {
            Some(before) => {
                let history = loaded.get::<History>(&History::key(user))?.unwrap_or_default();
                changes.put(History::key(user), &history.after(before))
            }
            None => changes,
        };
        let was_verified = std::mem::replace(&mut account.email_verified, true);
        let changes = changes
            .put(Account::key(user), &account)
            .emit(&PasswordChanged { user_id: user.clone(), updated_at: now });
        Ok(if was_verified { changes } else { changes.emit(&EmailVerified { verified_at: now }) })
    }

    /// Ends sessions that started meanwhile: a client with the old password may have signed in.
    pub(super) async fn end_sessions(
        &self,
        identity: &Identity,
        origin: &Origin,
    ) -> Result<(), Problem> {
        end_all_except(identity, By::Other(self.user(), origin), None, EndReason::PasswordReset)
            .await
            .map(drop)
    }
}

/// What the new password of `subject` is checked against.
async fn context(identity: &Identity, subject: &OtpSubject) -> Result<PasswordContext, Problem> {
    let history = identity.platform.store.get(&History::key(&subject.user)).await?;
    let history =
        history.map(|item| decode::<History>(&item.body)).transpose().map_err(StoreError::from)?;
    let present = subject.account.as_ref().and_then(|account| account.password.clone());
    let before = present.into_iter().chain(history.unwrap_or_default().earlier).collect();
    let person = identity.users.cache.get(&subject.user).await?;
    let own = person.map(|person| own_data(&person)).unwrap_or_default();
    Ok(PasswordContext {
        own,
        second_factor: SecondFactor::is_on(&*identity.platform.store, &subject.user).await?,
        before,
    })
}
