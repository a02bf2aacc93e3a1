//! Reports of unrecognised activity ("this wasn't me").

use std::sync::Arc;

use selfsame_events::{Changes, Entry, Loaded};
use selfsame_primitives::{SessionId, ulid_time};
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::Problem;

use super::events::ActivityDisowned;
use super::{time_search, view};
use crate::Activity;
use selfsame_identity::{authentication::SignedIn, undo};
use selfsame_identity::{sessions::EndReason, sessions::RecentlyAuthenticated, sessions::end_with};
use selfsame_identity::{undo_links::AccountSnapshot, undo_links::UndoHistory};
use selfsame_users::records::Account;
use selfsame_users::records::SecondFactor;
use selfsame_users::records::Session;

/// Most entries that are read to find one by its id: those of the same millisecond.
const READ_LIMIT: usize = 100;
/// Changes of which an earlier state is stored.
const UNDOABLE: &[&str] = &[
    "user.password_changed",
    "user.email_updated",
    "user.2fa_enabled",
    "user.2fa_disabled",
    "user.recovery_codes_replaced",
    "passkey.added",
    "passkey.removed",
];

/// What the report did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Done {
    /// The session of the entry has ended.
    pub(super) session_ended: bool,
    /// The change was undone, and all sessions have ended.
    pub(super) undone: bool,
    /// Only the link in the mail about the change can undo it.
    pub(super) link: bool,
}

/// How a change can be undone.
#[derive(Clone, PartialEq, Debug)]
enum UndoMethod {
    /// Here, by restoring the state with this id.
    Here(String),
    /// By the mailed link.
    Link,
}

/// Finds the entry with the event id `id`, whose time is part of it.
pub(super) async fn find(
    activity: &Activity,
    caller: &SignedIn,
    id: &str,
) -> Result<Entry, Problem> {
    let (user, store) = (caller.id(), &*activity.platform.store);
    let at = ulid_time(id).ok_or_else(Problem::not_found)?;
    let newest = time_search::newest(store, user).await?;
    let behind = time_search::first_after(store, user, newest, at).await?;
    let (entries, _) = time_search::before(store, user, behind, READ_LIMIT).await?;
    let found =
        entries.into_iter().filter_map(|(_, entry)| entry).find(|entry| entry.event_id == id);
    found.filter(view::is_shown).ok_or_else(Problem::not_found)
}

/// Ends the session that `entry` came from, unless it is the caller's own. Undoes the change of the
/// entry where that is allowed here, which requires that the caller has reauthenticated
/// (`recently`).
pub(super) async fn report_unrecognized(
    activity: &Arc<Activity>,
    caller: &SignedIn,
    entry: &Entry,
    recently: Result<RecentlyAuthenticated, Problem>,
) -> Result<Done, Problem> {
    let undo_method = undo_method(activity, caller, entry).await?;
    if matches!(undo_method, Some(UndoMethod::Here(_))) {
        recently?;
    }
    let session_ended = record_report(activity, caller, entry).await?;
    let undone = match &undo_method {
        Some(UndoMethod::Here(state)) => {
            undo::undo_changes(
                &activity.identity,
                caller.id().clone(),
                state.clone(),
                &caller.origin(),
            )
            .await?;
            true
        }
        Some(UndoMethod::Link) | None => false,
    };
    Ok(Done { session_ended, undone, link: undo_method == Some(UndoMethod::Link) })
}

/// Records the report, and ends the session in the same commit.
async fn record_report(
    activity: &Activity,
    caller: &SignedIn,
    entry: &Entry,
) -> Result<bool, Problem> {
    let user = caller.id();
    let other = view::session(entry).filter(|session| caller.session.as_ref() != Some(session));
    let keys: Vec<Key> = other.iter().map(|session| Session::key(user, session)).collect();
    let payload = ActivityDisowned {
        user_id: user.clone(),
        event_id: entry.event_id.clone(),
        disowned_type: view::kind(entry).to_owned(),
    };
    let decide = |loaded: &Loaded| {
        let ends = loaded.has_any(&keys)?;
        let changes = Changes::none().emit(&payload);
        let end = |changes, id: &SessionId| end_with(changes, loaded, user, id, EndReason::Revoked);
        Ok::<_, StoreError>((other.iter().try_fold(changes, end)?, ends))
    };
    caller.change(&activity.platform, &keys, decide).await
}

async fn undo_method(
    activity: &Activity,
    caller: &SignedIn,
    entry: &Entry,
) -> Result<Option<UndoMethod>, Problem> {
    if !UNDOABLE.contains(&entry.event_type.as_str()) {
        return Ok(None);
    }
    let user = caller.id();
    let keys = [UndoHistory::key(user), Account::key(user), SecondFactor::key(user)];
    let items = activity.platform.store.get_many(&keys).await?;
    let [Some(undos), Some(account), factor] = items.as_slice() else { return Ok(None) };
    let undos: UndoHistory = decode(&undos.body).map_err(StoreError::from)?;
    let account: Account = decode(&account.body).map_err(StoreError::from)?;
    let factor = factor.as_ref().map(|item| decode::<SecondFactor>(&item.body)).transpose();
    let factor_required =
        factor.map_err(StoreError::from)?.is_some_and(|factor| factor.enabled_at.is_some());
    let state = undos.states.into_iter().find(|state| state.at == entry.occurred_at);
    let state = state.filter(|state| {
        activity.platform.now().since(state.at) < selfsame_identity::undo_links::KEPT
    });
    Ok(state.map(|state| allowed_undo(state, &account, factor_required)))
}

/// A report restores nothing weaker than what there is: no former address, which only its mailbox
/// can prove, and no account without its second factor. So a session and the password give no more
/// here than the rules of those changes allow (decision 0031).
fn allowed_undo(state: AccountSnapshot, account: &Account, factor_required: bool) -> UndoMethod {
    let same_address = state.email == account.email;
    let keeps_factor = state.second_factor.is_some() || !factor_required;
    if same_address && keeps_factor { UndoMethod::Here(state.id) } else { UndoMethod::Link }
}
