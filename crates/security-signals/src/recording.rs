//! Recording of signals by requests. Each call is quick and the same for missing accounts, so that
//! the time reveals nothing.

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

/// Wrong codes in a row at the first report; the next ones follow at each doubling.
const CODES: u32 = 3;

/// The signals of this node's requests, in memory.
pub struct SecuritySignals {
    /// The pending signals; the server runs it.
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
    /// No signals; `journal` will write them.
    #[must_use]
    pub fn new(journal: Arc<Journal>, counters: Arc<Counters>) -> Self {
        Self {
            writer: SignalWriter::new(journal),
            failed_sign_ins: FailedSignInCounter::default(),
            profile_reads: ProfileReadSketch::default(),
            counters,
        }
    }

    /// Records a refused sign-in as `name`, which is the name of `user`, if there is one.
    pub fn record_failed_sign_in(
        &self,
        name: &str,
        user: Option<&UserId>,
        client: &Client,
        now: Timestamp,
    ) {
        let event = self.failed_sign_ins.add(&counter_key(name, user), client.ip, now);
        if let Some((event, user)) = event.zip(user) {
            self.writer.note(user.clone(), client.origin(None), SecuritySignal::Refused(event));
        }
    }

    /// Records a right password of `user`.
    pub fn record_password_success(&self, user: &UserId) {
        self.failed_sign_ins.reset_burst(&counter_key("", Some(user)));
    }

    /// Records a wrong code for `user`, the last of `wrong_codes` in a row.
    pub fn record_wrong_code(&self, user: &UserId, wrong_codes: u32, client: &Client) {
        if is_doubling(wrong_codes, CODES) {
            let event = CodeGuessing { factor: Factor::OneTimePassword, wrong_codes };
            self.writer.note(user.clone(), client.origin(None), SecuritySignal::Guessed(event));
        }
    }

    /// Records a read of the profile of `shown`: by `reader`, with the origin, or by an anonymous
    /// `client`.
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
            // No account is in danger, so there is no event. The line names the request: logs hold
            // no addresses.
            self.counters.add(&MASS_READERS, "anonymous");
            let (profiles, request_id) = (event.profiles, &*client.request_id);
            tracing::warn!(profiles, request_id, "an anonymous client reads very many profiles");
        }
    }
}

/// The key under which failures at `name`, which is that of `user`, are counted. Keys of users
/// differ from those of names: else somebody who types the id of a user as a name would use up the
/// reports of that user's day.
fn counter_key(name: &str, user: Option<&UserId>) -> String {
    user.map_or_else(|| format!("name/{name}"), |user| format!("user/{user}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_typed_as_a_name_has_a_counter_of_its_own() {
        let user = UserId::parse("subject-of-another-issuer").unwrap();
        assert_ne!(counter_key(user.as_str(), None), counter_key("ada", Some(&user)));
        assert_eq!(counter_key("ada", Some(&user)), counter_key("ada@example.org", Some(&user)));
    }
}
