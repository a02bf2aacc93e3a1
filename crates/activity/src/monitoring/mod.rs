//! Security monitoring: events that look like an attack on an account become a `security.alert`,
//! and a mail with an undo link.
//!
//! The rules see events only: sign-ins, changes, tokens that were used twice. Wrong passwords,
//! wrong codes and profile reads are counted by the crate `security-signals`, which emits an event
//! when there are many. The subscriber `monitoring` evaluates each event once, in order, with a
//! pure rule over the account's baseline (`rule`, `record`). Alert, mail and baseline are one
//! commit. Decision 0032 has the reasons; `docs/monitoring.md` has the risks, and what the rules
//! find in a scripted week.

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
    metrics: &[ALERTS, ALERT_MAILS, MASS_READERS],
    subscribers: &[Subscriber {
        name: "monitoring",
        event_types: signal::EVENT_TYPES,
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

const ALERT_MAILS: Metric = Metric::counter(
    "security_alert_mails",
    "What became of alerts, by outcome: mailed, low_risk (an entry only), repeated (one of the same kind was mailed within a \
     day), too_many (five mails within a day)",
    "outcome",
    &["mailed", "low_risk", "repeated", "too_many"],
);
