//! The one operation that changes fields of a profile.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::Key;
use selfsame_web::{IfMatch, Problem};

use super::events::ProfileUpdated;
use super::rule::{self, ProfileUpdate};
use crate::Profiles;
use selfsame_identity::authentication::SignedIn;
use selfsame_users::populations::put_profile;
use selfsame_users::records::Profile;

/// A profile before and after a change; equal where nothing has changed.
pub(crate) struct Changed {
    /// The profile before.
    pub(crate) before: Profile,
    /// The profile after.
    pub(crate) after: Profile,
}

/// Lets `decide` change the caller's profile, and add other changes and events; `None` where
/// nothing changes. `more` is loaded with the profile. Returns the profile before and after.
pub(crate) async fn change(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    more: &[Key],
    decide: impl Fn(&Profile, &Loaded) -> Result<Option<(Profile, Changes)>, Problem>,
) -> Result<Changed, Problem> {
    let key = Profile::key(caller.id());
    let keys: Vec<Key> = more.iter().chain([&key]).cloned().collect();
    let rule = |loaded: &Loaded| {
        let before: Profile = loaded.get(&key)?.ok_or_else(Problem::not_found)?;
        if_match.check(before.version)?;
        let Some((after, changes)) = decide(&before, loaded)? else {
            return Ok((Changes::none(), Changed { after: before.clone(), before }));
        };
        Ok((put_profile(changes, caller.id(), &after), Changed { before, after }))
    };
    caller.change_or(&profiles.platform, &keys, rule).await
}

/// The profile after `update`, and its event; `None` where nothing changes.
pub(crate) fn updated(
    user: &UserId,
    before: &Profile,
    update: &ProfileUpdate,
    now: Timestamp,
) -> Result<Option<(Profile, Changes)>, Problem> {
    let after = rule::updated(before, update, now)?;
    let changed = rule::changed_fields(before, &after);
    let payload = ProfileUpdated::new(user, &after, changed);
    Ok((after.version != before.version).then(|| (after, Changes::none().emit(&payload))))
}
