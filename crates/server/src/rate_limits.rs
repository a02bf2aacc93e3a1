//! How many requests a caller may make, by path.

use std::sync::Arc;
use std::time::Duration;

use selfsame_app::App;
use selfsame_identity::limits::callers;
use selfsame_web::{RateLimitLayer, RateLimitPolicy, RateLimiter};

use crate::wiring::Installation;
use crate::{operations, ui};

/// Addresses, accounts and services that are counted at the same time: about 1 MB.
const RATE_LIMITED_KEYS: usize = 65_536;

/// Pictures that never change and are public to those who know their name: pages show many of them
/// at once.
const PICTURES: &[&str] =
    &["/avatars/*", "/thumb/*", "/medium/*", "/original/*", "/v1/avatars/*", "/aliases/*"];

/// The limits of the operator's `installation`, counted for the callers that `app` knows.
pub(crate) fn layer(installation: &Installation, app: &Arc<App>) -> RateLimitLayer {
    let settings = &installation.settings;
    let policy = |name, limit| RateLimitPolicy::new(name, limit, Duration::from_mins(1));
    let session = policy("session", settings.session_requests);
    let counted = [
        ("/auth/refresh", session),
        ("/auth/logout", session),
        ("/auth/register", policy("register", settings.registrations)),
        ("/auth/*", policy("auth", settings.auth_requests)),
    ];
    let pictures = policy("pictures", settings.picture_requests);
    let free = ui::PATHS.iter().chain(operations::PATHS).map(|path| (*path, RateLimitPolicy::FREE));
    RateLimitLayer {
        rate_limiter: Arc::new(RateLimiter::new(RATE_LIMITED_KEYS)),
        clock: Arc::clone(&installation.clock),
        paths: counted
            .into_iter()
            .chain(PICTURES.iter().map(|path| (*path, pictures)))
            .chain(free)
            .collect(),
        anonymous: policy("anonymous", settings.anonymous_requests),
        accounts: policy("account", settings.account_requests),
        services: policy("service", settings.service_requests),
        callers: callers(&app.identity),
    }
}
