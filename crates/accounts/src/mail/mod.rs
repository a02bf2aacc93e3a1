//! Mail: asked for in the commit of the change that it tells of, and handed over later, at least
//! once.
//!
//! A feature prepares a `Letter` before its rule and posts it with the rule's changes: the letter,
//! sealed, goes into the partition of its reader, and a slip into the queue. So there is no mail
//! without its change and no change without its mail. The [`Post`] takes slips whose time has come,
//! a lease on each, and hands the letters over.
//!
//! ```text
//! let addressee = Addressee::user(&user, address, language);
//! let letter = app.post.letter(addressee, Template::PasswordChanged { undo_url, circumstances });
//! app.journal.change(&user, &keys, &origin, |loaded| Ok((letter.post(changes(loaded)?), answer))).await
//! ```

mod failed;
mod http;
mod letter;
mod neighbour;
mod post;
mod queue;
mod quota;
mod suppression;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use failed::{FailedMail, failed_mails};
pub(crate) use letter::{Addressee, Letter};
pub use neighbour::is_neighbour;
pub use post::{MailParts, MailSettings, Post};
pub(crate) use post::{Tools, wake};
use selfsame_web::{Feature, Metric};
pub(crate) use suppression::MailProblem;

use crate::App;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "mail",
    promise: "No mail without its change, no change without its mail, and none to addresses that do not want any.",
    routes: http::routes,
    events: Vec::new,
    duties: &[],
    metrics: &[MAILS, SECONDS],
};

const MAILS: Metric = Metric::counter(
    "mails",
    "What became of mails at each try: sent, postponed (tried again later), deferred (the day's quota is used up), suppressed (the \
     address takes no mail), failed (given up)",
    "outcome",
    &["sent", "postponed", "deferred", "suppressed", "failed"],
);

const SECONDS: Metric = Metric::histogram(
    "mail_delivery_seconds",
    "From the change that asked for a mail until the provider took it, in whole seconds",
    &[0, 1, 2, 5, 10, 30, 60, 300, 3600, 86_400],
);
