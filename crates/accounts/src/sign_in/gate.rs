//! Who may try to sign in, and who has to wait.

use http::HeaderMap;
use selfsame_basics::UserId;
use selfsame_web::{Client, Problem};

use super::backoff::{Attempt, too_many};
use crate::{App, sessions};

/// Lets `client` try the password of whoever is called `name`, or says how long to wait; `user` is who that is, if anybody.
pub(super) async fn password(
    app: &App,
    client: &Client,
    headers: &HeaderMap,
    name: &str,
    user: Option<&UserId>,
) -> Result<Attempt, Problem> {
    if let Some(attempt) = user.and_then(|user| with_browser(app, headers, user)) {
        return attempt;
    }
    let attempt = app.attempt_as(name, client)?;
    let (attempt, wait) = match app.backoff.among_strangers(attempt, name, app.monotonic()) {
        Ok(attempt) => return Ok(attempt),
        Err(refused) => refused,
    };
    // Looked up only now: as long as nobody is attacked there is nothing to read.
    match sessions::is_familiar(app, user, client.ip).await {
        Ok(true) => Ok(attempt),
        Ok(false) => {
            attempt.withdrawn();
            Err(too_many(wait))
        }
        Err(error) => {
            attempt.withdrawn();
            Err(error.into())
        }
    }
}

/// Lets `client` try the second factor of `user`. What all strangers may try is bounded by the challenges and by the factor itself.
pub(super) fn second_factor(
    app: &App,
    client: &Client,
    headers: &HeaderMap,
    user: &UserId,
) -> Result<Attempt, Problem> {
    let known = with_browser(app, headers, user);
    known.unwrap_or_else(|| app.attempt_as(&format!("2fa/{user}"), client))
}

/// The same for a browser that `user` has signed in with before; else `None`.
fn with_browser(app: &App, headers: &HeaderMap, user: &UserId) -> Option<Result<Attempt, Problem>> {
    let device = sessions::device(headers, &app.keys, user)?;
    Some(app.backoff.attempt_of_known(&format!("device/{device}"), app.monotonic()).map_err(too_many))
}
