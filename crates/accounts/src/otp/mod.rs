//! One-time passwords: six digits that show who reads an address.
//!
//! A code is good for ten minutes and once; the store holds a keyed hash of it, bound to the user, the purpose and the address.
//! After three wrong codes none is taken for 15 minutes, however right; after a hundred in a row the purpose is closed until the
//! owner signs in. Asking for another code resets neither. All of it is counted in records that guard the commit, so it holds
//! exactly, whatever the number of nodes and callers.
//!
//! An address that has no account is treated as if it had one that lies elsewhere (`Holder`): the same is read, written and
//! refused, so that neither an answer nor its time tells which it is.
//!
//! A feature sends a code with `Fresh` and tries one with `Attempt`; both are made before its rule, and what their `keys` name is
//! loaded with it. What `Attempt::judge` changes is committed whatever the verdict is: else a wrong try would not count.
//! `verification` is the shortest example.

mod code;
mod count;
mod holder;
mod record;
mod rule;
mod sends;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use code::{Attempt, Fresh, LIFE, OneTimePassword, Refusal};
pub(crate) use count::count;
pub(crate) use holder::{Holder, NOBODY};
pub use record::Purpose;
pub(crate) use rule::Verdict;
use selfsame_events::Observer;
use selfsame_items::Write;
use selfsame_web::{Feature, Metric};
pub use sends::SendLimits;

use crate::{App, Counts};

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "otp",
    promise: "Six digits that can be used once, and guessed at so rarely that it is of no use.",
    routes: Vec::new,
    events: Vec::new,
    duties: &[],
    metrics: &[SENDS, TRIES],
};

/// What was sent is counted by [`counts_sends`]; what was not, by whoever asked. Codes for nobody count too: else whoever may read the
/// counter could tell which it was.
pub(crate) const SENDS: Metric = Metric::counter(
    "otp_sends",
    "One-time passwords that were asked for, for whatever purpose, by outcome: sent, limited (too many to this address)",
    "outcome",
    &["sent", "limited"],
);

/// Counts every code that is sent, whoever sends it: each is noted in the commit that it is sent with.
pub(crate) fn counts_sends(counts: &Arc<Counts>) -> Observer {
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
     ones in a row)",
    "outcome",
    &["right", "wrong", "cooling", "closed"],
);
