//! What looks like an attack on an account is found in its events, told as `security.alert`, and
//! mailed with a link that says "this wasn't me".
//!
//! Facts are what everything rests on: sign-ins, changes, tokens that were used twice. What a
//! request only notices (a wrong password, a wrong code, one profile more) is counted, and becomes
//! a fact when there is much of it (`noticing`, `queue`). The duty `monitoring` looks at each fact
//! once, in order, with a pure rule over what is known of the account's habits (`rule`, `record`);
//! what it finds is told in the commit that notes that it looked. Decision 0032 says why;
//! `docs/monitoring.md` has the risks, and what the rules find in a scripted week.

mod device;
mod facts;
mod mailing;
mod network;
mod noticing;
mod queue;
mod react;
mod reads;
mod record;
mod refusals;
mod rule;
mod signal;
#[cfg(test)]
mod tests;

pub(crate) use device::family;
pub(crate) use facts::{CodeGuessing, Factor, PasskeyCopied, TokenReuse};
pub(crate) use noticing::{code_refused, profile_read, sign_in_allowed, sign_in_refused};
pub use queue::Noticings;
pub(crate) use reads::Reads;
pub(crate) use refusals::Refusals;
use selfsame_events::EventKind;
use selfsame_web::{Duty, Feature, Metric};

use self::facts::{MassProfileReads, SecurityAlert, SignInsRefused};
use crate::Shared;

/// What has at least this risk is mailed, unless the operator decides otherwise.
/// `docs/monitoring.md` shows how it was chosen.
pub const MAIL_FROM_RISK: u8 = 40;

/// The feature.
pub const FEATURE: Feature<Shared> = Feature {
    name: "monitoring",
    promise: "What looks like an attack on an account is told to its owner, who ends it with one link.",
    routes: Vec::new,
    events: || {
        vec![
            EventKind::of::<SecurityAlert>(),
            EventKind::of::<SignInsRefused>(),
            EventKind::of::<CodeGuessing>(),
            EventKind::of::<TokenReuse>(),
            EventKind::of::<PasskeyCopied>(),
            EventKind::of::<MassProfileReads>(),
        ]
    },
    metrics: &[ALERTS, FATES, MASS_READERS],
    duties: &[Duty { name: "monitoring", wants: signal::WANTED, react: react::watch }],
};

const ALERTS: Metric = Metric::counter(
    "security_alerts",
    "What was noticed that may be an attack on an account, by kind",
    "kind",
    facts::KINDS,
)
.told_by::<SecurityAlert>("/kind");

const FATES: Metric = Metric::counter(
    "security_alert_mails",
    "What became of alerts, by outcome: mailed, low_risk (an entry only), repeated (one of the same kind was mailed within a \
     day), too_many (five mails within a day)",
    "outcome",
    &["mailed", "low_risk", "repeated", "too_many"],
);

const MASS_READERS: Metric = Metric::counter(
    "mass_profile_readers",
    "Callers who read more than 600 different profiles within ten minutes, each counted once an hour, by who they are",
    "caller",
    &["user", "anonymous"],
);

/// Whether `count` is `base`, or twice that, or twice that again, and so on.
pub(crate) const fn doubles(count: u32, base: u32) -> bool {
    count != 0 && count.is_multiple_of(base) && (count / base).is_power_of_two()
}
