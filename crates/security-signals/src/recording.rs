//! Where requests say what they have noticed. All of it is quick, and the same for accounts that
//! are not there.

use std::fmt;
use std::sync::Arc;

use selfsame_events::{Journal, Origin};
use selfsame_primitives::{Timestamp, UserId, subscriber_prefix};
use selfsame_web::{Client, Counters};

use crate::events::{CodeGuessing, Factor};
use crate::reads::{ProfileReadSketch, ReaderKey};
use crate::refusals::FailedSignInCounter;
use crate::writer::{SecuritySignal, SignalWriter};
use crate::{MASS_READERS, is_doubling};

/// Wrong codes in a row that are told of first; then whenever there are twice as many.
const CODES: u32 = 3;

/// What requests have noticed, in the memory of this node.
pub struct SecuritySignals {
    /// What is not written yet; whoever serves requests has it run.
    pub writer: SignalWriter,
    failed_sign_ins: FailedSignInCounter,
    profile_reads: ProfileReadSketch,
    counters: Arc<Counters>,
}

impl fmt::Debug for SecuritySignals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecuritySignals")
    }
}

impl SecuritySignals {
    /// Nothing noticed yet; what is will be written by `journal`.
    #[must_use]
    pub fn new(journal: Arc<Journal>, counters: Arc<Counters>) -> Self {
        Self {
            writer: SignalWriter::new(journal),
            failed_sign_ins: FailedSignInCounter::default(),
            profile_reads: ProfileReadSketch::default(),
            counters,
        }
    }

    /// A sign-in as `name` was refused, which is `user`, where anybody is called so.
    pub fn record_failed_sign_in(
        &self,
        name: &str,
        user: Option<&UserId>,
        client: &Client,
        now: Timestamp,
    ) {
        let event = self.failed_sign_ins.add(user.map_or(name, UserId::as_str), client.ip, now);
        if let Some((event, user)) = event.zip(user) {
            self.writer.note(user.clone(), client.origin(None), SecuritySignal::Refused(event));
        }
    }

    /// `user` has shown the right password.
    pub fn record_password_success(&self, user: &UserId) {
        self.failed_sign_ins.reset_burst(user.as_str());
    }

    /// A wrong code was given for `user`, the last of `wrong_codes` in a row.
    pub fn record_wrong_code(&self, user: &UserId, wrong_codes: u32, client: &Client) {
        if is_doubling(wrong_codes, CODES) {
            let event = CodeGuessing { factor: Factor::OneTimePassword, wrong_codes };
            self.writer.note(user.clone(), client.origin(None), SecuritySignal::Guessed(event));
        }
    }

    /// The profile of `shown` was read: by `reader`, whose origin stands beside them, or by an
    /// anonymous `client`.
    pub fn record_profile_read(
        &self,
        reader: Option<(&UserId, Origin)>,
        client: &Client,
        shown: &UserId,
        now: Timestamp,
    ) {
        let key = match &reader {
            Some((user, _)) if *user == shown => return,
            Some((user, _)) => ReaderKey::User(user.as_str()),
            None => ReaderKey::Anonymous(subscriber_prefix(client.ip)),
        };
        let Some(event) = self.profile_reads.note(&key, shown, now) else { return };
        if let Some((user, origin)) = reader {
            self.counters.add(&MASS_READERS, "user");
            self.writer.note(user.clone(), origin, SecuritySignal::Read(event));
        } else {
            // Nobody's account is in danger; the line names the request, since logs hold no
            // addresses.
            self.counters.add(&MASS_READERS, "anonymous");
            let (profiles, request_id) = (event.profiles, &*client.request_id);
            tracing::warn!(profiles, request_id, "an anonymous client reads very many profiles");
        }
    }
}
