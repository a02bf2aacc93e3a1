//! `POST /auth/email/verify` and `POST /auth/email/verify/resend`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use selfsame_events::Changes;
use selfsame_mail::Template;
use selfsame_primitives::{EmailAddress, Secret, Timestamp, Username, input};
use selfsame_store::StoreError;
use selfsame_web::{Access, Client, Code, Fault, Json, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rule::{self, Outcome, Target};
use crate::otp::{
    self, IssueCode, Mailed, OneTimePassword, OtpSubject, Purpose, Reach, Refusal, RequestId,
    VerifyCode,
};
use crate::registration::{Activation, Found, verification_mail};
use crate::{Identity, authentication::SignedIn, authentication::Viewer, elsewhere};
use selfsame_mail_queue::Recipient;

/// Stands for a missing registration, so that the lookup takes as long.
const NO_REGISTRATION: &str = "none";

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Verify {
    /// The address.
    #[serde(deserialize_with = "input::text")]
    email: EmailAddress,
    /// The code that was mailed there.
    otp: OneTimePassword,
    /// What registering answered. It, or the password, shows whose registration it is.
    registration_id: Option<RequestId>,
    /// The password that was chosen. Not needed by whoever is signed in to the account.
    password: Option<Secret>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resend {
    /// The address.
    #[serde(deserialize_with = "input::text")]
    email: EmailAddress,
    /// What registering answered; without it the newest registration gets a code.
    registration_id: Option<RequestId>,
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
    /// The name of the account; none where none was asked for, or somebody has taken it meanwhile.
    username: Option<Username>,
}

/// What to do next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "VerificationCodeSent")]
struct SendCodeResponse {
    /// The address.
    email: EmailAddress,
    /// Always `verify_email`.
    next_step: &'static str,
}

async fn verify(
    State(identity): State<Arc<Identity>>,
    client: Client,
    viewer: Viewer,
    Json(request): Json<Verify>,
) -> Result<Reply<VerifiedAddress>, Problem> {
    let subject = OtpSubject::find(&identity, &request.email).await?;
    let Trial { attempt, target, owner } = whose(&identity, &subject, &viewer, &request).await?;
    let user = match &target {
        Target::Registration(activation) => activation.user(),
        Target::Account { .. } | Target::Nothing => &subject.user,
    };
    let keys = rule::keys(&attempt, &target);
    let rule = |loaded: &_| rule::verify(loaded, &subject, (&attempt, &target), &request.email);
    let outcome = match owner {
        Some(owner) => owner.change(&identity.platform, &keys, rule).await,
        None => identity
            .platform
            .journal
            .change(user, &keys, &client.origin(None), rule)
            .await
            .map_err(Problem::from),
    };
    let Outcome { code: code_outcome, at, username } = outcome?;
    otp::record_attempt(&identity, &subject, code_outcome, &client);
    code_outcome.check()?;
    let email = request.email;
    let verified = VerifiedAddress { email, email_verified: true, email_verified_at: at, username };
    Ok(Reply::ok(verified).message("Email address verified."))
}

/// A code with its target.
struct Trial<'v> {
    attempt: VerifyCode,
    target: Target,
    /// The signed-in owner, where the session is the proof: the change is then made by them, and
    /// guarded by the session.
    owner: Option<&'v SignedIn>,
}

impl Trial<'_> {
    /// With another proof than a session.
    fn by_proof((attempt, target): (VerifyCode, Target)) -> Self {
        Self { attempt, target, owner: None }
    }
}

/// The target of the code, by the proof that the caller gives.
async fn whose<'v>(
    identity: &Identity,
    subject: &OtpSubject,
    viewer: &'v Viewer,
    request: &Verify,
) -> Result<Trial<'v>, Problem> {
    let Verify { email, otp, registration_id, password } = request;
    let whose = (subject, Purpose::EmailVerification, email);
    let attempt = VerifyCode::new(identity, whose, otp, registration_id.as_ref());
    if let Some(id) = registration_id {
        let found = Found::load(identity, subject, &id.hash(&identity.platform.keys)).await?;
        return Ok(Trial::by_proof((attempt, registration(identity, subject, found))));
    }
    if let Some(password) = password {
        return by_password(identity, subject, attempt, password).await.map(Trial::by_proof);
    }
    let owner = viewer.0.as_ref().filter(|caller| *caller.id() == subject.user);
    let (Some(owner), Some(account)) = (owner, &subject.account) else {
        return Err(Problem::fault("/registrationId", Fault::Required));
    };
    let target = Target::Account { password: account.password.clone() };
    Ok(Trial { attempt, target, owner: Some(owner) })
}

fn registration(identity: &Identity, subject: &OtpSubject, found: Option<Found>) -> Target {
    found.map_or(Target::Nothing, |found| {
        Target::Registration(Box::new(Activation::of(identity, subject, found)))
    })
}

