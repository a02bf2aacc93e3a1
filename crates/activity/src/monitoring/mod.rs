//! What looks like an attack on an account is found in its events, told as `security.alert`, and
//! mailed with a link that says "this wasn't me".
//!
//! Facts are what everything rests on: sign-ins, changes, tokens that were used twice. What a
//! request only notices (a wrong password, a wrong code, one profile more) is counted, and becomes
//! a fact when there is much of it (the crate `security-signals`). The subscriber `monitoring`
//! looks at each fact once, in order, with a pure rule over what is known of the account's habits
//! (`rule`, `record`); what it finds is told in the commit that notes that it looked. Decision 0032
//! says why; `docs/monitoring.md` has the risks, and what the rules find in a scripted week.

mod alert_mail;
mod events;
mod on_event;
mod record;
mod rule;
mod signal;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use selfsame_events::EventKind;
use selfsame_security_signals::{
    CodeGuessing, MASS_READERS, MassProfileReads, PasskeyCopied, SignInsRefused, TokenReuse,
};
use selfsame_web::{Feature, Metric, Subscriber};

use self::events::SecurityAlert;
use crate::Activity;

/// The feature.
pub const FEATURE: Feature<Arc<Activity>> = Feature {
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
    subscribers: &[Subscriber {
        name: "monitoring",
        event_types: signal::WANTED,
        handle: on_event::on_event,
    }],
};

const ALERTS: Metric = Metric::counter(
    "security_alerts",
    "What was noticed that may be an attack on an account, by kind",
    "kind",
    events::KINDS,
)
.counted_from::<SecurityAlert>("/kind");

const FATES: Metric = Metric::counter(
    "security_alert_mails",
    "What became of alerts, by outcome: mailed, low_risk (an entry only), repeated (one of the same kind was mailed within a \
     day), too_many (five mails within a day)",
    "outcome",
    &["mailed", "low_risk", "repeated", "too_many"],
);
