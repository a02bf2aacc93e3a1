//! `POST /auth/login`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use selfsame_events::{Head, Status, user_partition};
use selfsame_password_hashing::PasswordCheck;
use selfsame_primitives::{EmailAddress, Secret, UserId, Username};
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{
    Access, Checked, Checks, Client, Code, Fault, FieldErrors, Problem, Reply, Route,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::SIGN_INS;
use super::challenge::{Challenge, ChallengeId};
use super::rule::{self, CompleteSignIn, SignInOutcome};
use super::second_factor::{self, ChallengeResponse};
use super::throttling;
use crate::sessions::{self, RefreshTokenTransport, StartSession, TokenResponse};
use crate::{Identity, device_name};
use selfsame_users::{records::Account, records::Claim};

/// Exactly one of `identifier`, `email` and `username` is given.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Login {
    /// Email address or username.
    identifier: Option<String>,
    /// The email address.
    email: Option<String>,
    /// The username.
    username: Option<String>,
    /// The password.
    password: Secret,
    /// What the device is called; its `User-Agent` unless given.
    device_name: Option<String>,
    /// `cookie` has the refresh token set as a cookie, for pages of this site.
    #[serde(default)]
    session: RefreshTokenTransport,
}

/// The name of a sign-in. One that no account can have is looked up too, so that it takes as long.
struct Identifier(String);

/// The partition of the claim for names that no account can have.
const DECOY_PARTITION: &str = "claim/nobody";

impl Login {
    /// The identifier, where the request is valid. Faults are checked before the password: a fault
    /// that shows only after a right one would reveal that it was right.
    fn checked(&self) -> Result<Identifier, Problem> {
        let mut faults = FieldErrors::default();
        self.check(&mut faults);
        match self.identifier() {
            Ok(identifier) => faults.or(identifier),
            Err((pointer, fault)) => {
                faults.add(pointer, fault);
                Err(Problem::faults(faults.into_vec()))
            }
        }
    }

    /// The identifier, or the field at fault.
    fn identifier(&self) -> Result<Identifier, (&'static str, Fault)> {
        let fields = [
            ("/identifier", &self.identifier),
            ("/email", &self.email),
            ("/username", &self.username),
        ];
        let mut given =
            fields.into_iter().filter_map(|(field, name)| Some((field, name.as_ref()?)));
        match (given.next(), given.next()) {
            (Some((field, name)), None) if name.len() > 254 => {
                Err((field, Fault::TooLong { max: 254 }))
            }
            (Some((_, name)), None) => Ok(Identifier(name.trim().to_lowercase())),
            (None, _) => Err(("/identifier", Fault::Required)),
            (Some(_), Some(_)) => Err((
                "/identifier",
                Fault::Exclusive {
                    fields: ["identifier", "email", "username"].map(str::to_owned).to_vec(),
                },
            )),
        }
    }
}

impl Checks for Login {
    fn check(&self, faults: &mut FieldErrors) {
        device_name::check(self.device_name.as_deref(), faults);
    }
}

impl Identifier {
    fn claim(&self, identity: &Identity) -> Key {
        let email = || self.email().map(|email| identity.users.email_claim(&email));
        let username = || {
            Username::sought(&self.0)
                .ok()
                .and_then(|name| identity.users.username_claims(&name).into_iter().next())
        };
        let decoy = || Key::new(DECOY_PARTITION, "claim");
        email().or_else(username).unwrap_or_else(decoy)
    }

    /// The key that attempts are counted under: all spellings of a name share one.
    fn counted_as(&self, identity: &Identity) -> String {
        let claim = self.claim(identity).partition;
        if claim == DECOY_PARTITION { self.0.clone() } else { claim }
    }

    /// Whether `account` has this very name: claims are also found by names that only look alike.
    fn names(&self, account: &Account) -> bool {
        let own = account.email.as_ref().map(EmailAddress::canonical);
        let is_own =
            own.is_some_and(|own| self.email().is_some_and(|email| email.canonical() == own));
        is_own
            || account
                .username
                .as_ref()
                .is_some_and(|name| name.as_str().eq_ignore_ascii_case(&self.0))
    }

    fn email(&self) -> Option<EmailAddress> {
        EmailAddress::sought(&self.0).ok()
    }

    /// The account and its user. There are always two reads, so that the time does not reveal
    /// whether there is an account.
    async fn find(&self, identity: &Identity) -> Result<Option<(UserId, Account)>, StoreError> {
        let claim = identity.platform.store.get(&self.claim(identity)).await?;
        let claim = claim.map(|item| decode::<Claim>(&item.body)).transpose()?;
        let user = claim.map(|claim| claim.user_id);
        let partition = user.as_ref().map_or_else(|| "user/nobody".to_owned(), user_partition);
        let items = identity
            .platform
            .store
            .get_many(&["account", "head"].map(|sort| Key::new(&partition, sort)))
            .await?;
        let [account, head] = items.as_slice() else { return Ok(None) };
        let account = account.as_ref().map(|item| decode::<Account>(&item.body)).transpose()?;
        // An unverified account of an earlier version does not exist for any caller.
        let head = head.as_ref().map(|item| decode::<Head>(&item.body)).transpose()?;
        let is_pending = head.is_some_and(|head| head.status == Status::Pending);
        Ok(user.zip(account.filter(|account| !is_pending && self.names(account))))
    }
}

