//! Who may try to sign in, and who has to wait.

use std::time::Duration;

use http::HeaderMap;
use selfsame_basics::UserId;
use selfsame_web::{Client, Problem};

use super::backoff::{Attempt, too_many};
use super::rule::Refusal;
use crate::{App, sessions};

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
    app: &App,
    client: &Client,
    headers: &HeaderMap,
    name: &str,
    user: Option<&UserId>,
) -> Result<Admission, Problem> {
    if let Some(device) = user.and_then(|user| sessions::device(headers, app, user)) {
        return of_browser(app, device).await.map(Admission::of);
    }
    let attempt = app.attempt_as(name, client).await?;
    let (attempt, wait) = match app.backoff.among_strangers(attempt, name, app.monotonic()) {
        Ok(attempt) => return Ok(Admission::of(attempt)),
        Err(refused) => refused,
    };
    // Looked up only now: as long as nobody is attacked there is nothing to read.
    let is_looked_at = sessions::is_familiar(app, user, client.ip).await?;
    Ok(Admission { attempt, is_looked_at, strangers_wait: Some(wait) })
}

/// Lets `client` try the second factor of `user`. What all strangers may try is bounded by the
/// challenges and by the factor itself.
pub(super) async fn second_factor(
    app: &App,
    client: &Client,
    headers: &HeaderMap,
    user: &UserId,
) -> Result<Attempt, Problem> {
    match sessions::device(headers, app, user) {
        Some(device) => of_browser(app, device).await,
        None => app.attempt_as(&format!("2fa/{user}"), client).await,
    }
}

/// The same for a browser that its user has signed in with before.
async fn of_browser(app: &App, device: &str) -> Result<Attempt, Problem> {
    let known = format!("device/{device}");
    app.backoff.attempt_of_known(&known, &*app.clock).await.map_err(too_many)
}
