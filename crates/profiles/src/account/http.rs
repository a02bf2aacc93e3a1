//! The routes of an account.

use crate::Profiles;
use std::sync::Arc;

use ::http::HeaderMap;
use axum::extract::State;
use axum::response::Response;
use selfsame_web::{Checked, Code, IfMatch, Problem, Reply, Route};
use serde_json::json;

use super::flat_update::{UserUpdate, flattened};
use super::operation::{LoadedAccount, change, change_both};
use super::rule::AccountUpdate;
use super::view::{AccountView, Sources, UserView, account_example, user_example};
use selfsame_identity::authentication::SignedIn;

async fn get(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let held = LoadedAccount::load(&profiles, caller.id()).await?;
    Ok(respond(&Sources::of(&profiles, &caller, held).await?, &headers))
}

async fn put(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    if_match: IfMatch,
    Checked(update): Checked<AccountUpdate>,
) -> Result<Response, Problem> {
    let held = change(&profiles, &caller, &if_match, &update).await?;
    Ok(respond(&Sources::of(&profiles, &caller, held).await?, &HeaderMap::new()))
}

fn respond(sources: &Sources<'_>, headers: &HeaderMap) -> Response {
    Reply::ok(sources.account()).ready().versioned(sources.version()).respond(headers)
}

async fn get_user(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let held = LoadedAccount::load(&profiles, caller.id()).await?;
    let sources = Sources::of(&profiles, &caller, held).await?;
    Ok(Reply::ok(sources.user()).ready().respond(&headers))
}

async fn update_user(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Checked(update): Checked<UserUpdate>,
) -> Result<Response, Problem> {
    let (held, profile) = change_both(&profiles, &caller, &update.parts(), flattened).await?;
    let sources = Sources::of(&profiles, &caller, held).await?.with(profile);
    Ok(Reply::ok(sources.user()).ready().respond(&HeaderMap::new()))
}

/// The codes with which another email address is refused.
const READDRESSING: &[Code] =
    &[Code::EmailTaken, Code::Conflict, Code::ReauthenticationRequired, Code::RateLimited];

pub(super) fn routes() -> Vec<Route<Arc<Profiles>>> {
    let if_match = json!({"type": "string", "examples": ["\"3-Zk3bq0c1N2p4\""]});
    let update = json!({
        "name": {"first": "John", "last": "Doe"},
        "phone": "(415) 555-2671",
        "phoneCountry": "US",
        "address": {"line1": "1 Market Street", "city": "San Francisco", "region": "CA", "postalCode": "94105", "country": "US"}
    });
    let changes = |route: Route<Arc<Profiles>>| {
        route
            .describe(
                "Name, phone number and address. Fields and parts that are absent stay as they are; `null` clears. Phone numbers \
                 are kept in the form of E.164. An `email` other than the present one begins its change, exactly as \
                 `POST /auth/profile/email/initiate` does: it needs a proof of who you are that is not older than ten minutes, a code \
                 goes to the new address, and that is shown as `pendingEmail` until the code is given to \
                 `/auth/profile/email/complete` or is ten minutes old. All fields are changed or, where one is refused, none.",
            )
            .parameter("header", "If-Match", if_match.clone(), "Refuses the change with 412 when the account has another version by now.")
            .takes::<AccountUpdate>(update.clone())
            .takes_as::<AccountUpdate>("application/merge-patch+json", json!({"phone": null}))
            .answers::<AccountView<'_>>(200, "The account after the change.", account_example())
            .problems(&[&[Code::VersionConflict], READDRESSING].concat())
    };
    let flat = json!({
        "firstName": "John", "lastName": "Doe", "phone": "+1 415 555 2671", "line1": "1 Market Street",
        "city": "San Francisco", "region": "CA", "postalCode": "94105", "country": "US", "displayName": "John"
    });
    vec![
        Route::get("/v1/account", "Your account", get)
            .describe("What only you see: your name, how you are reached, where you live, and the state of your account.")
            .answers::<AccountView<'_>>(200, "The account.", account_example()),
        changes(Route::put("/v1/account", "Change your account", put)),
        changes(Route::patch("/v1/account", "Change your account", put)),
        Route::get("/user/profile", "Everything about you", get_user)
            .describe("The account, with the whole profile in `profile`.")
            .answers::<UserView<'_>>(200, "The account and the profile.", user_example()),
        Route::post("/user/update", "Change anything about you", update_user)
            .describe(
                "Fields of account and profile side by side, by the same rules as `PUT /v1/account` and `PUT /v1/profile`: absent \
                 fields stay, `null` clears, and another `email` begins its change. All fields are changed or, where one is wrong, \
                 none. The body of `GET /user/profile` may be sent back: what is nested in it (`name`, `address`, `profile`) is passed \
                 over, like all that can only be read.",
            )
            .takes::<UserUpdate>(flat)
            .answers::<UserView<'_>>(200, "The account and the profile after the change.", user_example())
            .problems(READDRESSING),
    ]
}
