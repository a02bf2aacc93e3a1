//! Passkeys come, are renamed and go.

use selfsame_basics::UserId;
use selfsame_events::{Changes, Loaded};
use selfsame_items::StoreError;
use selfsame_web::{Code, Problem};
use thiserror::Error;

use super::challenge::Challenge;
use super::facts::{PasskeyAdded, PasskeyRemoved};
use super::record::{MOST, Passkey};

/// Why there is no new passkey.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("the challenge was answered before")]
    Spent,
    #[error("it is there already")]
    Known,
    #[error("there are {MOST} already")]
    TooMany,
    #[error("there is no such passkey")]
    Unknown,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Spent => Self::field("/credential", "is no answer to a challenge that is open"),
            Refusal::Known => Self::new(Code::Conflict, "This passkey is there already."),
            Refusal::TooMany => {
                Self::new(Code::Conflict, format!("There are {MOST} passkeys already. Remove one first."))
            }
            Refusal::Unknown => Self::not_found(),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// Keeps a new passkey.
pub(super) fn add(
    loaded: &Loaded,
    user: &UserId,
    passkey: &Passkey,
    challenge: &Challenge,
) -> Result<(Changes, ()), Refusal> {
    if challenge.is_spent(loaded, user) {
        return Err(Refusal::Spent);
    }
    let key = Passkey::key(user, &passkey.id);
    if loaded.has(&key) {
        return Err(Refusal::Known);
    }
    let (passkey_id, name) = (passkey.id.clone(), passkey.name.clone());
    let told = PasskeyAdded { user_id: user.clone(), passkey_id, name };
    Ok((challenge.spend(Changes::none(), user).put(key, passkey).tell(&told), ()))
}

/// Calls it something else.
pub(super) fn rename(
    loaded: &Loaded,
    user: &UserId,
    id: &str,
    name: &str,
) -> Result<(Changes, Passkey), Refusal> {
    let key = Passkey::key(user, id);
    let mut passkey = loaded.get::<Passkey>(&key)?.ok_or(Refusal::Unknown)?;
    name.clone_into(&mut passkey.name);
    Ok((Changes::none().put(key, &passkey), passkey))
}

/// Forgets it.
pub(super) fn remove(loaded: &Loaded, user: &UserId, id: &str) -> Result<(Changes, ()), Refusal> {
    let key = Passkey::key(user, id);
    let passkey = loaded.get::<Passkey>(&key)?.ok_or(Refusal::Unknown)?;
    let told = PasskeyRemoved { user_id: user.clone(), passkey_id: passkey.id, name: passkey.name };
    Ok((Changes::none().delete(key).tell(&told), ()))
}
