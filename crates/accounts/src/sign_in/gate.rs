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
    if let Some(device) = user.and_then(|user| sessions::device(headers, app, user)) {
        return of_browser(app, device).await;
    }
    let attempt = app.attempt_as(name, client).await?;
    let (attempt, wait) = match app.backoff.among_strangers(attempt, name, app.monotonic()) {
        Ok(attempt) => return Ok(attempt),
        Err(refused) => refused,
    };
    // Looked up only now: as long as nobody is attacked there is nothing to read.
    if sessions::is_familiar(app, user, client.ip).await? { Ok(attempt) } else { Err(too_many(wait)) }
}

/// Lets `client` try the second factor of `user`. What all strangers may try is bounded by the challenges and by the factor itself.
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
