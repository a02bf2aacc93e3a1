//! Throttling of sign-ins, before a password is hashed.

use std::time::Duration;

use http::HeaderMap;
use selfsame_primitives::UserId;
use selfsame_web::{Client, Problem};

use super::rule::Refusal;
use crate::login_backoff::{LoginAttempt, retry_later};
use crate::{Identity, sessions};

/// An admitted attempt at a password.
pub(super) struct Admission {
    pub(super) attempt: LoginAttempt,
    /// Whether the password is compared with the account's hash; else with the dummy hash, which
    /// takes as long.
    pub(super) is_compared: bool,
    /// The wait of unknown clients, where their limit is used up.
    unknown_client_wait: Option<Duration>,
}

impl Admission {
    const fn of(attempt: LoginAttempt) -> Self {
        Self { attempt, is_compared: true, unknown_client_wait: None }
    }

    /// The answer to a wrong password and to one that was not compared. It is the same for both:
    /// else any client in a network could learn which users have signed in from there (decision
    /// 0018).
    pub(super) fn refusal(&self) -> Problem {
        self.unknown_client_wait.map_or_else(|| Refusal::Wrong.into(), retry_later)
    }
}

/// Admits an attempt of `client` at the password of `name`; `user` is the account of that name, if
/// there is one.
///
/// # Errors
/// `rate_limited`, with the time to wait.
pub(super) async fn password(
    identity: &Identity,
    client: &Client,
    headers: &HeaderMap,
    name: &str,
    user: Option<&UserId>,
) -> Result<Admission, Problem> {
    if let Some(device) = user.and_then(|user| sessions::device(headers, identity, user)) {
        return of_browser(identity, device).await.map(Admission::of);
    }
    let attempt = attempt(identity, name, client).await?;
    let (attempt, wait) = match identity.login_backoff.take_unknown_client_permit(
        attempt,
        name,
        identity.platform.monotonic(),
    ) {
        Ok(attempt) => return Ok(Admission::of(attempt)),
        Err(refused) => refused,
    };
    // Read only when the limit is used up: without an attack a sign-in costs no extra read. The
    // read happens with and without an account, so its time reveals nothing.
    let is_compared = sessions::is_known_network(identity, user, client.ip).await?;
    Ok(Admission { attempt, is_compared, unknown_client_wait: Some(wait) })
}

/// Admits an attempt of `client` at the second factor of `user`. Unknown clients share no limit
/// here: only a client that gave the right password has a challenge, and the factor counts wrong
/// codes.
///
/// # Errors
/// `rate_limited`, with the time to wait.
pub(super) async fn second_factor(
    identity: &Identity,
    client: &Client,
    headers: &HeaderMap,
    user: &UserId,
) -> Result<LoginAttempt, Problem> {
    match sessions::device(headers, identity, user) {
        Some(device) => of_browser(identity, device).await,
        None => attempt(identity, &format!("2fa/{user}"), client).await,
    }
}

/// An attempt from a browser with the device cookie of the user.
async fn of_browser(identity: &Identity, device: &str) -> Result<LoginAttempt, Problem> {
    let device = format!("device/{device}");
    identity
        .login_backoff
        .attempt_from_known_device(&device, &*identity.platform.clock)
        .await
        .map_err(retry_later)
}

/// An attempt at `name` from an unknown client.
async fn attempt(
    identity: &Identity,
    name: &str,
    client: &Client,
) -> Result<LoginAttempt, Problem> {
    let clock = &*identity.platform.clock;
    identity.login_backoff.attempt(name, client.ip, clock).await.map_err(retry_later)
}
