//! What is counted of codes, and noticed.

use selfsame_items::StoreError;
use selfsame_web::Client;

use super::holder::Holder;
use super::record::Purpose;
use super::refusal::Refusal;
use super::rule::Verdict;
use super::{SENDS, TRIES};
use crate::{App, monitoring};

/// Counts a code that was not sent.
pub(crate) fn count_refused(app: &App, refusal: &Refusal) {
    match refusal {
        Refusal::TooMany(_) => app.counts.add(&SENDS, "limited"),
        Refusal::Cooling(_) => app.counts.add(&SENDS, "cooling"),
        Refusal::Store(_) => {}
    }
}

/// Counts a try of `holder`, and notices where too many were wrong. Only a try that was counted itself is noticed: else anybody
/// could have the same streak told of again and again, with codes that guess at nothing.
#[allow(clippy::unused_async, clippy::unnecessary_wraps, reason = "whoever judges codes waits for it")]
pub(crate) async fn count(
    app: &App,
    holder: &Holder,
    _: Purpose,
    verdict: Verdict,
    client: &Client,
) -> Result<(), StoreError> {
    app.counts.add(&TRIES, verdict.outcome());
    if let Verdict::Missed { streak } = verdict
        && holder.is_somebody()
    {
        monitoring::code_refused(app, &holder.user, streak, client);
    }
    Ok(())
}
