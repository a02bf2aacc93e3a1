//! `POST /v1/account/password`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use selfsame_primitives::Secret;
use selfsame_web::{Code, Json, Nothing, Problem, Reply, Route};
use serde::Deserialize;
use serde_json::json;

use super::operation::{ChangePassword, confirm};
use crate::authentication::By;
use crate::sessions::{self, EndReason};
use crate::{Identity, authentication::SignedIn};
use selfsame_users::records::SecondFactor;

/// The password and what takes its place.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    /// The present one.
    current_password: Secret,
    /// 15 to 128 characters, 8 where a second factor is on; not easy to guess, none of the last
    /// five.
    new_password: Secret,
}

async fn change(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
    Json(request): Json<Change>,
) -> Result<Reply<Nothing>, Problem> {
    let against =
        confirm(&identity, &caller, &request.current_password, "/currentPassword").await?;
    let second_factor = SecondFactor::is_on(&*identity.platform.store, caller.id()).await?;
    let new =
        ChangePassword::prepare(&identity, &caller, against, &request.new_password, second_factor)
            .await?;
    caller.change(&identity.platform, &new.keys(), |loaded| new.decide(loaded)).await?;
    // A client with the old password may have signed in meanwhile.
    let (by, keep) = (By::Owner(&caller), caller.session.as_ref());
    sessions::end_all_except(&identity, by, keep, EndReason::PasswordChanged).await?;
    Ok(Reply::ok(Nothing {}).message("Your password is changed. All other sessions have ended."))
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/v1/account/password", "Change your password", change)
            .describe(
                "Takes the place of the present password, which has to be given, and ends all other sessions. Refused, with the \
                 reason, is what is too short, common, easy to guess, made of your own name or address, or one of your last five.",
            )
            .takes::<Change>(json!({
                "currentPassword": "notes on the analytical engine", "newPassword": "a bridge of very old and quiet stones"
            }))
            .answers::<Nothing>(200, "The new password is the one from now on.", json!({}))
            .problems(&[Code::Conflict, Code::RateLimited]),
    ]
}
