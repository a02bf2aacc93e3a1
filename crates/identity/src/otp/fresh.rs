//! The issue of a code as a part of a change.

use std::time::Duration;

use selfsame_events::{Changes, Loaded};
use selfsame_mail::Template;
use selfsame_primitives::{EmailAddress, Timestamp};
use selfsame_store::{Key, StoreError};

use super::code::OneTimePassword;
use super::record::{Issued, OtpRecord, Purpose, Tries};
use super::refusal::Refusal;
use super::sends::{DAY, Reach, SendHistory};
use super::subject::OtpSubject;
use crate::Identity;
use selfsame_mail_queue::{OutgoingMail, Recipient};

/// How long a code of six digits is valid (SPEC 11).
pub(crate) const LIFE: Duration = Duration::from_mins(10);

/// The code for a mail.
pub(crate) struct Mailed {
    /// Its text.
    pub(crate) code: String,
    /// How long it is valid.
    pub(crate) minutes: u32,
    /// Whether it is a long code, which resets the password too.
    pub(crate) long: bool,
}

/// A code with its mail.
struct Prepared {
    hash: String,
    /// Its hash as a code for a password reset.
    reset_hash: String,
    mail: OutgoingMail,
}

impl Prepared {
    fn new(
        identity: &Identity,
        (subject, purpose, target): (&OtpSubject, Purpose, &EmailAddress),
        (code, text): (OneTimePassword, String),
        minutes: u32,
        mail: impl Fn(Mailed) -> (Recipient, Template),
    ) -> Self {
        let hash = |purpose| code.hash(&identity.platform.keys, subject, purpose, target);
        let (recipient, template) = mail(Mailed { code: text, minutes, long: code.is_long() });
        Self {
            hash: hash(purpose),
            reset_hash: hash(Purpose::PasswordReset),
            mail: identity.mail.compose(recipient, template),
        }
    }
}

/// A code may be sent.
struct Sending {
    sends: SendHistory,
    record: OtpRecord,
    long: bool,
    /// Whether the limit of mails to the account is used up: then the mail has no recipient.
    is_beyond: bool,
    expires_at: Timestamp,
}

/// A new code with its mail. All forms are prepared before the rule, which stays pure: only the
/// rule knows which one goes out (decision 0042).
pub(crate) struct IssueCode {
    digits: Prepared,
    long: Prepared,
    /// The form beyond the limit of mails to the account: it is stored, answered and counted as
    /// ever, but has no recipient where there is an account.
    beyond: Prepared,
    reach: Reach,
    /// The keyed hash of the request id.
    request: Option<String>,
    record_key: Key,
    /// The record that makes a long code reset the password too; none for a signed-in user.
    reset_key: Option<Key>,
    sends: Key,
    limits: (usize, usize),
    keeps_until: Option<Timestamp>,
}

impl IssueCode {
    /// A code of `purpose` that proves that `target` belongs to `subject`; for the request with the
    /// id hash `request`, if it has one. `mail` gives recipient and template; the mail reaches the
    /// reader of `target` with and without an account.
    pub(crate) async fn prepare(
        identity: &Identity,
        whose: (&OtpSubject, Purpose, &EmailAddress),
        request: Option<String>,
        mail: impl Fn(Mailed) -> (Recipient, Template),
    ) -> Result<Self, StoreError> {
        Self::prepare_to(Reach::Reader, identity, whose, request, mail).await
    }

    /// The same for a mail of `reach`, which decides what is counted and refused. It must not
    /// depend on whether there is an account: else a refusal would reveal it.
    pub(crate) async fn prepare_to(
        reach: Reach,
        identity: &Identity,
        (subject, purpose, target): (&OtpSubject, Purpose, &EmailAddress),
        request: Option<String>,
        mail: impl Fn(Mailed) -> (Recipient, Template),
    ) -> Result<Self, StoreError> {
        let limits = identity.settings.otp_limits.of_address();
        let whose = (subject, purpose, target);
        let minutes = last_for(identity, target, reach, limits).await?;
        let digits = OneTimePassword::digits(&*identity.platform.random);
        let long = OneTimePassword::long(&*identity.platform.random);
        let is_account = subject.is_at_address() && subject.account.is_some();
        let beyond = |mailed| {
            let (recipient, template) = mail(mailed);
            (if is_account { subject.reader(None, subject.language) } else { recipient }, template)
        };
        Ok(Self {
            digits: Prepared::new(identity, whose, digits, minutes_of(LIFE), &mail),
            beyond: Prepared::new(identity, whose, long.clone(), minutes, beyond),
            long: Prepared::new(identity, whose, long, minutes, &mail),
            reach,
            request,
            record_key: subject.record_key(purpose),
            reset_key: subject.is_at_address().then(|| subject.record_key(Purpose::PasswordReset)),
            sends: SendHistory::key(&identity.platform.keys, target),
            limits,
            keeps_until: subject.keeps_until(identity.platform.now()),
        })
    }

