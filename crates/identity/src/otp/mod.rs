//! One-time passwords: codes that show who reads an address.
//!
//! A code has six digits and is good for ten minutes and once; the store holds a keyed hash of it,
//! bound to whose it is, the purpose and the address. After three wrong codes none is taken for 15
//! minutes, however right, and none is sent that could not be used. All of it is counted in records
//! that guard the commit, so it holds exactly, whatever the number of nodes and callers.
//!
//! Nobody closes somebody else's way in by that: tries that bring the id of the request that a code
//! was mailed for are counted for that request alone. After a hundred wrong tries, and in the last
//! mail that the limits of an address allow, a code is long: 125 bits, which no count has to
//! protect (`docs/decisions/0042-way-back-in.md`).
//!
//! What is asked for by somebody who is not signed in lies at the address (`email/{keyed hash}`),
//! whether it has an account or not: the same is read, written and refused, so that neither an
//! answer nor its time tells which it is. So nothing that is counted there follows from what only
//! an owner could do: time alone takes it back. Mails that go out whoever has the address are
//! limited by themselves (`Reach`), since whoever registers must not wait for others that reached
//! nobody.
//!
//! A feature sends a code with `IssueCode` and tries one with `VerifyCode`; both are made before
//! its rule, and what their `keys` name is loaded with it. What `VerifyCode::decide` changes is
//! committed whatever the verdict is: else a wrong try would not count.

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

/// What was sent is counted by [`counts_sends`]; what was not, by whoever asked. Codes for nobody
/// count too: else whoever may read the counter could tell which it was.
const SENDS: Metric = Metric::counter(
    "otp_sends",
    "One-time passwords that were asked for, for whatever purpose, by outcome: sent, limited (too many to this address, or by this \
     sender), cooling (a code could not be used now)",
    "outcome",
    &["sent", "limited", "cooling"],
);

/// Counts every code that is sent, whoever sends it: each is noted in the commit that it is sent
/// with.
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
