//! What is counted of codes, and noticed.

use selfsame_items::{StoreError, decode};
use selfsame_web::Client;

use super::holder::Holder;
use super::record::{Passcode, Purpose};
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

/// Counts a try of `holder` with `purpose`, and notices where too many were wrong. There is one more read for a wrong one, whoever
/// the holder is.
pub(crate) async fn count(
    app: &App,
    holder: &Holder,
    purpose: Purpose,
    verdict: Verdict,
    client: &Client,
) -> Result<(), StoreError> {
    app.counts.add(&TRIES, verdict.outcome());
    if verdict != Verdict::Wrong {
        return Ok(());
    }
    let item = app.store.get(&holder.passcode_key(purpose)).await?;
    let passcode = item.map(|item| decode::<Passcode>(&item.body)).transpose()?;
    if holder.is_somebody() {
        let streak = passcode.map_or(0, |passcode| passcode.streak);
        monitoring::code_refused(app, &holder.user, streak, client);
    }
    Ok(())
}
