//! What is counted of tries, and noticed.

use selfsame_items::{StoreError, decode};
use selfsame_web::Client;

use super::holder::Holder;
use super::record::{Passcode, Purpose};
use super::rule::Verdict;
use super::{NOBODY, TRIES};
use crate::{App, monitoring};

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
    if !holder.partition.starts_with(NOBODY) {
        let streak = passcode.map_or(0, |passcode| passcode.streak);
        monitoring::code_refused(app, &holder.user, streak, client);
    }
    Ok(())
}
