//! `POST /auth/undo`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use selfsame_events::{Changes, Origin, run_to_completion};
use selfsame_primitives::{EmailAddress, Secret, Timestamp, UserId};
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{Access, Client, Code, Json, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::UNDOINGS;
use super::rule::{UndoChanges, UndoOutcome, not_good, remove};
use crate::authentication::By;
use crate::sessions::{EndReason, EndSessions, end_all_except};
use crate::{Identity, passkeys};
use crate::{undo_links, undo_links::KEPT, undo_links::UndoHistory};
use selfsame_users::records::Account;

/// How many passkeys go in one commit: as many as an account may have, well within its 100 writes.
const TOGETHER: usize = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Undo {
    /// What stands in the link.
    token: Secret,
}

/// What to do next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Undone {
    /// The account's address, which a code for a new password can be mailed to.
    email: Option<EmailAddress>,
    /// What the passkeys were called that were removed. Whose own is among them adds it again.
    removed_passkeys: Vec<String>,
    /// Always `reset_password`.
    next_step: &'static str,
}

async fn undo(
    State(identity): State<Arc<Identity>>,
    client: Client,
    Json(Undo { token }): Json<Undo>,
) -> Result<Reply<Undone>, Problem> {
    let undone = follow(&identity, &client, &token).await;
    let outcome = match undone.as_ref().map_err(|problem| problem.code) {
        Ok(_) => "undone",
        Err(Code::Invalid) => "refused",
        Err(_) => "failed",
    };
    identity.platform.counters.add(&UNDOINGS, outcome);
    let UndoOutcome { email, removed_passkeys } = undone?;
    let reply = Reply::ok(Undone { email, removed_passkeys, next_step: "reset_password" });
    Ok(reply.message(
        "This was undone and all sessions have ended. Choose a new password to sign in again.",
    ))
}

async fn follow(
    identity: &Arc<Identity>,
    client: &Client,
    token: &Secret,
) -> Result<UndoOutcome, Problem> {
    let (user, id) =
        undo_links::open(&identity.platform.keys, token.expose()).ok_or_else(not_good)?;
    undo_changes(identity, user, id, &client.origin(None)).await
}

/// Restores the state `id` of `user`. It runs to completion once it has begun: a thief whom one
/// commit signs out may have another way in that only the next one removes, and the link is valid
/// once.
pub async fn undo_changes(
    identity: &Arc<Identity>,
    user: UserId,
    id: String,
    origin: &Origin,
) -> Result<UndoOutcome, Problem> {
    let (identity, origin) = (Arc::clone(identity), origin.clone());
    run_to_completion(async move { bring_back(&identity, user, id, &origin).await }).await
}

async fn bring_back(
    identity: &Identity,
    user: UserId,
    id: String,
    origin: &Origin,
) -> Result<UndoOutcome, Problem> {
    let (undoing, times) = prepare(identity, user, id, origin).await?;
    // Before the commit that spends the link: after a crash in between the link is valid for
    // another try (decision 0033).
    bring_passkeys_back(identity, &undoing.user, times, origin).await?;
    let decide = |loaded: &_| undoing.decide(loaded);
    let mut restored =
        identity.platform.journal.change(&undoing.user, &undoing.keys(), origin, decide).await?;
    // A client may have signed in meanwhile and added a passkey before that session ended too.
    end_all_except(identity, By::Other(&undoing.user, origin), None, EndReason::Undone).await?;
    restored
        .removed_passkeys
        .extend(remove_late(identity, &undoing.user, times.suspect, origin).await?);
    // And may have removed again what was restored.
    bring_passkeys_back(identity, &undoing.user, times, origin).await?;
    Ok(restored)
}

/// Restores the passkeys that were removed since the change, except suspect ones.
async fn bring_passkeys_back(
    identity: &Identity,
    user: &UserId,
    times: Times,
    origin: &Origin,
) -> Result<(), Problem> {
    let (made_before, removed_since) = (times.suspect, times.changed);
    let removed =
        passkeys::removed(&*identity.platform.store, user, made_before, removed_since).await?;
    for some in removed.chunks(TOGETHER) {
        let keys: Vec<Key> = some.iter().flat_map(|passkey| passkey.keys(user)).collect();
        let decide = |loaded: &_| Ok((passkeys::bring_back(loaded, user, some)?, ()));
        identity.platform.journal.change::<_, StoreError, _>(user, &keys, origin, decide).await?;
    }
    Ok(())
}

/// The times of an undo.
#[derive(Clone, Copy)]
struct Times {
    /// Passkeys that were made since then are suspect.
    suspect: Timestamp,
    /// The change itself.
    changed: Timestamp,
}

/// Removes what was made of passkeys since `suspect`, and says what they were called.
async fn remove_late(
    identity: &Identity,
    user: &UserId,
    suspect: Timestamp,
    origin: &Origin,
) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    for some in
        passkeys::made_since(&*identity.platform.store, user, suspect).await?.chunks(TOGETHER)
    {
        let decide = |loaded: &_| remove(Changes::none(), loaded, user, some);
        names.extend(
            identity
                .platform
                .journal
                .change::<_, StoreError, _>(user, some, origin, decide)
                .await?,
        );
    }
    Ok(names)
}

/// Loads what is to be undone, and since when passkeys are suspect. A thief may have added one
/// before the change, so those go that were made in the time for which their own links are valid
/// (decision 0033).
async fn prepare(
    identity: &Identity,
    user: UserId,
    id: String,
    origin: &Origin,
) -> Result<(UndoChanges, Times), Problem> {
    let items =
        identity.platform.store.get_many(&[UndoHistory::key(&user), Account::key(&user)]).await?;
    let [Some(undos), Some(account)] = items.as_slice() else { return Err(not_good()) };
    let undos = decode::<UndoHistory>(&undos.body).map_err(StoreError::from)?;
    let account = decode::<Account>(&account.body).map_err(StoreError::from)?;
    let state = undos.restore(&id, identity.platform.now()).ok_or_else(not_good)?.state;
    let claimed = |email: EmailAddress| {
        let key = identity.users.email_claim(&email);
        (email, key)
    };
    let changed = state.was_at();
    let suspect = changed.minus(KEPT);
    let mut passkeys: Vec<Key> =
        passkeys::made_since(&*identity.platform.store, &user, suspect).await?;
    passkeys.truncate(TOGETHER);
    let sessions =
        EndSessions::all_except(identity, By::Other(&user, origin), None, EndReason::Undone)
            .await?;
    let (present, former) = (account.email.map(claimed), state.email.map(claimed));
    Ok((UndoChanges { user, id, present, former, passkeys, sessions }, Times { suspect, changed }))
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/auth/undo", "Take a change back that somebody else made", undo)
            .describe(
                "Takes the token of the link in a mail that told of another password, address or second factor, or of a passkey: good \
                 for seven days and once. Address, second factor and recovery codes are again what they were before that change, \
                 whatever came after it; passkeys that were removed since are back, those made since a week before it are gone and \
                 named in the answer, all sessions end, and the password is void: a new one is chosen by `/auth/password/forgot`.",
            )
            .access(Access::Public)
            .takes::<Undo>(json!({"token": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ"}))
            .answers::<Undone>(
                200,
                "The account is its owner's again.",
                json!({"email": "ada@example.org", "removedPasskeys": ["Phone"], "nextStep": "reset_password"}),
            )
            .problems(&[Code::Conflict]),
    ]
}
