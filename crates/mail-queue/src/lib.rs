//! Mail: stored in the commit of the change that it is about, and sent later, at least once.
//!
//! A feature prepares an `OutgoingMail` before its rule and adds it to the rule's changes: the
//! sealed mail goes into the partition of its recipient, and an entry into the queue. So there is
//! no mail without its change and no change without its mail. The [`MailQueue`] leases entries that
//! are due, and sends their mails.
//!
//! ```text
//! let recipient = Recipient::user(&user, address, language);
//! let mail = mails.compose(recipient, Template::PasswordChanged { undo_url, circumstances });
//! let rule = |loaded| Ok((mail.apply(changes(loaded)?), answer));
//! platform.journal.change(&user, &keys, &origin, rule).await
//! ```

mod failed;
mod http;
mod metrics;
mod neighbour;
mod outgoing_mail;
mod queue;
mod queue_entry;
mod queue_runner;
mod quota;
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
