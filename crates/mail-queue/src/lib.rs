//! Mail: asked for in the commit of the change that it tells of, and handed over later, at least
//! once.
//!
//! A feature prepares an `OutgoingMail` before its rule and posts it with the rule's changes: the
//! letter, sealed, goes into the partition of its reader, and a slip into the queue. So there is no
//! mail without its change and no change without its mail. The [`MailQueue`] takes slips whose time
//! has come, a lease on each, and hands the letters over.
//!
//! ```text
//! let addressee = Addressee::user(&user, address, language);
//! let letter = mail.letter(addressee, Template::PasswordChanged { undo_url, circumstances });
//! platform.journal.change(&user, &keys, &origin, |loaded| Ok((letter.post(changes(loaded)?), answer))).await
//! ```

mod failed;
mod http;
mod metrics;
mod neighbour;
mod outgoing_mail;
mod queue;
mod queue_runner;
mod quota;
mod slip;
mod suppression;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use failed::{FailedMail, failed_mails};
pub use neighbour::is_neighbour;
pub use outgoing_mail::{OutgoingMail, Recipient};
pub use queue_runner::{MailAdapters, MailQueue, MailSettings, wake};

use selfsame_web::Feature;
pub use suppression::MailStatus;

use self::metrics::{MAILS, SECONDS};

/// The feature.
pub const FEATURE: Feature<Arc<MailQueue>> = Feature {
    name: "mail",
    promise: "No mail without its change, no change without its mail, and none to addresses that do not want any.",
    routes: http::routes,
    events: Vec::new,
    subscribers: &[],
    metrics: &[MAILS, SECONDS],
};

/// The features of this crate.
pub const FEATURES: &[Feature<Arc<MailQueue>>] = &[FEATURE];
