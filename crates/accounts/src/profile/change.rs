//! The one way in which a profile changes.

use selfsame_basics::Timestamp;
use selfsame_events::{Changes, Fact};
use selfsame_web::{IfMatch, Problem};

use super::Profile;
use crate::{App, SignedIn};

/// Lets `decide` say what becomes of the caller's profile, and what is told of it; `None` where nothing changes. The answer is
/// the profile as it is then, with its version counted up if it has changed.
pub(crate) async fn change<F: Fact>(
    app: &App,
    caller: &SignedIn,
    if_match: &IfMatch,
    decide: impl Fn(&Profile, Timestamp) -> Result<Option<(Profile, F)>, Problem>,
) -> Result<Profile, Problem> {
    let key = Profile::key(caller.id());
    app.journal
        .change(caller.id(), std::slice::from_ref(&key), &caller.origin(), |loaded| {
            let before: Profile = loaded.get(&key)?.ok_or_else(Problem::not_found)?;
            if_match.check(before.version)?;
            let Some((after, fact)) = decide(&before, loaded.now())? else {
                return Ok((Changes::none(), before));
            };
            Ok((Changes::none().put(key.clone(), &after).tell(&fact), after))
        })
        .await
}
