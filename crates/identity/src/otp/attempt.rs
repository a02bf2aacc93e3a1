//! The check of a code as a part of a change.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{EmailAddress, Timestamp};
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{Code, Detail, Problem};

use super::RequestId;
use super::code::OneTimePassword;
use super::record::{OtpRecord, Purpose};
use super::refusal::limited;
use super::rule::{CodeOutcome, Tried};
use super::subject::OtpSubject;
use crate::Identity;

/// A code to check.
#[derive(Clone)]
pub(crate) struct VerifyCode {
    tried: Tried,
    record_key: Key,
    account: Key,
    keeps_until: Option<Timestamp>,
}

impl VerifyCode {
    /// Checks `code`, which is to prove that `target` belongs to `subject`. `request` is the id of
    /// the request that the code was mailed for, where the caller has it.
    pub(crate) fn new(
        identity: &Identity,
        (subject, purpose, target): (&OtpSubject, Purpose, &EmailAddress),
        code: &OneTimePassword,
        request: Option<&RequestId>,
    ) -> Self {
        let hash = code.hash(&identity.platform.keys, subject, purpose, target);
        let request = request.map(|request| request.hash(&identity.platform.keys));
        Self {
            tried: Tried { hash, long: code.is_long(), request },
            record_key: subject.record_key(purpose),
            account: subject.account_key(),
            keeps_until: subject.keeps_until(identity.platform.now()),
        }
    }

    /// The keys to load. The account is among them: what a right code does is decided on it in the
    /// same commit.
    pub(crate) fn keys(&self) -> Vec<Key> {
        vec![self.record_key.clone(), self.account.clone()]
    }

    /// The request that the code was mailed for, read before the rule; see
    /// [`VerifyCode::request_of_right_code`].
    pub(crate) async fn request(
        &self,
        identity: &Identity,
    ) -> Result<Option<Option<String>>, StoreError> {
        let item = identity.platform.store.get(&self.record_key).await?;
        let record =
            item.map(|item| decode::<OtpRecord>(&item.body)).transpose()?.unwrap_or_default();
        Ok(record.find(&self.tried, identity.platform.now()).map(|code| code.request.clone()))
    }

    /// The same check with a wrong code: what was sent with the code was wrong, and the attempt
    /// must count.
    pub(crate) fn into_wrong(self) -> Self {
        Self { tried: Tried { hash: String::new(), ..self.tried }, ..self }
    }

    /// Checks the code. The changes record the attempt, so they are to be committed whatever the
    /// outcome is.
    pub(crate) fn decide(&self, loaded: &Loaded) -> Result<(Changes, CodeOutcome), StoreError> {
        let record =
            loaded.get::<OtpRecord>(&self.record_key)?.unwrap_or_default().at(loaded.now());
        let (after, outcome) = record.decide(&self.tried, loaded.now());
        let put = |after: OtpRecord| after.put(Changes::none(), &self.record_key, self.keeps_until);
        Ok((after.map_or_else(Changes::none, put), outcome))
    }

    /// The keyed hash of the request id of a right code, where its request has one.
    pub(crate) fn request_of_right_code(
        &self,
        loaded: &Loaded,
    ) -> Result<Option<String>, StoreError> {
        let record = loaded.get::<OtpRecord>(&self.record_key)?.unwrap_or_default();
        Ok(record.find(&self.tried, loaded.now()).and_then(|code| code.request.clone()))
    }
}

impl CodeOutcome {
    /// The problem, unless the code was right. An uncounted wrong code has the same answer as a
    /// counted one.
    pub(crate) fn check(self) -> Result<(), Problem> {
        match self {
            Self::Right => Ok(()),
            Self::Missed { .. } | Self::Wrong => {
                Err(Problem::new(Code::OtpInvalid, Detail::CodeNotGood))
            }
            Self::Cooling(wait) => Err(limited(wait, |wait| Detail::CodesPaused { wait })),
            Self::Closed => Err(Problem::new(Code::OtpClosed, Detail::CodesClosed)),
        }
    }
}
