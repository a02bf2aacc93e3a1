//! `POST /auth/register`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use selfsame_basics::{EmailAddress, Locale, Secret, UserId, Username, clean_line, input};
use selfsame_mail::Template;
use selfsame_web::{Access, Checked, Checks, Client, Code, Detail, Faults, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rule::{self, NAMELESS, Newcomer, Refusal};
use crate::mail::Addressee;
use crate::otp::{Fresh, Holder, NOBODY, Purpose};
use crate::sessions::{self, Delivery, Grant, Opening};
use crate::{App, Registration};

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
    session: Delivery,
}

impl Checks for Register {
    fn check(&self, faults: &mut Faults) {
        faults.extend(self.display_name().err().into_iter().flat_map(|problem| problem.errors));
    }
}

impl Register {
    /// What the person is called. Never made from the email address, since others see it.
    fn display_name(&self) -> Result<String, Problem> {
        let given = self.display_name.as_deref().map(|name| clean_line(name, 50)).transpose();
        let given = given.map_err(|problem| Problem::fault("/displayName", problem))?;
        let username = || self.username.as_ref().map(|name| name.as_str().to_owned());
        Ok(given.or_else(username).unwrap_or_else(|| NAMELESS.to_owned()))
    }

    /// The hash of the password, if the rules take it.
    async fn password(&self, app: &App) -> Result<String, Problem> {
        let email = self.email.as_str();
        let local = email.split('@').next().unwrap_or_default();
        let names = [self.username.as_ref().map(Username::as_str), self.display_name.as_deref()];
        let own: Vec<&str> = [email, local].into_iter().chain(names.into_iter().flatten()).collect();
        app.passwords.accept(&self.password, &own).await
    }

    async fn into_newcomer(self, app: &App, language: Locale) -> Result<Newcomer, Problem> {
        let display_name = self.display_name()?;
        Ok(Newcomer {
            user: UserId::generate(app.now(), &*app.random),
            password: self.password(app).await?,
            email_claim: app.email_claim(&self.email),
            username_claims: self.username.as_ref().map(|name| app.username_claims(name)).unwrap_or_default(),
            email: self.email,
            username: self.username,
            display_name,
            language,
        })
    }
}

/// What somebody has to do who has registered.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Applied {
    /// The address that a mail went to.
    email: EmailAddress,
    /// Always `verify_email`.
    next_step: &'static str,
}

/// Where another service signs people in, it alone makes accounts; an operator may, all the same.
fn check_open(app: &App) -> Result<(), Problem> {
    if app.settings.local_registration || app.settings.registration == Registration::Vouched {
        return Ok(());
    }
    let issuers: Vec<_> = app.settings.tokens.issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
    Err(Problem::new(Code::Forbidden, Detail::NoRegistration { issuers: issuers.join(", ") }))
}

async fn register(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    Checked(mut request): Checked<Register>,
) -> Result<Response, Problem> {
    check_open(&app)?;
    sessions::check_delivery(&app, request.session, &headers)?;
    let (device, delivery) = (request.device_name.take(), request.session);
    let new = request.into_newcomer(&app, preferred_language(&headers)).await?;
    if app.settings.registration == Registration::Discreet {
        return Ok(apply(&app, new, &client).await?.into_response());
    }
    let opening = Opening::first(&app, &new.user, &client, device.as_deref(), delivery).await?;
    let code = (app.settings.registration == Registration::Immediate).then(|| first_code(&app, &new));
    let code_keys = code.as_ref().map(Fresh::keys).unwrap_or_default();
    let keys = [new.keys(), opening.keys(), code_keys].concat();
    let origin = opening.origin(&client);
    let rule = |loaded: &_| rule::register(loaded, &new, &opening, code.as_ref());
    app.journal.change(&new.user, &keys, &origin, rule).await?;
    sessions::grant(&app, &new.user, &opening.session, StatusCode::CREATED).await
}

fn first_code(app: &App, new: &Newcomer) -> Fresh {
    let addressee = Addressee::user(&new.user, new.email.clone(), new.language);
    Fresh::verifying(app, &Holder::of(&new.user), &new.email, addressee)
}

/// Registers without telling the caller whether the address has an account.
async fn apply(
    app: &App,
    mut new: Newcomer,
    client: &Client,
) -> Result<(StatusCode, Reply<Applied>), Problem> {
    let owner = Holder::find(app, &new.email).await?;
    let has_account = owner.account.is_some() && !owner.is_pending;
    if owner.is_pending {
        new.user = owner.user.clone();
    }
    let code = if has_account { notice(app, &owner, &new) } else { first_code(app, &new) };
    let before = owner.account.as_ref().and_then(|account| account.username.clone());
    let given_up = before.map(|name| app.username_claims(&name)).unwrap_or_default();
    let mut keys = [new.keys(), code.keys(), given_up].concat();
    keys.sort();
    keys.dedup();
    let rule = |loaded: &_| {
        if has_account {
            rule::tell_owner(loaded, &new, &code)
        } else {
            rule::apply(loaded, &new, &code, |name| app.username_claims(name))
        }
    };
    match app.journal.change(&new.user, &keys, &client.origin(None), rule).await {
        // Somebody else came first with this address, and has told its owner.
        Ok(()) | Err(Refusal::EmailTaken) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    let reply = Reply::ok(Applied { email: new.email, next_step: "verify_email" });
    Ok((StatusCode::ACCEPTED, reply.message("We have sent a mail to this address. It says how to go on.")))
}

/// Tells the owner of an address; counted and kept like a code, so that nobody can be flooded.
fn notice(app: &App, owner: &Holder, new: &Newcomer) -> Fresh {
    let own = owner.account.as_ref().and_then(|account| account.email.clone()).unwrap_or(new.email.clone());
    let addressee = Addressee::user(&owner.user, own, owner.language);
    let sign_in_url = format!("{}/sign-in", app.settings.public_url);
    let template = |_| Template::KnownAddress { sign_in_url };
    let nobody = Holder::nowhere(&new.user, &format!("{NOBODY}{}", new.user));
    Fresh::new(app, &nobody, Purpose::EmailVerification, &new.email, addressee, template)
}

/// The language that the client asks for, of those that mails come in (RFC 9110 §12.5.4; what stands first counts most).
fn preferred_language(headers: &HeaderMap) -> Locale {
    let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.and_then(Locale::accepted).unwrap_or_default()
}

pub(super) fn routes() -> Vec<Route<Arc<App>>> {
    vec![
        Route::post("/auth/register", "Become a user", register)
            .describe(
                "Makes an account. Where `registration.enumeration_safe` is on, which is the default, the answer is 202 whether the address has \
                 an account or not, and a mail says how to go on: a new account works once the code in it was given to \
                 `/auth/email/verify`, and is gone with its names after a week without that; who has an account already is told so. \
                 Where it is off, the answer is 201 with tokens.",
            )
            .access(Access::Public)
            .takes::<Register>(json!({
                "email": "ada@example.org",
                "password": "notes on the analytical engine",
                "username": "ada.lovelace",
                "displayName": "Ada Lovelace"
            }))
            .answers::<Grant>(201, "The account is there and signed in.", sessions::example())
            .answers::<Applied>(
                202,
                "A mail is on its way.",
                json!({"email": "ada@example.org", "nextStep": "verify_email"}),
            )
            .problems(&[Code::EmailTaken, Code::UsernameTaken, Code::Forbidden]),
    ]
}
