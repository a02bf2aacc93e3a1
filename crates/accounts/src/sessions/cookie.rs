//! Cookies for browsers: the refresh token, and what a browser is known by again. No script can read them, no other site can
//! have them sent.

use http::header::{COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue};
use selfsame_web::{Code, Detail, Problem};
use url::Url;

use crate::Settings;

/// What is kept in a cookie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cookie {
    /// The refresh token.
    Refresh,
    /// What says that somebody has signed in with this browser before.
    Device,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Refresh => "selfsame_refresh",
            Self::Device => "selfsame_device",
        }
    }
}

/// The `Set-Cookie` that hands over `value` for `seconds`; an empty value for none takes it back.
pub(super) fn set(cookie: Cookie, value: &str, seconds: u64, settings: &Settings) -> Option<HeaderValue> {
    let name = cookie.name();
    let secure = if settings.public_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/auth; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&cookie).ok()
}

/// The value that the browser sent along.
pub(super) fn find(headers: &HeaderMap, cookie: Cookie) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == cookie.name() && !value.is_empty()).map(|(_, value)| value)
}

/// Refuses what a page of another site had the browser send. Browsers name the origin of every POST (Fetch standard, "append
/// a request `Origin` header"), so that whoever uses the cookie must.
pub(super) fn check_origin(headers: &HeaderMap, settings: &Settings) -> Result<(), Problem> {
    let given = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
    let own = Url::parse(&settings.public_url).ok();
    let is_public = own.as_ref().is_some_and(|own| own.origin().ascii_serialization() == given);
    let is_host = own.as_ref().is_some_and(|own| is_page_of_host(given, own.scheme(), headers));
    if is_public || is_host || settings.origins.iter().any(|origin| origin == given) {
        return Ok(());
    }
    Err(Problem::new(Code::Forbidden, Detail::CookieFromElsewhere))
}

/// Whether the page comes from where the request goes: a service is reached by other names than its public one too
/// (`localhost`, a container's port), and no page can choose the `Host` that a browser sends (OWASP CSRF Prevention Cheat
/// Sheet, "Verifying Origin With Standard Headers").
fn is_page_of_host(origin: &str, scheme: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
    let named = authority.filter(|authority| !authority.is_empty());
    named.zip(host).is_some_and(|(authority, host)| authority.eq_ignore_ascii_case(host))
}
