//! The way in which personal data change, alone or together with the profile.

use selfsame_basics::UserId;
use selfsame_events::{Changes, Loaded};
use selfsame_items::{StoreError, decode};
use selfsame_web::{FieldError, IfMatch, Problem};

use super::event::AccountUpdated;
use super::record::{Personal, PersonalData};
use super::rule::{self, AccountUpdate};
use crate::profile::{ProfileUpdate, updated as profile_updated};
use crate::records::Profile;
use crate::{App, SignedIn};

/// Personal data and their version; 0 before the first change.
#[derive(Default)]
pub(super) struct Held {
    pub(super) version: u64,
    pub(super) data: PersonalData,
}

impl Held {
    fn of(app: &App, user: &UserId, stored: Option<Personal>) -> Result<Self, StoreError> {
        let Some(stored) = stored else { return Ok(Self::default()) };
        Ok(Self { version: stored.version, data: stored.open(&app.keys, user)? })
    }

    /// Those of `user`.
    pub(super) async fn load(app: &App, user: &UserId) -> Result<Self, StoreError> {
        let item = app.store.get(&Personal::key(user)).await?;
        Self::of(app, user, item.map(|item| decode(&item.body)).transpose()?)
    }
}

/// Changes the caller's personal data.
pub(super) async fn change(
    app: &App,
    caller: &SignedIn,
    if_match: &IfMatch,
    update: &AccountUpdate,
) -> Result<Held, Problem> {
    let rule = |loaded: &Loaded| {
        let before = Held::of(app, caller.id(), loaded.get(&Personal::key(caller.id()))?)?;
        if_match.check(before.version)?;
        applied(app, caller, before, update, Changes::none())?.map_err(Problem::fields)
    };
    app.journal.change(caller.id(), &[Personal::key(caller.id())], &caller.origin(), rule).await
}

/// Changes the caller's personal data and profile at once: both or, where any field is wrong, neither.
pub(super) async fn change_both(
    app: &App,
    caller: &SignedIn,
    (account, profile): &(AccountUpdate, ProfileUpdate),
    pointing: impl Fn(FieldError) -> FieldError,
) -> Result<(Held, Profile), Problem> {
    let keys = [Personal::key(caller.id()), Profile::key(caller.id())];
    let rule = |loaded: &Loaded| {
        let [personal_key, profile_key] = &keys;
        let held = Held::of(app, caller.id(), loaded.get(personal_key)?)?;
        let shown: Profile = loaded.get(profile_key)?.ok_or_else(Problem::not_found)?;
        let (changes, shown, mut errors) = match profile_updated(caller.id(), &shown, profile, loaded.now()) {
            Ok(None) => (Changes::none(), shown, Vec::new()),
            Ok(Some((after, told))) => (told.put(profile_key.clone(), &after), after, Vec::new()),
            Err(problem) => (Changes::none(), shown, problem.errors),
        };
        match applied(app, caller, held, account, changes)? {
            Ok((changes, held)) if errors.is_empty() => Ok((changes, (held, shown))),
            Ok(_) => Err(Problem::fields(errors)),
            Err(wrong) => {
                errors.extend(wrong.into_iter().map(&pointing));
                Err(Problem::fields(errors))
            }
        }
    };
    app.journal.change(caller.id(), &keys, &caller.origin(), rule).await
}

/// `changes`, and what `update` makes of the caller's data; or what is wrong with it.
fn applied(
    app: &App,
    caller: &SignedIn,
    before: Held,
    update: &AccountUpdate,
    changes: Changes,
) -> Result<Result<(Changes, Held), Vec<FieldError>>, StoreError> {
    let user = caller.id();
    let data = match rule::updated(&before.data, update, caller.person.account.email.as_ref()) {
        Ok(data) => data,
        Err(errors) => return Ok(Err(errors)),
    };
    let fields = rule::changed(&before.data, &data);
    if fields.is_empty() {
        return Ok(Ok((changes, before)));
    }
    let after = Held { version: before.version + 1, data };
    let stored = Personal::seal(&app.keys, &*app.random, user, after.version, &after.data)?;
    let told = AccountUpdated { user_id: user.clone(), version: after.version, changed: fields };
    Ok(Ok((changes.put(Personal::key(user), &stored).tell(&told), after)))
}