    /// The keys to load.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let own = [self.record_key.clone(), self.sends.clone()];
        let mut keys: Vec<Key> = own.into_iter().chain(self.reset_key.clone()).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Issues the code with `changes`. It replaces the code of the same request; counted attempts
    /// stay.
    pub(crate) fn send(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, Refusal> {
        let sending = self.decide(loaded)?;
        Ok(self.issue(changes, loaded, sending)?)
    }

    /// The same; where a limit refuses it, `changes` go on without a code.
    pub(crate) fn send_if_allowed(
        &self,
        changes: Changes,
        loaded: &Loaded,
    ) -> Result<Changes, StoreError> {
        match self.decide(loaded) {
            Ok(sending) => self.issue(changes, loaded, sending),
            Err(Refusal::Store(error)) => Err(error),
            Err(Refusal::TooMany(_) | Refusal::Cooling(_)) => Ok(changes),
        }
    }

    fn decide(&self, loaded: &Loaded) -> Result<Sending, Refusal> {
        let now = loaded.now();
        let sends = loaded.get::<SendHistory>(&self.sends)?.unwrap_or_default();
        let is_beyond = sends.is_used_up(self.limits, now);
        let sends = sends.record_send(self.reach, self.limits, now).map_err(Refusal::TooMany)?;
        let record = loaded.get::<OtpRecord>(&self.record_key)?.unwrap_or_default().at(now);
        // The last mail before the limit carries a long code, valid until another can be sent:
        // after ten requests of an attacker the owner finds a usable code in the tenth mail
        // (decision 0042).
        let last_for = sends.wait(self.reach, self.limits, now);
        let long = record.wants_long() || last_for.is_some();
        // No code that could not be used. A long one always can: no count applies to it.
        if !long && let Some(wait) = record.cooling(self.request.as_deref(), now) {
            return Err(Refusal::Cooling(wait));
        }
        let expires_at = now.plus(last_for.unwrap_or_default().max(LIFE));
        Ok(Sending { sends, record, long, is_beyond, expires_at })
    }

    fn issue(
        &self,
        changes: Changes,
        loaded: &Loaded,
        sending: Sending,
    ) -> Result<Changes, StoreError> {
        let (Sending { sends, record, long, is_beyond, expires_at }, now) = (sending, loaded.now());
        let code = match (is_beyond, long) {
            (true, _) => &self.beyond,
            (false, true) => &self.long,
            (false, false) => &self.digits,
        };
        let issued = Issued {
            request: self.request.clone(),
            hash: code.hash.clone(),
            long,
            expires_at,
            tries: Tries::default(),
        };
        let mut changes =
            self.put(changes, &self.record_key, &record.with(issued.clone(), now), expires_at);
        // Only a code that is mailed replaces the long one of the last mail: a mail without
        // recipient must not invalidate it.
        let is_reset_code = long && !is_beyond;
        if let Some(reset_key) = self
            .reset_key
            .as_ref()
            .filter(|reset_key| is_reset_code && **reset_key != self.record_key)
        {
            let issued = Issued { request: None, hash: code.reset_hash.clone(), ..issued };
            let record = loaded.get::<OtpRecord>(reset_key)?.unwrap_or_default().with(issued, now);
            changes = self.put(changes, reset_key, &record, expires_at);
        }
        Ok(code.mail.apply(changes.put_until(self.sends.clone(), &sends, now.plus(DAY))))
    }

    fn put(
        &self,
        changes: Changes,
        record_key: &Key,
        record: &OtpRecord,
        least: Timestamp,
    ) -> Changes {
        record.put(changes, record_key, self.keeps_until.map(|until| until.max(least)))
    }
}

/// The minutes that a code to `target` is valid if it is the last one for a while. Read before the
/// commit: with two sends at once the mail may say too little, never too much (decision 0042).
async fn last_for(
    identity: &Identity,
    target: &EmailAddress,
    reach: Reach,
    limits: (usize, usize),
) -> Result<u32, StoreError> {
    let now = identity.platform.now();
    let sends = SendHistory::of(&*identity.platform.store, &identity.platform.keys, target)
        .await?
        .record_send(reach, limits, now);
    let wait = sends.ok().and_then(|sends| sends.wait(reach, limits, now)).unwrap_or_default();
    Ok(minutes_of(wait.max(LIFE)))
}

fn minutes_of(life: Duration) -> u32 {
    u32::try_from(life.as_secs() / 60).unwrap_or(u32::MAX)
}
