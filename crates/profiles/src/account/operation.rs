//! Changes of personal data, alone or together with the profile.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{FieldFault, IfMatch, Problem};

use super::events::AccountUpdated;
use super::record::{Personal, PersonalData};
use super::rule::{self, AccountUpdate};
use crate::Profiles;
use crate::{primary_profile::ProfileUpdate, primary_profile::updated as profile_updated};
use selfsame_identity::{authentication::SignedIn, sessions::RecentlyAuthenticated};
use selfsame_identity::{email_change, email_change::Begun, email_change::StartEmailChange};
use selfsame_users::populations::put_profile;
use selfsame_users::records::Profile;

/// Personal data and their version; 0 before the first change.
#[derive(Default)]
pub(super) struct LoadedAccount {
    pub(super) version: u64,
    pub(super) data: PersonalData,
}

impl LoadedAccount {
    fn of(
        profiles: &Profiles,
        user: &UserId,
        stored: Option<Personal>,
    ) -> Result<Self, StoreError> {
        let Some(stored) = stored else { return Ok(Self::default()) };
        Ok(Self { version: stored.version, data: stored.open(&profiles.platform.keys, user)? })
    }

    /// The personal data of `user`.
    pub(super) async fn load(profiles: &Profiles, user: &UserId) -> Result<Self, StoreError> {
        let item = profiles.platform.store.get(&Personal::key(user)).await?;
        Self::of(profiles, user, item.map(|item| decode(&item.body)).transpose()?)
    }
}

/// Changes the caller's personal data.
pub(super) async fn change(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    update: &AccountUpdate,
) -> Result<LoadedAccount, Problem> {
    let address = EmailChangePart::of(profiles, caller, update).await?;
    let keys = address.keys(vec![Personal::key(caller.id())]);
    let rule = |loaded: &Loaded| {
        let before =
            LoadedAccount::of(profiles, caller.id(), loaded.get(&Personal::key(caller.id()))?)?;
        if_match.check(before.version)?;
        let (changes, held) =
            applied(profiles, caller, before, update, Changes::none())?.map_err(Problem::faults)?;
        address.begin(changes, loaded, held)
    };
    address.counted(profiles, caller.change_or(&profiles.platform, &keys, rule).await)
}

/// Changes the caller's personal data and profile in one commit. Where any field is wrong, neither
/// changes.
pub(super) async fn change_both(
    profiles: &Profiles,
    caller: &SignedIn,
    (account, profile): &(AccountUpdate, ProfileUpdate),
    pointing: impl Fn(FieldFault) -> FieldFault,
) -> Result<(LoadedAccount, Profile), Problem> {
    let address = EmailChangePart::of(profiles, caller, account).await?;
    let (personal_key, profile_key) = (Personal::key(caller.id()), Profile::key(caller.id()));
    let keys = address.keys(vec![personal_key.clone(), profile_key.clone()]);
    let rule = |loaded: &Loaded| {
        let held = LoadedAccount::of(profiles, caller.id(), loaded.get(&personal_key)?)?;
        let shown: Profile = loaded.get(&profile_key)?.ok_or_else(Problem::not_found)?;
        let (changes, shown, mut errors) =
            match profile_updated(caller.id(), &shown, profile, loaded.now()) {
                Ok(None) => (Changes::none(), shown, Vec::new()),
                Ok(Some((after, profile_changes))) => {
                    (put_profile(profile_changes, caller.id(), &after), after, Vec::new())
                }
                Err(problem) => (Changes::none(), shown, problem.errors),
            };
        match applied(profiles, caller, held, account, changes)? {
            Ok((changes, held)) if errors.is_empty() => {
                address.begin(changes, loaded, (held, shown))
            }
            Ok(_) => Err(Problem::faults(errors).into()),
            Err(wrong) => {
                errors.extend(wrong.into_iter().map(&pointing));
                Err(Problem::faults(errors).into())
            }
        }
    };
    address.counted(profiles, caller.change_or(&profiles.platform, &keys, rule).await)
}

/// The part of an update that asks for another email address, if it does.
struct EmailChangePart(Option<StartEmailChange>);

impl EmailChangePart {
    /// Another address needs recent reauthentication, as in `POST /auth/profile/email/initiate`.
    async fn of(
        profiles: &Profiles,
        caller: &SignedIn,
        update: &AccountUpdate,
    ) -> Result<Self, Problem> {
        let requested = rule::requested_email(&update.email, caller.person.account.email.as_ref());
        // A fault of the address is reported together with the faults of other fields.
        let Ok(Some(email)) = requested else { return Ok(Self(None)) };
        let recent = RecentlyAuthenticated::of(&profiles.identity, caller.clone()).await?;
        Ok(Self(Some(StartEmailChange::new(&profiles.identity, &recent, &email).await?)))
    }

    /// The keys to load, with `others`.
    fn keys(&self, mut others: Vec<Key>) -> Vec<Key> {
        others.extend(self.0.iter().flat_map(StartEmailChange::keys));
        others
    }

    /// The changes to commit, and the outcome if the address is free.
    fn begin<T>(
        &self,
        changes: Changes,
        loaded: &Loaded,
        answer: T,
    ) -> Result<(Changes, (Begun, T)), Refusal> {
        let (changes, begun) = match &self.0 {
            Some(beginning) => beginning.begin(changes, loaded)?,
            None => (changes, Begun::Sent),
        };
        Ok((changes, (begun, answer)))
    }

    /// The outcome of the change, once it is counted.
    fn counted<T>(
        &self,
        profiles: &Profiles,
        outcome: Result<(Begun, T), Refusal>,
    ) -> Result<T, Problem> {
        if self.0.is_some() {
            match &outcome {
                Ok((begun, _)) => email_change::count(&profiles.identity, Ok(*begun)),
                Err(Refusal::Email(refusal)) => {
                    email_change::count(&profiles.identity, Err(refusal));
                }
                Err(Refusal::Other(_)) => {}
            }
        }
        let (begun, answer) = outcome.map_err(|refusal| match refusal {
            Refusal::Email(refusal) => refusal.into(),
            Refusal::Other(problem) => problem,
        })?;
        begun.check()?;
        Ok(answer)
    }
}

/// Why nothing changes.
enum Refusal {
    /// The email change is refused.
    Email(email_change::ChangeEmailError),
    /// Anything else.
    Other(Problem),
}

impl From<email_change::ChangeEmailError> for Refusal {
    fn from(refusal: email_change::ChangeEmailError) -> Self {
        Self::Email(refusal)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

/// `changes` with what `update` makes of the caller's data, or the faults of `update`.
fn applied(
    profiles: &Profiles,
    caller: &SignedIn,
    before: LoadedAccount,
    update: &AccountUpdate,
    changes: Changes,
) -> Result<Result<(Changes, LoadedAccount), Vec<FieldFault>>, StoreError> {
    let user = caller.id();
    let data = match rule::updated(&before.data, update, caller.person.account.email.as_ref()) {
        Ok(data) => data,
        Err(errors) => return Ok(Err(errors)),
    };
    let fields = rule::changed(&before.data, &data);
    if fields.is_empty() {
        return Ok(Ok((changes, before)));
    }
    let after = LoadedAccount { version: before.version + 1, data };
    let stored = Personal::seal(
        &profiles.platform.keys,
        &*profiles.platform.random,
        user,
        after.version,
        &after.data,
    )?;
    let payload = AccountUpdated { user_id: user.clone(), version: after.version, changed: fields };
    Ok(Ok((changes.put(Personal::key(user), &stored).emit(&payload), after)))
}
