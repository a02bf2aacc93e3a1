//! Reinstatement of an account.

use schemars::JsonSchema;
use selfsame_events::{Changes, EventPayload, Head, Loaded, Status};
use selfsame_primitives::UserId;
use selfsame_web::Problem;
use serde::Serialize;
use serde_json::{Value, json};

use super::record::{Suspension, SuspensionView};
use super::suspend::is_stopped;
use crate::Identity;
use crate::actor::Actor;
use crate::authentication::By;
use crate::sessions::{EndReason, EndSessions, end_all_except};

/// `user.reinstated`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserReinstated {
    /// Whose account.
    pub user_id: UserId,
    /// Who has reinstated it.
    pub service: String,
}

impl EventPayload for UserReinstated {
    const TYPE: &'static str = "user.reinstated";
    const SUMMARY: &'static str = "An account that was stopped works again.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "service": "moderation"})
    }
}

/// Restores the status of `user` before the suspension. An account that is not suspended stays as
/// it is.
pub async fn reinstate(
    identity: &Identity,
    user: &UserId,
    by: &Actor,
) -> Result<SuspensionView, Problem> {
    if is_stopped(identity, user).await? {
        // A crash during the suspension may have left sessions, which must not become valid again.
        end_all_except(identity, By::Other(user, &by.origin), None, EndReason::Suspended).await?;
    }
    // The same for a suspension that commits only now and crashes before it has ended them.
    let (key, sessions) = (
        Suspension::key(user),
        EndSessions::of_newest(identity, user, EndReason::Suspended).await?,
    );
    let decide = |loaded: &Loaded| {
        let head: Head = loaded.get(&Head::key(user))?.ok_or_else(Problem::not_found)?;
        if head.status != Status::Suspended {
            return Ok((Changes::none(), SuspensionView::of(user, head.status, None)));
        }
        let suspension = loaded.get::<Suspension>(&key)?;
        let status = suspension.map_or(Status::Active, |suspension| suspension.before);
        let event = UserReinstated { user_id: user.clone(), service: by.service.clone() };
        let changes = sessions.end(Changes::none().delete(key.clone()).status(status), loaded)?;
        Ok((changes.emit(&event), SuspensionView::of(user, status, None)))
    };
    let keys = [vec![key.clone()], sessions.keys()].concat();
    by.change(&identity.platform, user, &keys, decide).await
}
