//! One-time passwords: mailed codes that prove control of an address.
//!
//! A code has six digits and is valid once, for ten minutes. The store holds a keyed hash, bound to
//! subject, purpose and address. After three wrong codes none is accepted for 15 minutes, and no
//! code is sent that could not be used. All counts are records that guard the commit, so they hold
//! exactly for any number of nodes and callers.
//!
//! An attacker can't block the owner by that. Attempts with the id of a request count for that
//! request alone. After a hundred wrong attempts, and in the last mail that the limits of an
//! address allow, the code is long: 125 bits, which no count has to protect
//! (`docs/decisions/0042-way-back-in.md`).
//!
//! Records of callers that are not signed in lie at the address (`email/{keyed hash}`), with and
//! without an account. The same is read, written and refused, so that neither an answer nor its
//! time reveals which it is. For the same reason nothing that only the owner can do resets a count
//! there: only time does. Mails that reach the reader in any case have a limit of their own
//! (`Reach`): a registration must not wait for mails without recipient.
//!
//! A feature issues a code with `IssueCode` and checks one with `VerifyCode`. Both are prepared
//! before the rule and loaded with it. What `VerifyCode::decide` changes is committed whatever the
//! outcome is: else a wrong attempt would not count.

mod attempt;
mod code;
mod fresh;
mod record;
mod record_attempt;
mod refusal;
mod request;
mod rule;
mod sends;
mod subject;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use crate::settings::SendLimits;
pub(crate) use attempt::VerifyCode;
pub(crate) use code::OneTimePassword;
pub(crate) use fresh::{IssueCode, LIFE, Mailed};
pub use record::Purpose;
pub(crate) use record_attempt::{count_refused, record_attempt};
pub use refusal::Refusal;
pub(crate) use request::RequestId;
pub(crate) use rule::CodeOutcome;
use selfsame_events::CommitObserver;
use selfsame_store::Write;
use selfsame_web::{Feature, Metric};
pub(crate) use sends::{Reach, Sender, check_sender};
pub(crate) use subject::OtpSubject;

use crate::Identity;
use selfsame_web::Counters;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "otp",
    promise: "Codes that can be used once, guessed at so rarely that it is of no use, and kept from their reader by nobody.",
    routes: Vec::new,
    events: Vec::new,
    subscribers: &[],
    metrics: &[SENDS, TRIES],
};

/// [`counts_sends`] counts sent codes, [`count_refused`] the others. Codes without recipient count
/// too: else the counter would reveal them.
const SENDS: Metric = Metric::counter(
    "otp_sends",
    "One-time passwords that were asked for, for whatever purpose, by outcome: sent, limited (too many to this address, or by this \
     sender), cooling (a code could not be used now)",
    "outcome",
    &["sent", "limited", "cooling"],
);

/// Counts every code that is sent, by its `SendHistory` record in the same commit.
#[must_use]
pub fn counts_sends(counts: &Arc<Counters>) -> CommitObserver {
    let counts = Arc::clone(counts);
    Arc::new(move |write: &Write, happened| {
        if happened && sends::is_send(write) {
            counts.add(&SENDS, "sent");
        }
    })
}

const TRIES: Metric = Metric::counter(
    "otp_tries",
    "One-time passwords that were tried, by outcome: right, wrong, cooling (too many wrong ones lately), closed (a hundred wrong \
     ones in a row: six digits are not enough any more)",
    "outcome",
    &["right", "wrong", "cooling", "closed"],
);
