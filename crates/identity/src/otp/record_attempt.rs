//! The metrics and security signals of codes.

use selfsame_web::Client;

use super::refusal::Refusal;
use super::rule::CodeOutcome;
use super::subject::OtpSubject;
use super::{SENDS, TRIES};
use crate::Identity;

/// Counts a code that was not sent.
pub(crate) fn count_refused(identity: &Identity, refusal: &Refusal) {
    match refusal {
        Refusal::TooMany(_) => identity.platform.counters.add(&SENDS, "limited"),
        Refusal::Cooling(_) => identity.platform.counters.add(&SENDS, "cooling"),
        Refusal::Store(_) => {}
    }
}

/// Counts an attempt, and records a signal where too many were wrong. Only a counted attempt does:
/// else uncounted ones could report the same streak again and again.
pub(crate) fn record_attempt(
    identity: &Identity,
    subject: &OtpSubject,
    outcome: CodeOutcome,
    client: &Client,
) {
    identity.platform.counters.add(&TRIES, outcome.label());
    if let CodeOutcome::Missed { streak } = outcome
        && subject.can_be_notified()
    {
        identity.signals.record_wrong_code(&subject.user, streak, client);
    }
}
