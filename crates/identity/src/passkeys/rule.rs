//! The rules for adding, renaming and removing passkeys.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{SessionId, UserId};
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Fault, Problem};
use thiserror::Error;

use super::challenge::Challenge;
use super::events::{PasskeyAdded, PasskeyRemoved};
use super::record::{MOST, Passkey, RemovedPasskey};
use crate::{undo_links::KEPT, undo_links::UndoNotice};
use selfsame_users::records::Session;

/// Why there is no new passkey.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("the challenge was answered before")]
    Spent,
    #[error("it is there already")]
    Known,
    #[error("there are {MOST} already")]
    TooMany,
    #[error("the session has ended meanwhile")]
    SignedOut,
    #[error("there is no such passkey")]
    Unknown,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Spent => Self::fault("/credential", Fault::WrongPasskey),
            Refusal::Known => Self::new(Code::Conflict, Detail::PasskeyKnown),
            Refusal::TooMany => Self::new(Code::Conflict, Detail::PasskeysFull { max: MOST }),
            Refusal::SignedOut => Self::unauthenticated(),
            Refusal::Unknown => Self::not_found(),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// A passkey to register.
pub(super) struct RegisterPasskey<'n> {
    pub(super) user: &'n UserId,
    /// The session of the registration. It must still exist in the commit: an undo that ended it
    /// must not miss a passkey (decision 0033).
    pub(super) session: &'n SessionId,
    pub(super) passkey: Passkey,
    pub(super) challenge: &'n Challenge,
    /// The mail to the owner.
    pub(super) notice: UndoNotice,
}

impl RegisterPasskey<'_> {
    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        let own = [
            Passkey::key(self.user, &self.passkey.id),
            self.challenge.key(self.user),
            Session::key(self.user, self.session),
        ];
        [own.to_vec(), self.notice.keys()].concat()
    }

    /// Stores it and mails the owner.
    pub(super) fn add(&self, loaded: &Loaded) -> Result<(Changes, Passkey), Refusal> {
        if !loaded.has(&Session::key(self.user, self.session))? {
            return Err(Refusal::SignedOut);
        }
        if self.challenge.is_spent(loaded, self.user)? {
            return Err(Refusal::Spent);
        }
        let key = Passkey::key(self.user, &self.passkey.id);
        if loaded.has(&key)? {
            return Err(Refusal::Known);
        }
        let passkey = Passkey { created_at: loaded.now(), ..self.passkey.clone() };
        let (passkey_id, name) = (passkey.id.clone(), passkey.name.clone());
        let event = PasskeyAdded { user_id: self.user.clone(), passkey_id, name };
        let changes =
            self.challenge.spend(Changes::none(), self.user).put(key, &passkey).emit(&event);
        Ok((self.notice.apply(changes, loaded)?, passkey))
    }
}

/// What has to be loaded for [`rename`].
pub(super) fn rename_keys(user: &UserId, id: &str) -> [Key; 1] {
    [Passkey::key(user, id)]
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

/// What has to be loaded for [`remove`].
pub(super) fn remove_keys(user: &UserId, id: &str, notice: &UndoNotice) -> Vec<Key> {
    [vec![Passkey::key(user, id)], notice.keys()].concat()
}

/// Removes it and mails the owner, who can undo that while the link is valid.
pub(super) fn remove(
    loaded: &Loaded,
    user: &UserId,
    id: &str,
    notice: &UndoNotice,
) -> Result<(Changes, ()), Refusal> {
    let key = Passkey::key(user, id);
    let passkey = loaded.get::<Passkey>(&key)?.ok_or(Refusal::Unknown)?;
    let (changes, _) = remove_with(Changes::none(), loaded, user, &key)?;
    let removed = RemovedPasskey { passkey, removed_at: loaded.now() };
    let changes =
        changes.put_until(RemovedPasskey::key(user, id), &removed, loaded.now().plus(KEPT));
    Ok((notice.apply(changes, loaded)?, ()))
}

/// Restores `removed` passkeys that don't exist again.
pub(crate) fn bring_back(
    loaded: &Loaded,
    user: &UserId,
    removed: &[RemovedPasskey],
) -> Result<Changes, StoreError> {
    removed.iter().try_fold(Changes::none(), |changes, removed| {
        let [removed_key, key] = removed.keys(user);
        let is_back = loaded.has(&key)?;
        let found = loaded.get::<RemovedPasskey>(&removed_key)?.filter(|_| !is_back);
        let Some(RemovedPasskey { passkey, .. }) = found else { return Ok(changes) };
        let (passkey_id, name) = (passkey.id.clone(), passkey.name.clone());
        let event = PasskeyAdded { user_id: user.clone(), passkey_id, name };
        Ok(changes.put(key, &passkey).delete(removed_key).emit(&event))
    })
}

/// Removes the passkey at `key` with `changes`; returns its name, if it exists.
pub(crate) fn remove_with(
    changes: Changes,
    loaded: &Loaded,
    user: &UserId,
    key: &Key,
) -> Result<(Changes, Option<String>), StoreError> {
    let Some(Passkey { id, name, .. }) = loaded.get::<Passkey>(key)? else {
        return Ok((changes, None));
    };
    let event = PasskeyRemoved { user_id: user.clone(), passkey_id: id, name: name.clone() };
    Ok((changes.delete(key.clone()).emit(&event), Some(name)))
}
