//! Suspension of an account: it can't sign in, and is not visible.

use schemars::JsonSchema;
use selfsame_events::{Changes, EventPayload, Head, Loaded, Status};
use selfsame_primitives::{TextProblem, UserId, clean_paragraphs};
use selfsame_store::{StoreError, decode};
use selfsame_web::{Code, Detail, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::record::{Suspension, SuspensionView};
use crate::Identity;
use crate::actor::Actor;
use crate::authentication::By;
use crate::sessions::{EndReason, EndSessions, end_all_except};

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// Why an account is to be stopped.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuspendRequest {
    /// Why, for those who decide about it.
    #[schemars(length(min = 1, max = 500))]
    pub reason: String,
}

/// `user.suspended`. Why is not told: it is for those who decide about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSuspended {
    /// Whose account.
    pub user_id: UserId,
    /// Who has stopped it.
    pub service: String,
}

impl EventPayload for UserSuspended {
    const TYPE: &'static str = "user.suspended";
    const SUMMARY: &'static str =
        "An account was stopped: nobody can sign in to it, and nobody sees it.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "service": "moderation"})
    }
}

/// Suspends the account of `user`, ends its sessions and stores the reason. A suspended account
/// stays as it is.
pub async fn suspend(
    identity: &Identity,
    user: &UserId,
    request: &SuspendRequest,
    by: &Actor,
) -> Result<SuspensionView, Problem> {
    let reason = reason(&request.reason).map_err(|problem| Problem::fault("/reason", problem))?;
    let (key, sessions) = (
        Suspension::key(user),
        EndSessions::of_newest(identity, user, EndReason::Suspended).await?,
    );
    let decide = |loaded: &Loaded| {
        let head: Head = loaded.get(&Head::key(user))?.ok_or_else(Problem::not_found)?;
        match head.status {
            Status::Suspended => {
                return Ok((
                    Changes::none(),
                    SuspensionView::of(user, head.status, loaded.get(&key)?),
                ));
            }
            Status::Leaving => return Err(leaving()),
            Status::Active | Status::Pending => {}
        }
        let (service, at) = (by.service.clone(), loaded.now());
        let suspension = Suspension { reason: reason.clone(), service, at, before: head.status };
        let event = UserSuspended { user_id: user.clone(), service: by.service.clone() };
        let changes =
            Changes::none().put(key.clone(), &suspension).status(Status::Suspended).emit(&event);
        let changes = sessions.end(changes, loaded)?;
        Ok((changes, SuspensionView::of(user, Status::Suspended, Some(suspension))))
    };
    let keys = [vec![key.clone()], sessions.keys()].concat();
    let standing = by.change(&identity.platform, user, &keys, decide).await?;
    // From that commit on no session is valid and none can start, so this misses none: one that had
    // just started, or those beyond one commit. A repeated suspension ends those that a crash has
    // left.
    end_sessions(identity, user, by).await?;
    Ok(standing)
}

/// Ends sessions that a crash has left, if the account of `user` is still suspended.
pub async fn end_remaining_sessions(
    identity: &Identity,
    user: &UserId,
    by: &Actor,
) -> Result<(), Problem> {
    if is_stopped(identity, user).await? {
        end_sessions(identity, user, by).await?;
    }
    Ok(())
}

/// Whether the account of `user` is suspended, read from the store: the cache of this process may
/// be behind another one.
pub(super) async fn is_stopped(identity: &Identity, user: &UserId) -> Result<bool, StoreError> {
    let item = identity.platform.store.get(&Head::key(user)).await?;
    let head = item.map(|item| decode::<Head>(&item.body)).transpose()?;
    Ok(head.is_some_and(|head| head.status == Status::Suspended))
}

async fn end_sessions(identity: &Identity, user: &UserId, by: &Actor) -> Result<(), Problem> {
    end_all_except(identity, By::Other(user, &by.origin), None, EndReason::Suspended)
        .await
        .map(drop)
}

fn reason(text: &str) -> Result<String, TextProblem> {
    let text = clean_paragraphs(text, LONGEST)?;
    if text.is_empty() { Err(TextProblem::Empty) } else { Ok(text) }
}

fn leaving() -> Problem {
    Problem::new(Code::Conflict, Detail::AccountLeaving)
}
