//! What is counted of codes, and noticed.

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

/// Counts a try of `holder`, and notices where too many were wrong. Only a try that was counted
/// itself is noticed: else anybody could have the same streak told of again and again, with codes
/// that guess at nothing.
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
