//! Who may try to sign in, and who has to wait.

use std::time::Duration;

use http::HeaderMap;
use selfsame_basics::UserId;
use selfsame_web::{Client, Problem};

use super::rule::Refusal;
use crate::{Identity, sessions};
use crate::{login_backoff::Attempt, login_backoff::too_many};

/// A try at a password that was let through.
pub(super) struct Admission {
    pub(super) attempt: Attempt,
    /// Whether the password is compared with the account's; else only as long is taken over it.
    pub(super) is_looked_at: bool,
    /// How long strangers have to wait, where they have used up what they may try.
    strangers_wait: Option<Duration>,
}

impl Admission {
    const fn of(attempt: Attempt) -> Self {
        Self { attempt, is_looked_at: true, strangers_wait: None }
    }

    /// What a password that was wrong, or not looked at, is answered. It is the same for both: else
    /// whoever is in a network could tell which names have signed in from there.
    pub(super) fn refusal(&self) -> Problem {
        self.strangers_wait.map_or_else(|| Refusal::Wrong.into(), too_many)
    }
}

/// Lets `client` try the password of whoever is called `name`, or says how long to wait; `user` is
/// who that is, if anybody.
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
    let (attempt, wait) = match identity.login_backoff.among_strangers(
        attempt,
        name,
        identity.platform.monotonic(),
    ) {
        Ok(attempt) => return Ok(Admission::of(attempt)),
        Err(refused) => refused,
    };
    // Looked up only now: as long as nobody is attacked there is nothing to read.
    let is_looked_at = sessions::is_familiar(identity, user, client.ip).await?;
    Ok(Admission { attempt, is_looked_at, strangers_wait: Some(wait) })
}

/// Lets `client` try the second factor of `user`. What all strangers may try is bounded by the
/// challenges and by the factor itself.
pub(super) async fn second_factor(
    identity: &Identity,
    client: &Client,
    headers: &HeaderMap,
    user: &UserId,
) -> Result<Attempt, Problem> {
    match sessions::device(headers, identity, user) {
        Some(device) => of_browser(identity, device).await,
        None => attempt(identity, &format!("2fa/{user}"), client).await,
    }
}

/// The same for a browser that its user has signed in with before.
async fn of_browser(identity: &Identity, device: &str) -> Result<Attempt, Problem> {
    let known = format!("device/{device}");
    identity
        .login_backoff
        .attempt_of_known(&known, &*identity.platform.clock)
        .await
        .map_err(too_many)
}

/// The same for whoever is not known: `name` is what they try at.
async fn attempt(identity: &Identity, name: &str, client: &Client) -> Result<Attempt, Problem> {
    let clock = &*identity.platform.clock;
    identity.login_backoff.attempt(name, client.ip, clock).await.map_err(too_many)
}