/// Finds what the code was mailed for, and whether the password matches it. One password is
/// compared and as much is read for every code, so that the time reveals nothing.
async fn by_password(
    identity: &Identity,
    subject: &OtpSubject,
    attempt: VerifyCode,
    password: &Secret,
) -> Result<(VerifyCode, Target), Problem> {
    let mailed_for = attempt.request(identity).await?;
    let request = mailed_for.as_ref().and_then(Option::as_deref).unwrap_or(NO_REGISTRATION);
    let found = Found::load(identity, subject, request).await?;
    let account = subject.account.as_ref().filter(|_| mailed_for == Some(None));
    let of_account = account.and_then(|account| account.password.clone());
    let stored =
        found.as_ref().map(|found| found.details.password.clone()).or_else(|| of_account.clone());
    let is_right = identity.passwords.verify(password, stored.as_deref()).await?.is_right();
    Ok(match is_right {
        false => (attempt.into_wrong(), Target::Nothing),
        true if found.is_some() => (attempt, registration(identity, subject, found)),
        true => (attempt, Target::Account { password: of_account }),
    })
}

async fn resend(
    State(identity): State<Arc<Identity>>,
    client: Client,
    Json(Resend { email, registration_id }): Json<Resend>,
) -> Result<(StatusCode, Reply<SendCodeResponse>), Problem> {
    otp::check_sender(&identity, &client)?;
    let subject = OtpSubject::find(&identity, &email).await?;
    let found = match registration_id {
        Some(id) => Found::load(&identity, &subject, &id.hash(&identity.platform.keys)).await?,
        None => Found::newest(&identity, &subject).await?,
    };
    let code = another_code(&identity, &subject, &email, found).await?;
    let rule = |loaded: &_| Ok::<_, Refusal>((code.send(Changes::none(), loaded)?, ()));
    let sent = identity
        .platform
        .journal
        .change(&subject.user, &code.keys(), &client.origin(None), rule)
        .await;
    if let Err(refusal) = &sent {
        otp::count_refused(&identity, refusal);
    }
    sent?;
    let reply = Reply::ok(SendCodeResponse { email, next_step: "verify_email" });
    Ok((
        StatusCode::ACCEPTED,
        reply.message("If this address waits to be verified, a code is on its way."),
    ))
}

async fn another_code(
    identity: &Identity,
    subject: &OtpSubject,
    email: &EmailAddress,
    found: Option<Found>,
) -> Result<IssueCode, StoreError> {
    let may_have_password = !elsewhere::signs_in(identity, subject).await?;
    let mail = |mailed| mail((subject, may_have_password), email, found.as_ref(), mailed);
    let request = found.as_ref().map(|found| found.request.clone());
    // Registrations wait at an address whether it has an account or not.
    let reach = if found.is_some() { Reach::Reader } else { Reach::Account };
    IssueCode::prepare_to(
        reach,
        identity,
        (subject, Purpose::EmailVerification, email),
        request,
        mail,
    )
    .await
}

/// The recipient of the code. Without anything to verify there is none; but a long code, in the
/// last mail before the limit, resets the password of the account, unless an external issuer alone
/// signs the user in.
fn mail(
    (subject, may_have_password): (&OtpSubject, bool),
    email: &EmailAddress,
    found: Option<&Found>,
    mailed: Mailed,
) -> (Recipient, Template) {
    match (&subject.account, found) {
        (Some(_), _) if mailed.long && may_have_password => {
            let Mailed { code, minutes, .. } = mailed;
            (subject.owner(email), Template::PasswordReset { code, minutes })
        }
        (Some(account), None) if !account.email_verified => {
            let name = account.username.as_ref().map(|name| name.as_str().to_owned());
            (subject.owner(email), verification_mail(mailed, name, account.created_at))
        }
        (None, Some(found)) => {
            let reader = subject.reader(Some(found.details.email.clone()), found.details.language);
            (reader, verification_mail(mailed, found.details.name(), found.asked_at))
        }
        _ => {
            let decoy = subject.reader(None, subject.language);
            (decoy, verification_mail(mailed, None, Timestamp::default()))
        }
    }
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    let verified = json!({
        "email": "ada@example.org", "emailVerified": true, "emailVerifiedAt": "2026-01-31T09:30:00.000Z", "username": "ada.lovelace"
    });
    vec![
        Route::post("/auth/email/verify", "Show that an email address is one's own", verify)
            .describe(
                "Takes the code that was mailed to the address: good for ten minutes and once, and only together with the \
                 `registrationId` or the password of what it was mailed for, or in a session of the account. So nobody makes an account \
                 work that somebody else began with their address. After three wrong codes none is taken for 15 minutes, and another \
                 code does not change that; tries that bring a `registrationId` are counted by themselves. After a hundred wrong ones in \
                 a row codes are long, and always taken. The answer never tells whether the address has an account.",
            )
            .access(Access::Viewer)
            .takes::<Verify>(json!({"email": "ada@example.org", "otp": "314159", "registrationId": "q83vEjRWeJCrze8SNFZ4kA"}))
            .answers::<VerifiedAddress>(200, "The address is verified, and the account works.", verified)
            .problems(&[Code::OtpInvalid, Code::OtpClosed, Code::RateLimited]),
        Route::post("/auth/email/verify/resend", "Ask for another code", resend)
            .describe(
                "Mails another code for a registration, or for an account whose address is not verified; the one before is good for \
                 nothing then. While no code would be taken, none is sent. The answer is the same for every address.",
            )
            .access(Access::Public)
            .takes::<Resend>(json!({"email": "ada@example.org", "registrationId": "q83vEjRWeJCrze8SNFZ4kA"}))
            .answers::<SendCodeResponse>(
                202,
                "Sent, where there is something to verify.",
                json!({"email": "ada@example.org", "nextStep": "verify_email"}),
            )
            .problems(&[Code::RateLimited]),
    ]
}
