//! `POST /auth/email/verify` and `POST /auth/email/verify/resend`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use selfsame_basics::{EmailAddress, Timestamp, input};
use selfsame_events::Changes;
use selfsame_web::{Access, Client, Code, Json, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rule;
use crate::App;
use crate::otp::{self, Attempt, Fresh, Holder, OneTimePassword, Purpose, Refusal, SENDS};
use crate::registration::Waiting;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Verify {
    /// The address.
    #[serde(deserialize_with = "input::text")]
    email: EmailAddress,
    /// The code that was mailed there.
    otp: OneTimePassword,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resend {
    /// The address.
    #[serde(deserialize_with = "input::text")]
    email: EmailAddress,
}

/// An address that somebody has shown to be theirs.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct VerifiedAddress {
    /// The address.
    email: EmailAddress,
    /// Always true.
    email_verified: bool,
    /// When.
    email_verified_at: Timestamp,
}

/// What to do next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "VerificationCodeSent")]
struct OnItsWay {
    /// The address.
    email: EmailAddress,
    /// Always `verify_email`.
    next_step: &'static str,
}

async fn verify(
    State(app): State<Arc<App>>,
    client: Client,
    Json(request): Json<Verify>,
) -> Result<Reply<VerifiedAddress>, Problem> {
    let Verify { email, otp } = request;
    let holder = Holder::find(&app, &email).await?;
    let attempt = Attempt::new(&app, &holder, Purpose::EmailVerification, &email, &otp);
    let waiting = Waiting::of(&app, &holder);
    let mut keys = [attempt.keys(), waiting.keys()].concat();
    keys.sort();
    keys.dedup();
    let rule = |loaded: &_| rule::verify(loaded, &holder, (&attempt, &waiting), &email);
    let judged = app.journal.change(&holder.user, &keys, &client.origin(None), rule).await;
    let (verdict, at) = judged.map_err(Problem::from)?;
    otp::count(&app, &holder, Purpose::EmailVerification, verdict, &client).await?;
    verdict.check()?;
    let verified = VerifiedAddress { email, email_verified: true, email_verified_at: at };
    Ok(Reply::ok(verified).message("Email address verified."))
}

async fn resend(
    State(app): State<Arc<App>>,
    client: Client,
    Json(Resend { email }): Json<Resend>,
) -> Result<(StatusCode, Reply<OnItsWay>), Problem> {
    let holder = Holder::find(&app, &email).await?;
    let fresh = Fresh::verifying(&app, &holder, &email, holder.unverified(&email));
    let rule = |loaded: &_| Ok::<_, Refusal>((fresh.send(Changes::none(), loaded)?, ()));
    let sent = app.journal.change(&holder.user, &fresh.keys(), &client.origin(None), rule).await;
    if matches!(sent, Err(Refusal::TooMany(_))) {
        app.counts.add(&SENDS, "limited");
    }
    sent?;
    let reply = Reply::ok(OnItsWay { email, next_step: "verify_email" });
    Ok((StatusCode::ACCEPTED, reply.message("If this address waits to be verified, a code is on its way.")))
}

pub(super) fn routes() -> Vec<Route<Arc<App>>> {
    let verified = json!({
        "email": "ada@example.org", "emailVerified": true, "emailVerifiedAt": "2026-01-31T09:30:00.000Z"
    });
    vec![
        Route::post("/auth/email/verify", "Show that an email address is one's own", verify)
            .describe(
                "Takes the code that was mailed to the address: good for ten minutes and once. After three wrong codes none is taken \
                 for 15 minutes, and another code does not change that. The answer never tells whether the address has an account.",
            )
            .access(Access::Public)
            .takes::<Verify>(json!({"email": "ada@example.org", "otp": "314159"}))
            .answers::<VerifiedAddress>(200, "The address is verified, and the account works.", verified)
            .problems(&[Code::OtpInvalid, Code::OtpClosed, Code::RateLimited]),
        Route::post("/auth/email/verify/resend", "Ask for another code", resend)
            .describe(
                "Mails another code where the address has an account that waits for one; the one before is good for nothing then. The \
                 answer is the same for every address.",
            )
            .access(Access::Public)
            .takes::<Resend>(json!({"email": "ada@example.org"}))
            .answers::<OnItsWay>(
                202,
                "Sent, where there is something to verify.",
                json!({"email": "ada@example.org", "nextStep": "verify_email"}),
            )
            .problems(&[Code::RateLimited]),
    ]
}
