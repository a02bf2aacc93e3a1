//! `POST /auth/register`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use selfsame_mail::Template;
use selfsame_primitives::{
    EmailAddress, Locale, Secret, Timestamp, UserId, Username, clean_line, input,
};
use selfsame_store::StoreError;
use selfsame_web::{
    Access, CheckedFields, Client, Code, Detail, FieldChecks, FieldErrors, Fields, Problem, Reply,
    Route,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::record::{Details, Kept};
use super::rule::{self, Refusal, RegisterPending, RegisterUser};
use crate::otp::{self, IssueCode, Mailed, OtpSubject, Purpose, RequestId};
use crate::provisioning::NAMELESS;
use crate::sessions::{self, RefreshTokenTransport, StartSession, TokenResponse};
use crate::settings::RegistrationMode;
use crate::{Identity, device_name, elsewhere};
use selfsame_mail_queue::Recipient;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Register {
    /// Where mail goes; one account for each.
    #[serde(deserialize_with = "input::text")]
    email: EmailAddress,
    /// 15 to 128 characters, not easy to guess.
    password: Secret,
    /// The name others find one by.
    #[serde(default, deserialize_with = "input::optional")]
    username: Option<Username>,
    /// What one is called, 1 to 50 characters; the username unless given.
    display_name: Option<String>,
    /// What the device is called; its `User-Agent` unless given.
    device_name: Option<String>,
    /// `cookie` has the refresh token set as a cookie, for pages of this site.
    #[serde(default)]
    session: RefreshTokenTransport,
}

impl FieldChecks<Arc<Identity>> for Register {
    fn check(identity: &Arc<Identity>, fields: &Fields<'_>, faults: &mut FieldErrors) {
        let length = |password: Secret| identity.passwords.check_length(&password, false);
        faults.check("/password", fields.get("password").map_or(Ok(()), length));
        let names: [Option<String>; 2] = [fields.get("displayName"), fields.get("deviceName")];
        check_names(names.each_ref().map(Option::as_deref), faults);
    }
}

/// Checks the names of the user and of the device.
fn check_names([display_name, device]: [Option<&str>; 2], faults: &mut FieldErrors) {
    faults.check("/displayName", display_name.map(|name| clean_line(name, 50)).transpose());
    device_name::check(device, faults);
}

impl Register {
    /// The display name. It is never derived from the email address: others see it.
    fn display_name(&self) -> Result<String, Problem> {
        let given = self.display_name.as_deref().map(|name| clean_line(name, 50)).transpose();
        let given = given.map_err(|problem| Problem::fault("/displayName", problem))?;
        let username = || self.username.as_ref().map(|name| name.as_str().to_owned());
        Ok(given.or_else(username).unwrap_or_else(|| NAMELESS.to_owned()))
    }

    /// The hash of the password, if the rules take it.
    async fn password(&self, identity: &Identity) -> Result<String, Problem> {
        let email = self.email.as_str();
        let local = email.split('@').next().unwrap_or_default();
        let names = [self.username.as_ref().map(Username::as_str), self.display_name.as_deref()];
        let own: Vec<&str> =
            [email, local].into_iter().chain(names.into_iter().flatten()).collect();
        identity.passwords.accept(&self.password, &own).await
    }

    async fn into_details(self, identity: &Identity, language: Locale) -> Result<Details, Problem> {
        let mut faults = FieldErrors::default();
        check_names([&self.display_name, &self.device_name].map(Option::as_deref), &mut faults);
        if !faults.is_empty() {
            // The length is checked without hashing.
            faults.check("/password", identity.passwords.check_length(&self.password, false));
            return Err(Problem::faults(faults.into_vec()));
        }
        let password = self.password(identity).await?;
        let display_name = self.display_name()?;
        let named = self.display_name.is_some();
        Ok(Details {
            email: self.email,
            username: self.username,
            display_name,
            named,
            password,
            language,
        })
    }
}

/// What somebody has to do who has registered.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PendingResponse {
    /// The address that a mail went to.
    email: EmailAddress,
    /// Always `verify_email`.
    next_step: &'static str,
    /// Names this registration when the code is given back, or another one is asked for. Whoever
    /// has it and the code has the account, so it is to be kept where the registration was made.
    registration_id: RequestId,
}

/// Where an external issuer signs users in, it alone creates accounts, except with
/// `RegistrationMode::Trusted`.
fn check_open(identity: &Identity) -> Result<(), Problem> {
    if identity.settings.local_registration
        || identity.settings.registration == RegistrationMode::Trusted
    {
        return Ok(());
    }
    let issuers: Vec<_> =
        identity.settings.tokens.issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
    Err(Problem::new(Code::Forbidden, Detail::NoRegistration { issuers: issuers.join(", ") }))
}

async fn register(
    State(identity): State<Arc<Identity>>,
    client: Client,
    headers: HeaderMap,
    CheckedFields(request): CheckedFields<Register>,
) -> Result<Response, Problem> {
    check_open(&identity)?;
    sessions::check_transport(&identity, request.session, &headers)?;
    let (device, transport) = (request.device_name.clone(), request.session);
    let details = request.into_details(&identity, preferred_language(&headers)).await?;
    if identity.settings.registration == RegistrationMode::EnumerationSafe {
        return Ok(register_pending(&identity, details, &client).await?.into_response());
    }
    let user = UserId::generate(identity.platform.now(), &*identity.platform.random);
    let new = RegisterUser::new(&identity.users, user, details);
    let start =
        StartSession::first(&identity, &new.user, &client, device.as_deref(), transport).await?;
    let code = match identity.settings.registration {
        RegistrationMode::Immediate => {
            otp::check_sender(&identity, &client)?;
            Some(first_code(&identity, &new.details).await?)
        }
        RegistrationMode::EnumerationSafe | RegistrationMode::Trusted => None,
    };
    let keys = rule::keys(&new, &start, code.as_ref());
    let origin = start.origin(&client);
    let rule = |loaded: &_| rule::register(loaded, &new, &start, code.as_ref());
    identity.platform.journal.change(&new.user, &keys, &origin, rule).await?;
    sessions::grant(&identity, &new.user, &start.session, StatusCode::CREATED).await
}

