//! What is counted of mails.

use selfsame_web::Metric;

pub(super) const MAILS: Metric = Metric::counter(
    "mails",
    "What became of mails at each try: sent, postponed (tried again later), deferred (the day's quota is used up), suppressed (the \
     address takes no mail), failed (given up)",
    "outcome",
    &["sent", "postponed", "deferred", "suppressed", "failed"],
);

pub(super) const SECONDS: Metric = Metric::histogram(
    "mail_delivery_seconds",
    "From the change that asked for a mail until the provider took it, in whole seconds",
    &[0, 1, 2, 5, 10, 30, 60, 300, 3600, 86_400],
);
