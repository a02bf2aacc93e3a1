//! The routes of the second factor.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use selfsame_mail::Template;
use selfsame_primitives::{EmailAddress, Secret, Timestamp, Username};
use selfsame_web::{Code, Detail, Fault, Json, Nothing, Problem, Reply, Route, Wait};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::check::CodeCheck;
use super::qr::Qr;
use super::{SETUPS, recovery, rule, sealed, totp};
use crate::undo_links::UndoNotice;
use crate::{Identity, authentication::SignedIn, passwords, sessions::RecentlyAuthenticated};
use selfsame_users::records::SecondFactor;
use selfsame_users::user_cache::UserSnapshot;

/// What an authenticator application is told.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Setup {
    /// The secret in base 32, to be typed where no camera is at hand.
    secret: String,
    /// The same with all that belongs to it (Key Uri Format).
    otpauth_url: String,
    /// `otpauthUrl` as a QR code: an SVG document.
    qr_svg: String,
    /// The same as a PNG in a `data:` URL.
    qr_png: String,
}

async fn setup(
    State(identity): State<Arc<Identity>>,
    RecentlyAuthenticated(caller): RecentlyAuthenticated,
) -> Result<Reply<Setup>, Problem> {
    let secret = identity.platform.random.bytes::<{ totp::SECRET }>();
    let sealed =
        sealed::seal(&identity.platform.keys, caller.id(), &secret, &*identity.platform.random);
    let keys = rule::set_up_keys(caller.id());
    let decide = |loaded: &_| rule::set_up(loaded, caller.id(), &sealed);
    caller.change(&identity.platform, &keys, decide).await?;
    identity.platform.counters.add(&SETUPS, "begun");
    let secret = totp::base32(&secret);
    let otpauth_url = otpauth_url(&identity.platform.urls.public, &caller.person, &secret);
    let qr = Qr::of(&otpauth_url).ok_or_else(Problem::internal)?;
    let qr_png = qr.png().ok_or_else(Problem::internal)?;
    Ok(Reply::ok(Setup { secret, otpauth_url, qr_svg: qr.svg(), qr_png }))
}

/// Where the account is, and what it is called, as the application shows it.
fn otpauth_url(public_url: &str, person: &UserSnapshot, secret: &str) -> String {
    let host = Url::parse(public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let issuer = host.unwrap_or_else(|| "selfsame".to_owned());
    let (email, username) = (person.account.email.as_ref(), person.account.username.as_ref());
    let name = email.map(EmailAddress::as_str).or(username.map(Username::as_str));
    let label = format!("{issuer}:{}", name.unwrap_or(person.user_id.as_str()));
    let (issuer, label) = (escaped(&issuer), escaped(&label));
    format!(
        "otpauth://totp/{label}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={}&period={}",
        totp::DIGITS,
        totp::PERIOD
    )
}

/// Percent-encodes all but the unreserved characters of RFC 3986 §2.3.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// A code.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmSetupRequest {
    /// Six digits that the application shows.
    code: Secret,
}

/// Codes to keep on paper.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RecoveryCodes {
    /// Ten codes, each good once. They are shown only now.
    recovery_codes: Vec<String>,
}

async fn verify(
    State(identity): State<Arc<Identity>>,
    RecentlyAuthenticated(caller): RecentlyAuthenticated,
    Json(first): Json<ConfirmSetupRequest>,
) -> Result<Reply<RecoveryCodes>, Problem> {
    let attempt = caller.attempt(&identity).await?;
    let (recovery_codes, stored) = new_codes(&identity, &caller);
    let template = |undo_url, circumstances| Template::TwoFactorOn { undo_url, circumstances };
    let notice = UndoNotice::for_caller(&identity, &caller, template);
    let decide = |loaded: &_| {
        rule::enable(
            loaded,
            &identity.platform.keys,
            caller.id(),
            first.code.expose(),
            &stored,
            &notice,
        )
    };
    let keys = rule::change_keys(caller.id(), &notice);
    if !caller.change(&identity.platform, &keys, decide).await? {
        attempt.failed(identity.platform.monotonic());
        identity.platform.counters.add(&SETUPS, "refused");
        return Err(wrong_code());
    }
    attempt.succeeded(identity.platform.monotonic());
    identity.platform.counters.add(&SETUPS, "enabled");
    Ok(Reply::ok(RecoveryCodes { recovery_codes })
        .message("Two-factor authentication is on. Keep the recovery codes in a safe place."))
}

/// New recovery codes, and what is stored of them.
fn new_codes(identity: &Identity, caller: &SignedIn) -> (Vec<String>, Vec<String>) {
    let codes = recovery::generate(&*identity.platform.random);
    let stored = codes
        .iter()
        .filter_map(|code| recovery::stored(&identity.platform.keys, caller.id(), code))
        .collect();
    (codes, stored)
}

/// The code, which stands at `/code` of the request, is not good.
pub(crate) fn wrong_code() -> Problem {
    Problem::fault("/code", Fault::WrongCode)
}

/// Too many codes were wrong.
pub(crate) fn paused(until: Timestamp, now: Timestamp) -> Problem {
    let seconds = until.since(now).as_secs().max(1);
    Problem::new(Code::RateLimited, Detail::AuthenticatorPaused { wait: Wait(seconds) })
        .retry_after(seconds)
}

/// Too many codes were wrong: none is checked any more.
pub(crate) fn closed() -> Problem {
    Problem::new(Code::FactorClosed, Detail::FactorClosed)
}

/// What turns it off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Disable {
    /// The password.
    password: Secret,
    /// Six digits that the application shows, or a recovery code.
    code: Secret,
}

