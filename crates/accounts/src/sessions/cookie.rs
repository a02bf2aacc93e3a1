//! The refresh token as a cookie, for browsers: no script can read it, no other site can have it sent.

use http::header::{COOKIE, ORIGIN};
use http::{HeaderMap, HeaderValue};
use selfsame_web::{Code, Problem};

use crate::Settings;

/// Its name.
const NAME: &str = "selfsame_refresh";

/// The `Set-Cookie` that hands over `token` for `seconds`; an empty token for none takes it back.
pub(super) fn set(token: &str, seconds: u64, settings: &Settings) -> Option<HeaderValue> {
    let secure = if settings.public_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{NAME}={token}; Path=/auth; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&cookie).ok()
}

/// The token that the browser sent along.
pub(super) fn find(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == NAME && !value.is_empty()).map(|(_, value)| value)
}

/// Refuses what a page of another site had the browser send. Browsers name the origin of every POST (Fetch standard, "append
/// a request `Origin` header"), so that whoever uses the cookie must.
pub(super) fn check_origin(headers: &HeaderMap, settings: &Settings) -> Result<(), Problem> {
    let given = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let own = url::Url::parse(&settings.public_url).map(|url| url.origin().ascii_serialization());
    let mut allowed = settings.origins.iter().map(String::as_str).chain(own.as_deref());
    if given.is_some_and(|given| allowed.any(|origin| origin == given)) {
        return Ok(());
    }
    Err(Problem::new(Code::Forbidden, "The session cookie may be used only by pages of this site."))
}
