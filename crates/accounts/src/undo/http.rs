//! `POST /auth/undo`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use schemars::JsonSchema;
use selfsame_basics::{EmailAddress, Secret, UserId};
use selfsame_events::Origin;
use selfsame_items::{StoreError, decode};
use selfsame_web::{Access, Client, Code, Json, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::UNDOINGS;
use super::rule::{Undoing, not_good};
use crate::notices::{self, Undos};
use crate::sessions::{Closing, Ending, end_all_but};
use crate::{Account, App, passkeys};

/// Passkeys that were made so long before the change go with it: a thief who got in makes one first.
const SUSPECT: Duration = Duration::from_hours(7 * 24);

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
    /// Always `reset_password`.
    next_step: &'static str,
}

async fn undo(
    State(app): State<Arc<App>>,
    client: Client,
    Json(Undo { token }): Json<Undo>,
) -> Result<Reply<Undone>, Problem> {
    let undone = follow(&app, &client, &token).await;
    let outcome = match undone.as_ref().map_err(|problem| problem.code) {
        Ok(_) => "undone",
        Err(Code::Invalid) => "refused",
        Err(_) => "failed",
    };
    app.counts.add(&UNDOINGS, outcome);
    let reply = Reply::ok(Undone { email: undone?, next_step: "reset_password" });
    Ok(reply.message("This was undone and all sessions have ended. Choose a new password to sign in again."))
}

async fn follow(app: &App, client: &Client, token: &Secret) -> Result<Option<EmailAddress>, Problem> {
    let (user, id) = notices::open(&app.keys, token.expose()).ok_or_else(not_good)?;
    take_back(app, user, id, &client.origin(None)).await
}

/// Brings the state `id` of `user` back, and says which address the account has then.
pub(crate) async fn take_back(
    app: &App,
    user: UserId,
    id: String,
    origin: &Origin,
) -> Result<Option<EmailAddress>, Problem> {
    let undoing = prepare(app, user, id).await?;
    let decide = |loaded: &_| undoing.decide(loaded);
    let email = app.journal.change(&undoing.user, &undoing.keys(), origin, decide).await?;
    // Somebody may have signed in while this was decided.
    end_all_but(app, &undoing.user, None, origin, Ending::Undone).await?;
    Ok(email)
}

async fn prepare(app: &App, user: UserId, id: String) -> Result<Undoing, Problem> {
    let items = app.store.get_many(&[Undos::key(&user), Account::key(&user)]).await?;
    let [Some(undos), Some(account)] = items.as_slice() else { return Err(not_good()) };
    let undos = decode::<Undos>(&undos.body).map_err(StoreError::from)?;
    let account = decode::<Account>(&account.body).map_err(StoreError::from)?;
    let (_, state) = undos.back_to(&id, app.now()).ok_or_else(not_good)?;
    let claimed = |email: EmailAddress| {
        let key = app.email_claim(&email);
        (email, key)
    };
    let passkeys = passkeys::made_since(&*app.store, &user, state.at, SUSPECT).await?;
    let closing = Closing::of_others(app, &user, None, Ending::Undone).await?;
    let (present, former) = (account.email.map(claimed), state.email.map(claimed));
    Ok(Undoing { user, id, present, former, passkeys, closing })
}

pub(super) fn routes() -> Vec<Route<Arc<App>>> {
    vec![
        Route::post("/auth/undo", "Take a change back that somebody else made", undo)
            .describe(
                "Takes the token of the link in a mail that told of another password, address or second factor: good for seven days \
                 and once. Address and second factor are again what they were before that change, whatever came after it; passkeys \
                 made since a week before it are gone, all sessions end, and the password is void: a new one is chosen by \
                 `/auth/password/forgot`.",
            )
            .access(Access::Public)
            .takes::<Undo>(json!({"token": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ"}))
            .answers::<Undone>(
                200,
                "The account is its owner's again.",
                json!({"email": "ada@example.org", "nextStep": "reset_password"}),
            )
            .problems(&[Code::Conflict]),
    ]
}