async fn disable(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
    Json(request): Json<Disable>,
) -> Result<Reply<Nothing>, Problem> {
    passwords::confirm(&identity, &caller, &request.password, "/password").await?;
    if !identity.passwords.stands_alone(&request.password) {
        return Err(Problem::new(Code::PasswordTooShort, Detail::PasswordAlone));
    }
    let template = |undo_url, circumstances| Template::TwoFactorOff { undo_url, circumstances };
    let notice = UndoNotice::for_caller(&identity, &caller, template);
    let decide = |loaded: &_| {
        rule::disable(loaded, &identity.platform.keys, caller.id(), request.code.expose(), &notice)
    };
    let keys = rule::change_keys(caller.id(), &notice);
    match caller.change(&identity.platform, &keys, decide).await? {
        CodeCheck::Right(_) => identity.platform.counters.add(&SETUPS, "disabled"),
        CodeCheck::Paused(until) => return Err(paused(until, identity.platform.now())),
        CodeCheck::Closed => return Err(closed()),
        CodeCheck::Wrong | CodeCheck::Off => return Err(wrong_code()),
    }
    Ok(Reply::ok(Nothing {}).message("Two-factor authentication is off."))
}

async fn replace_codes(
    State(identity): State<Arc<Identity>>,
    RecentlyAuthenticated(caller): RecentlyAuthenticated,
) -> Result<Reply<RecoveryCodes>, Problem> {
    let (recovery_codes, stored) = new_codes(&identity, &caller);
    let template =
        |undo_url, circumstances| Template::RecoveryCodesReplaced { undo_url, circumstances };
    let notice = UndoNotice::for_caller(&identity, &caller, template);
    let decide = |loaded: &_| rule::replace_codes(loaded, caller.id(), &stored, &notice);
    let keys = rule::change_keys(caller.id(), &notice);
    caller.change(&identity.platform, &keys, decide).await?;
    Ok(Reply::ok(RecoveryCodes { recovery_codes })
        .message("These codes take the place of the old ones."))
}

/// Whether a second factor is asked for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "State2fa")]
struct TwoFactorStatus {
    /// Whether it is.
    enabled: bool,
    /// Since when.
    enabled_at: Option<Timestamp>,
    /// Recovery codes that were not used yet.
    recovery_codes_left: usize,
}

async fn show(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
) -> Result<Reply<TwoFactorStatus>, Problem> {
    let factor = SecondFactor::load(&*identity.platform.store, caller.id()).await?;
    let factor = factor.filter(|factor| factor.enabled_at.is_some());
    Ok(Reply::ok(TwoFactorStatus {
        enabled: factor.is_some(),
        enabled_at: factor.as_ref().and_then(|factor| factor.enabled_at),
        recovery_codes_left: factor.map_or(0, |factor| factor.recovery_codes.len()),
    }))
}

fn codes_example() -> Value {
    json!({"recoveryCodes": [
        "7k3np-x9w2c", "0b8mz-4tq6h", "j5r1d-v7y3a", "q2c9g-n6k8s", "w4x0f-p1m7b",
        "t8h3v-d5j2z", "a6y9q-r0g4k", "z1n7c-b3w5x", "m2s8t-h6f0p", "d9k4j-q7v1r"
    ]})
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::get("/v1/account/2fa", "Whether a second factor is asked for", show)
            .answers::<TwoFactorStatus>(200, "Whether it is, and how many recovery codes are left.", json!({
                "enabled": true, "enabledAt": "2026-01-31T09:30:00.000Z", "recoveryCodesLeft": 10
            })),
        Route::post("/v1/account/2fa/setup", "Begin to use a second factor", setup)
            .describe(
                "Gives a secret for an authenticator application. Nothing changes until a first code of it is shown to \
                 `/v1/account/2fa/verify`, within an hour. Needs a proof of who you are that is not older than ten minutes.",
            )
            .answers::<Setup>(200, "What the application is told.", json!({
                "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
                "otpauthUrl": "otpauth://totp/id.example.org%3Aada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=id.example.org&algorithm=SHA1&digits=6&period=30",
                "qrSvg": "<svg xmlns=\"http://www.w3.org/2000/svg\" …>",
                "qrPng": "data:image/png;base64,iVBORw0KGgo…"
            }))
            .problems(&[Code::Conflict, Code::ReauthenticationRequired]),
        Route::post("/v1/account/2fa/verify", "Turn the second factor on", verify)
            .describe("Shows that the application works. From now on signing in asks for a code, too.")
            .takes::<ConfirmSetupRequest>(json!({"code": "123456"}))
            .answers::<RecoveryCodes>(200, "It is on. These recovery codes are shown only now.", codes_example())
            .problems(&[Code::Conflict, Code::RateLimited, Code::ReauthenticationRequired]),
        Route::post("/v1/account/2fa/recovery-codes", "Get new recovery codes", replace_codes)
            .describe("The old ones are worth nothing from then on. Their owner is told, and can take it back by a link for seven days.")
            .answers::<RecoveryCodes>(200, "The new ones, shown only now.", codes_example())
            .problems(&[Code::Conflict, Code::ReauthenticationRequired]),
        Route::post("/v1/account/2fa/disable", "Turn the second factor off", disable)
            .describe("Needs the password, which must be long enough to stand alone, and a code.")
            .takes::<Disable>(json!({"password": "notes on the analytical engine", "code": "123456"}))
            .answers::<Nothing>(200, "It is off.", json!({}))
            .problems(&[Code::Conflict, Code::PasswordTooShort, Code::RateLimited, Code::FactorClosed]),
    ]
}