async fn login(
    State(identity): State<Arc<Identity>>,
    client: Client,
    headers: HeaderMap,
    Checked(request): Checked<Login>,
) -> Result<Response, Problem> {
    sessions::check_transport(&identity, request.session, &headers)?;
    let identifier = request.checked()?;
    let answer = sign_in(&identity, &client, &headers, &identifier, &request).await;
    identity.platform.counters.add(&SIGN_INS, outcome(&answer));
    Ok(match answer? {
        Answer::In(response) => response,
        Answer::Challenged(challenged) => Reply::ok(challenged).into_response(),
    })
}

/// What signing in answers.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "both are written by themselves; together they are documented")]
enum Answered {
    /// Signed in.
    In(TokenResponse),
    /// A second factor is asked for.
    Challenged(ChallengeResponse),
}

fn outcome(answer: &Result<Answer, Problem>) -> &'static str {
    match answer.as_ref().map_err(|problem| problem.code) {
        Ok(Answer::In(_)) => "succeeded",
        Ok(Answer::Challenged(_)) => "challenged",
        Err(Code::InvalidCredentials) => "refused",
        Err(Code::RateLimited) => "throttled",
        Err(_) => "failed",
    }
}

/// What a right password leads to.
enum Answer {
    In(Response),
    Challenged(ChallengeResponse),
}

async fn sign_in(
    identity: &Identity,
    client: &Client,
    headers: &HeaderMap,
    identifier: &Identifier,
    request: &Login,
) -> Result<Answer, Problem> {
    let found = identifier.find(identity).await?;
    let user = found.as_ref().map(|(user, _)| user.clone());
    let admitted = throttling::password(
        identity,
        client,
        headers,
        &identifier.counted_as(identity),
        user.as_ref(),
    )
    .await?;
    // Without an account the password is compared with the dummy hash: it takes as long and never
    // matches.
    let found = found.filter(|_| admitted.is_compared);
    let Some(verified) = verify_password(identity, found, &request.password).await? else {
        let refusal = admitted.refusal();
        if admitted.is_compared {
            identity.signals.record_failed_sign_in(
                &identifier.0,
                user.as_ref(),
                client,
                identity.platform.now(),
            );
        }
        admitted.attempt.failed(identity.platform.monotonic());
        return Err(refusal);
    };
    admitted.attempt.succeeded(identity.platform.monotonic());
    identity.signals.record_password_success(&verified.user);
    let start = StartSession::first(
        identity,
        &verified.user,
        client,
        request.device_name.as_deref(),
        request.session,
    )
    .await?;
    let start = start.with_session_limit(&*identity.platform.store).await?;
    let challenge = Challenge::new(
        &identity.platform.keys,
        identity.platform.now(),
        &verified.against,
        verified.rehashed.clone(),
        start.session.device.clone(),
        request.session,
    );
    let id = ChallengeId::generate(identity, &verified.user);
    let keys = verified.keys(&start);
    let origin = start.origin(client);
    let decide = |loaded: &_| rule::sign_in(loaded, &verified, &start, (&id.key(), &challenge));
    match identity.platform.journal.change(&verified.user, &keys, &origin, decide).await? {
        SignInOutcome::Open => {
            sessions::grant(identity, &verified.user, &start.session, StatusCode::OK)
                .await
                .map(Answer::In)
        }
        SignInOutcome::Challenged => second_factor::challenged(identity, &id, challenge.expires_at)
            .await
            .map(Answer::Challenged),
    }
}

async fn verify_password(
    identity: &Identity,
    found: Option<(UserId, Account)>,
    password: &Secret,
) -> Result<Option<CompleteSignIn>, Problem> {
    let stored = found.as_ref().and_then(|(_, account)| account.password.as_deref());
    let check = identity.passwords.verify(password, stored).await?;
    let known = found.and_then(|(user, account)| account.password.map(|against| (user, against)));
    Ok(match check {
        PasswordCheck::Right { rehashed } => {
            known.map(|(user, against)| CompleteSignIn { user, against, rehashed })
        }
        PasswordCheck::Wrong => None,
    })
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::post("/auth/login", "Sign in", login)
            .describe(
                "Signs in with an email address or a username, and a password. Whether the account or the password was wrong is \
                 never said. After five failures each further one from the same network makes the next wait longer, and all \
                 strangers together have 60 tries an hour at one name; beyond those a wrong password is answered as one that was \
                 not looked at. Where one has signed in before (the network in the last 30 days, the browser by its cookie) a right \
                 one is taken all the same, so that nobody can lock out the owner. Where two-factor authentication is on, the answer is \
                 `{\"mfaRequired\":true,\"challengeId\":…,\"methods\":[…]}` instead of tokens.",
            )
            .access(Access::Public)
            .takes::<Login>(json!({"identifier": "ada@example.org", "password": "notes on the analytical engine"}))
            .answers::<Answered>(200, "Signed in; or where two-factor authentication is on, what goes to `/auth/login/2fa`.", sessions::example())
            .problems(&[Code::InvalidCredentials, Code::Forbidden, Code::RateLimited]),
    ]
}