/// The code for the address of an account that is active at once.
async fn first_code(identity: &Identity, details: &Details) -> Result<IssueCode, StoreError> {
    let subject = OtpSubject::find(identity, &details.email).await?;
    let (name, at) = (details.name(), identity.platform.now());
    let mail = |mailed| {
        let reader = subject.reader(Some(details.email.clone()), details.language);
        (reader, verification_mail(mailed, name.clone(), at))
    };
    let whose = (&subject, Purpose::EmailVerification, &details.email);
    IssueCode::prepare(identity, whose, None, mail).await
}

/// Registers without telling the caller whether the address has an account.
async fn register_pending(
    identity: &Identity,
    details: Details,
    client: &Client,
) -> Result<(StatusCode, Reply<PendingResponse>), Problem> {
    otp::check_sender(identity, client)?;
    let (subject, at) =
        (OtpSubject::find(identity, &details.email).await?, identity.platform.now());
    let registration_id = RequestId::generate(&*identity.platform.random);
    let request = registration_id.hash(&identity.platform.keys);
    let key = Kept::key(&subject, &request);
    // A long code also resets the password, which an external user must not get.
    let may_have_password = !elsewhere::signs_in(identity, &subject).await?;
    let mail = |mailed| mail(identity, (&subject, may_have_password), (&details, at), mailed);
    let whose = (&subject, Purpose::EmailVerification, &details.email);
    let pending = RegisterPending {
        registration: Kept::seal(
            (&identity.platform.keys, &*identity.platform.random),
            &key,
            &details,
            at,
        ),
        key,
        username_claims: identity.users.claims_of(details.username.as_ref()),
        code: IssueCode::prepare(identity, whose, Some(request), mail).await?,
    };
    let (keys, origin) = (pending.keys(), client.origin(None));
    let outcome = identity
        .platform
        .journal
        .change(&subject.user, &keys, &origin, |loaded| pending.wait(loaded))
        .await;
    if let Err(Refusal::Code(refusal)) = &outcome {
        otp::count_refused(identity, refusal);
    }
    outcome?;
    let reply = Reply::ok(PendingResponse {
        email: details.email,
        next_step: "verify_email",
        registration_id,
    });
    Ok((
        StatusCode::ACCEPTED,
        reply.message("We have sent a mail to this address. It says how to go on."),
    ))
}

/// The mail about a registration: with the code; or where the address has an account, one to its
/// owner. A long code, in the last mail before the limit, resets the owner's password.
fn mail(
    identity: &Identity,
    (subject, may_have_password): (&OtpSubject, bool),
    (details, at): (&Details, Timestamp),
    mailed: Mailed,
) -> (Recipient, Template) {
    let Some(account) = &subject.account else {
        let reader = subject.reader(Some(details.email.clone()), details.language);
        return (reader, verification_mail(mailed, details.name(), at));
    };
    if mailed.long && may_have_password && subject.is_at(&details.email) {
        let Mailed { code, minutes, .. } = mailed;
        return (subject.owner(&details.email), Template::PasswordReset { code, minutes });
    }
    let own = account.email.clone().filter(|_| subject.is_at(&details.email));
    let reader = subject.reader(own.or_else(|| Some(details.email.clone())), subject.language);
    (
        reader,
        Template::KnownAddress {
            sign_in_url: format!("{}/sign-in", identity.platform.urls.public),
        },
    )
}

/// The mail that asks whether an address is its reader's, and says for whom.
pub(crate) fn verification_mail(mailed: Mailed, name: Option<String>, at: Timestamp) -> Template {
    let Mailed { code, minutes, .. } = mailed;
    Template::EmailVerification { code, minutes, name, at: Some(at) }
}

/// The language that the client asks for, of those that mails come in (RFC 9110 §12.5.4; what
/// stands first counts most).
fn preferred_language(headers: &HeaderMap) -> Locale {
    let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.and_then(Locale::accepted).unwrap_or_default()
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/auth/register", "Become a user", register)
            .describe(
                "Makes an account. Where `registration.enumeration_safe` is on, which is the default, the answer is 202 whether the address has \
                 an account or not, and a mail says how to go on: there is an account once the code in it was given to \
                 `/auth/email/verify` together with `registrationId` or the password, within a day; who has an account already is told \
                 so. Several may register with one address: a code makes the account of the registration that it was mailed for, and \
                 of no other. No name is held until then. Where it is off, the answer is 201 with tokens.",
            )
            .access(Access::Public)
            .takes::<Register>(json!({
                "email": "ada@example.org",
                "password": "notes on the analytical engine",
                "username": "ada.lovelace",
                "displayName": "Ada Lovelace"
            }))
            .answers::<TokenResponse>(201, "The account is there and signed in.", sessions::example())
            .answers::<PendingResponse>(
                202,
                "A mail is on its way.",
                json!({"email": "ada@example.org", "nextStep": "verify_email", "registrationId": "q83vEjRWeJCrze8SNFZ4kA"}),
            )
            .problems(&[Code::EmailTaken, Code::UsernameTaken, Code::Forbidden, Code::RateLimited]),
    ]
}
