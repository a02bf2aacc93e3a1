//! `POST /auth/profile/email/initiate` and `POST /auth/profile/email/complete`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use selfsame_events::{Changes, Refused};
use selfsame_mail::Template;
use selfsame_primitives::{EmailAddress, Timestamp, input};
use selfsame_web::{Code, Json, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::CHANGES;
use super::beginning::{StartEmailChange, count};
use super::rule::{self, CompleteEmailChange};
use crate::otp::{self, OneTimePassword, OtpSubject, Purpose, VerifyCode};
use crate::undo_links::UndoNotice;
use crate::{Identity, authentication::SignedIn, sessions::RecentlyAuthenticated};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Initiate {
    /// The address that is to be the account's.
    #[serde(deserialize_with = "input::text")]
    new_email: EmailAddress,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Complete {
    /// The address that is to be the account's.
    #[serde(deserialize_with = "input::text")]
    new_email: EmailAddress,
    /// The code that was mailed there.
    otp: OneTimePassword,
}

/// What to do next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Initiated {
    /// The address.
    new_email: EmailAddress,
    /// Always `verify_email_update_otp`.
    next_step: &'static str,
}

/// The account's address after the change.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EmailUpdated")]
struct Updated {
    /// The address.
    email: EmailAddress,
    /// Always true.
    email_verified: bool,
    /// When.
    email_verified_at: Timestamp,
}

async fn initiate(
    State(identity): State<Arc<Identity>>,
    recent: RecentlyAuthenticated,
    Json(Initiate { new_email }): Json<Initiate>,
) -> Result<Reply<Initiated>, Problem> {
    let (start, RecentlyAuthenticated(caller)) =
        (StartEmailChange::new(&identity, &recent, &new_email).await?, &recent);
    let decide = |loaded: &_| start.begin(Changes::none(), loaded);
    let begun = identity
        .platform
        .journal
        .change_by(caller.id(), &start.keys(), &caller.actor(), decide)
        .await;
    match &begun {
        Ok(begun) => count(&identity, Ok(*begun)),
        Err(Refused::Rule(refusal)) => count(&identity, Err(refusal)),
        Err(Refused::Actor) => {}
    }
    begun?.check()?;
    Ok(Reply::ok(Initiated { new_email, next_step: "verify_email_update_otp" })
        .message("OTP sent to new email address. Please verify to complete email update."))
}

async fn complete(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
    Json(Complete { new_email, otp }): Json<Complete>,
) -> Result<Reply<Updated>, Problem> {
    let (command, subject) = (
        CompleteEmailChange::of(&identity.users, &caller, &new_email),
        OtpSubject::of(caller.id()),
    );
    let attempt =
        VerifyCode::new(&identity, (&subject, Purpose::EmailUpdate, &new_email), &otp, None);
    let notice = UndoNotice::for_caller(&identity, &caller, |undo_url, circumstances| {
        Template::EmailChanged { new_email: new_email.as_str().to_owned(), undo_url, circumstances }
    });
    let keys = command.keys(&[attempt.keys(), notice.keys()]);
    let decide = |loaded: &_| rule::complete(loaded, &command, &attempt, &notice);
    let (outcome, at) = caller.change(&identity.platform, &keys, decide).await?;
    otp::record_attempt(&identity, &subject, outcome, &caller.client);
    outcome.check()?;
    identity.platform.counters.add(&CHANGES, "changed");
    let updated = Updated { email: new_email, email_verified: true, email_verified_at: at };
    Ok(Reply::ok(updated).message("Email updated successfully"))
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/auth/profile/email/initiate", "Begin to use another email address", initiate)
            .describe(
                "Mails a code to the new address. Nothing changes until it was given to `/auth/profile/email/complete`. Needs a proof \
                 of who you are that is not older than ten minutes; who has none is not told either whether the address is taken. An \
                 account has few codes sent, and is told few times that an address is taken, whichever way it asks. Until the code is \
                 ten minutes old `GET /v1/account` shows the address as `pendingEmail`.",
            )
            .takes::<Initiate>(json!({"newEmail": "newemail@example.com"}))
            .answers::<Initiated>(
                200,
                "A code is on its way.",
                json!({"newEmail": "newemail@example.com", "nextStep": "verify_email_update_otp"}),
            )
            .problems(&[Code::EmailTaken, Code::Conflict, Code::ReauthenticationRequired, Code::RateLimited]),
        Route::post("/auth/profile/email/complete", "Use another email address", complete)
            .describe(
                "Takes the code that was mailed to the new address. The old one is told, and can take the change back by a link for \
                 seven days; nobody else gets it in that time.",
            )
            .takes::<Complete>(json!({"newEmail": "newemail@example.com", "otp": "123456"}))
            .answers::<Updated>(200, "The account has the new address.", json!({
                "email": "newemail@example.com", "emailVerified": true, "emailVerifiedAt": "2025-10-31T16:30:00.000Z"
            }))
            .problems(&[Code::EmailTaken, Code::Conflict, Code::OtpInvalid, Code::OtpClosed, Code::RateLimited]),
    ]
}
