//! `POST /auth/password/forgot` and `POST /auth/password/reset`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use selfsame_events::Changes;
use selfsame_mail::Template;
use selfsame_primitives::{EmailAddress, Secret, input};
use selfsame_web::{
    Access, CheckedFields, Client, Code, FieldChecks, FieldErrors, Fields, Json, Nothing, Problem,
    Reply, Route,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::reset::{NewPassword, is_right};
use crate::otp::{
    self, IssueCode, Mailed, OneTimePassword, OtpSubject, Purpose, Reach, Refusal, RequestId,
    VerifyCode,
};
use crate::{Identity, elsewhere};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Forgot {
    /// The account's address.
    #[serde(deserialize_with = "input::text")]
    email: EmailAddress,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Reset")]
struct ResetPasswordRequest {
    /// The account's address.
    #[serde(deserialize_with = "input::text")]
    email: EmailAddress,
    /// The code that was mailed there.
    otp: OneTimePassword,
    /// 15 to 128 characters, 8 where a second factor is on; not easy to guess, none of the last
    /// five.
    new_password: Secret,
    /// What asking for the code answered. With it nobody else's wrong codes count against these; a
    /// long code needs none.
    reset_id: Option<RequestId>,
}

impl FieldChecks<Arc<Identity>> for ResetPasswordRequest {
    fn check(identity: &Arc<Identity>, fields: &Fields<'_>, faults: &mut FieldErrors) {
        // The shorter limit, whether the account has a second factor or not: only a right code may
        // reveal that.
        let length = |password: Secret| identity.passwords.check_length(&password, true);
        faults.check("/newPassword", fields.get("newPassword").map_or(Ok(()), length));
    }
}

/// What to do next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ResetCodeSent")]
struct ForgotPasswordResponse {
    /// The address.
    email: EmailAddress,
    /// Always `reset_password`.
    next_step: &'static str,
    /// Names this request when the code is given back.
    reset_id: RequestId,
}

async fn forgot(
    State(identity): State<Arc<Identity>>,
    client: Client,
    Json(Forgot { email }): Json<Forgot>,
) -> Result<(StatusCode, Reply<ForgotPasswordResponse>), Problem> {
    otp::check_sender(&identity, &client)?;
    let subject = OtpSubject::find(&identity, &email).await?;
    let reset_id = RequestId::generate(&*identity.platform.random);
    let signs_in_elsewhere = elsewhere::signs_in(&identity, &subject).await?;
    let mail = |Mailed { code, minutes, .. }| {
        let owner = subject.owner(&email);
        let reader =
            if signs_in_elsewhere { subject.reader(None, subject.language) } else { owner };
        (reader, Template::PasswordReset { code, minutes })
    };
    let (whose, request) =
        ((&subject, Purpose::PasswordReset, &email), Some(reset_id.hash(&identity.platform.keys)));
    let code = IssueCode::prepare_to(Reach::Account, &identity, whose, request, mail).await?;
    let rule = |loaded: &_| Ok::<_, Refusal>((code.send(Changes::none(), loaded)?, ()));
    let sent = identity
        .platform
        .journal
        .change(&subject.user, &code.keys(), &client.origin(None), rule)
        .await;
    match sent {
        Ok(()) => {}
        Err(Refusal::Store(error)) => return Err(error.into()),
        // The refusal does not depend on whether there is an account, and the answer must not
        // either.
        Err(refusal) => otp::count_refused(&identity, &refusal),
    }
    let reply = Reply::ok(ForgotPasswordResponse { email, next_step: "reset_password", reset_id });
    Ok((
        StatusCode::ACCEPTED,
        reply.message("If this address has an account, a code is on its way."),
    ))
}

async fn reset(
    State(identity): State<Arc<Identity>>,
    client: Client,
    CheckedFields(request): CheckedFields<ResetPasswordRequest>,
) -> Result<Reply<Nothing>, Problem> {
    let ResetPasswordRequest { email, otp, new_password, reset_id } = request;
    let (subject, origin) = (OtpSubject::find(&identity, &email).await?, client.origin(None));
    let attempt = VerifyCode::new(
        &identity,
        (&subject, Purpose::PasswordReset, &email),
        &otp,
        reset_id.as_ref(),
    );
    // The code is checked first, without spending it: why a password is refused reveals facts of
    // the account. After a refused password the code stays valid.
    let peek = |loaded: &_| is_right(loaded, &attempt, &subject, &email);
    let keys = [attempt.keys(), vec![elsewhere::key(&subject.user)]].concat();
    let outcome = identity.platform.journal.change(&subject.user, &keys, &origin, peek).await;
    let outcome = outcome.map_err(Problem::from)?;
    if let Err(problem) = outcome.check() {
        otp::record_attempt(&identity, &subject, outcome, &client);
        return Err(problem);
    }
    let new =
        NewPassword::prepare(&identity, (subject.clone(), email), attempt, &new_password, &client)
            .await?;
    let outcome = identity
        .platform
        .journal
        .change(new.user(), &new.keys(), &origin, |loaded| new.decide(loaded))
        .await;
    let outcome = outcome.map_err(Problem::from)?;
    otp::record_attempt(&identity, &subject, outcome, &client);
    outcome.check()?;
    new.end_sessions(&identity, &origin).await?;
    Ok(Reply::ok(Nothing {}).message("Your password is changed. Sign in with the new one."))
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/auth/password/forgot", "Ask for a code to choose a new password with", forgot)
            .describe(
                "Mails a code where the address has an account, unless it got too many lately: then the last mail has one that is good \
                 until there can be another. Whom only another issuer signs in gets none. The answer is the same for every address, and \
                 takes as long.",
            )
            .access(Access::Public)
            .takes::<Forgot>(json!({"email": "ada@example.org"}))
            .answers::<ForgotPasswordResponse>(
                202,
                "Sent, where there is an account.",
                json!({"email": "ada@example.org", "nextStep": "reset_password", "resetId": "q83vEjRWeJCrze8SNFZ4kA"}),
            )
            .problems(&[Code::RateLimited]),
        Route::post("/auth/password/reset", "Choose a new password", reset)
            .describe(
                "Takes the code that was mailed by `/auth/password/forgot`: good for ten minutes and once. After three wrong ones none \
                 is taken for 15 minutes; tries that bring the `resetId` are counted by themselves, so a stranger who guesses is in \
                 nobody's way. After a hundred wrong ones in a row codes are long, and always taken. All sessions end, and nobody is \
                 signed in: a second factor is asked for at the next sign-in as ever. The address counts as verified then. A password \
                 that is refused leaves the code as it was.",
            )
            .access(Access::Public)
            .takes::<ResetPasswordRequest>(json!({
                "email": "ada@example.org", "otp": "314159", "newPassword": "a bridge of very old and quiet stones",
                "resetId": "q83vEjRWeJCrze8SNFZ4kA"
            }))
            .answers::<Nothing>(200, "The new password is the one from now on.", json!({}))
            .problems(&[Code::OtpInvalid, Code::OtpClosed, Code::RateLimited]),
    ]
}
