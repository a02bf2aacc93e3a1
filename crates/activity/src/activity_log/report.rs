//! "This wasn't me."

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

/// Entries that are looked at to find one by its id: those of the same millisecond.
const LOOK: usize = 100;
/// Changes of which a state from before is kept.
const UNDOABLE: &[&str] = &[
    "user.password_changed",
    "user.email_updated",
    "user.2fa_enabled",
    "user.2fa_disabled",
    "user.recovery_codes_replaced",
    "passkey.added",
    "passkey.removed",
];

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Done {
    /// The session that did it has ended.
    pub(super) session_ended: bool,
    /// The change was taken back, and all sessions have ended.
    pub(super) undone: bool,
    /// The link in the mail that told of the change takes it back; it can't be taken back from
    /// here.
    pub(super) link: bool,
}

/// How a change can be taken back.
#[derive(Clone, PartialEq, Debug)]
enum Way {
    /// Here: by going back to the state with this id.
    Here(String),
    /// By the link that was mailed.
    Link,
}

/// Finds the entry with the event id `id`. The id says when that was.
pub(super) async fn find(
    activity: &Activity,
    caller: &SignedIn,
    id: &str,
) -> Result<Entry, Problem> {
    let (user, store) = (caller.id(), &*activity.platform.store);
    let at = ulid_time(id).ok_or_else(Problem::not_found)?;
    let newest = time_search::newest(store, user).await?;
    let behind = time_search::first_after(store, user, newest, at).await?;
    let (entries, _) = time_search::before(store, user, behind, LOOK).await?;
    let found =
        entries.into_iter().filter_map(|(_, entry)| entry).find(|entry| entry.event_id == id);
    found.filter(view::is_shown).ok_or_else(Problem::not_found)
}

/// Ends the session that `entry` came from, unless it is the caller's own; takes the change back
/// that it tells of, if that can be done here, for which the caller must have shown `recently` who
/// they are.
pub(super) async fn report_unrecognized(
    activity: &Arc<Activity>,
    caller: &SignedIn,
    entry: &Entry,
    recently: Result<RecentlyAuthenticated, Problem>,
) -> Result<Done, Problem> {
    let way = way_back(activity, caller, entry).await?;
    if matches!(way, Some(Way::Here(_))) {
        recently?;
    }
    let session_ended = note(activity, caller, entry).await?;
    let undone = match &way {
        Some(Way::Here(state)) => {
            undo::undo_changes(
                &activity.identity,
                caller.id().clone(),
                state.clone(),
                &caller.origin(),
            )
            .await?;
            true
        }
        Some(Way::Link) | None => false,
    };
    Ok(Done { session_ended, undone, link: way == Some(Way::Link) })
}

/// Tells that the person says so, and ends the session together with that.
async fn note(activity: &Activity, caller: &SignedIn, entry: &Entry) -> Result<bool, Problem> {
    let user = caller.id();
    let other = view::session(entry).filter(|session| caller.session.as_ref() != Some(session));
    let keys: Vec<Key> = other.iter().map(|session| Session::key(user, session)).collect();
    let told = ActivityDisowned {
        user_id: user.clone(),
        event_id: entry.event_id.clone(),
        disowned_type: view::kind(entry).to_owned(),
    };
    let decide = |loaded: &Loaded| {
        let ends = loaded.has_any(&keys)?;
        let changes = Changes::none().emit(&told);
        let end = |changes, id: &SessionId| end_with(changes, loaded, user, id, EndReason::Revoked);
        Ok::<_, StoreError>((other.iter().try_fold(changes, end)?, ends))
    };
    caller.change(&activity.platform, &keys, decide).await
}

async fn way_back(
    activity: &Activity,
    caller: &SignedIn,
    entry: &Entry,
) -> Result<Option<Way>, Problem> {
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
    let asked_for =
        factor.map_err(StoreError::from)?.is_some_and(|factor| factor.enabled_at.is_some());
    let state = undos.states.into_iter().find(|state| state.at == entry.occurred_at);
    let state = state.filter(|state| {
        activity.platform.now().since(state.at) < selfsame_identity::undo_links::KEPT
    });
    Ok(state.map(|state| way(state, &account, asked_for)))
}

/// From here nothing is brought back that is weaker than what there is: no other address, which
/// only the mailbox that it was can prove, and no account without the second factor that it has.
/// Whoever holds a session and the password gets nothing by this that the rules for those changes
/// would not have given them.
fn way(state: AccountSnapshot, account: &Account, factor_asked_for: bool) -> Way {
    let same_address = state.email == account.email;
    let keeps_factor = state.second_factor.is_some() || !factor_asked_for;
    if same_address && keeps_factor { Way::Here(state.id) } else { Way::Link }
}
