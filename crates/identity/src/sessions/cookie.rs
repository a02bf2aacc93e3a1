//! Cookies for browsers: the refresh token, and what a browser is known by again. No script can
//! read them, no other site can have them sent.

use http::header::{COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue};
use selfsame_web::{Code, Detail, Problem};
use url::{Host, Url};

use selfsame_platform::PublicUrls;

/// What is kept in a cookie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cookie {
    /// The refresh token.
    Refresh,
    /// What says that somebody has signed in with this browser before.
    Device,
}

impl Cookie {
    /// Under TLS no other host can set a cookie of this name, a subdomain no more than a page
    /// without TLS (RFC 6265bis §4.1.3).
    const fn name(self, is_tls: bool) -> &'static str {
        match (self, is_tls) {
            (Self::Refresh, true) => "__Host-selfsame_refresh",
            (Self::Device, true) => "__Host-selfsame_device",
            _ => self.former_name(),
        }
    }

    /// The name without TLS, and formerly with it. Under TLS any subdomain can set it, so it is not
    /// taken there but only cleared.
    const fn former_name(self) -> &'static str {
        match self {
            Self::Refresh => "selfsame_refresh",
            Self::Device => "selfsame_device",
        }
    }
}

fn is_tls(urls: &PublicUrls) -> bool {
    urls.public.starts_with("https://")
}

/// The `Set-Cookie`s that hand over `value` for `seconds`; an empty value for none takes it back.
pub(super) fn set(
    cookie: Cookie,
    value: &str,
    seconds: u64,
    urls: &PublicUrls,
) -> Vec<HeaderValue> {
    let line = |name, value, path, seconds: u64, secure| {
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
    };
    let lines = if is_tls(urls) {
        vec![
            line(cookie.name(true), value, "/", seconds, "; Secure"),
            line(cookie.former_name(), "", "/auth", 0, "; Secure"),
        ]
    } else {
        vec![line(cookie.name(false), value, "/auth", seconds, "")]
    };
    lines.iter().filter_map(|line| HeaderValue::from_str(line).ok()).collect()
}

/// The value that the browser sent along.
pub(super) fn find<'h>(
    headers: &'h HeaderMap,
    cookie: Cookie,
    urls: &PublicUrls,
) -> Option<&'h str> {
    let named = |name_sought: &str| {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs =
            lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs
            .find(|(name, value)| *name == name_sought && !value.is_empty())
            .map(|(_, value)| value)
    };
    named(cookie.name(is_tls(urls)))
}

/// Refuses what a page of another site had the browser send. Browsers name the origin of every POST
/// (Fetch standard, "append a request `Origin` header"), so that whoever uses the cookie must.
pub(super) fn check_origin(headers: &HeaderMap, urls: &PublicUrls) -> Result<(), Problem> {
    let given = text(headers, ORIGIN.as_str());
    if urls.origins.iter().any(|origin| origin == given) || is_own(given, headers, urls) {
        return Ok(());
    }
    let site = urls.public.clone();
    Err(Problem::new(Code::Forbidden, Detail::CookieFromElsewhere { site }))
}

/// The same, for an answer that sets the cookie: a browser drops it without a word where page and
/// service are of different sites, and the caller would believe it was signed in.
pub(super) fn check_storable(headers: &HeaderMap, urls: &PublicUrls) -> Result<(), Problem> {
    check_origin(headers, urls)?;
    if !is_cross_site(headers, urls) {
        return Ok(());
    }
    let site = urls.public.clone();
    Err(Problem::new(Code::Forbidden, Detail::CookieDropped { site }))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether a page of `origin` is a page of the service. On one's own machine a service is reached
/// by several names and ports (`localhost`, a container's): there the page has to come from where
/// the request goes.
fn is_own(origin: &str, headers: &HeaderMap, urls: &PublicUrls) -> bool {
    let (Ok(own), Ok(page)) = (Url::parse(&urls.public), Url::parse(origin)) else {
        return false;
    };
    if own.origin() == page.origin() {
        return own.origin().ascii_serialization() == origin;
    }
    let authority = origin.strip_prefix(own.scheme()).and_then(|rest| rest.strip_prefix("://"));
    let goes_there = authority.is_some_and(|authority| authority == text(headers, HOST.as_str()));
    goes_there && is_loopback(&own) && is_loopback(&page)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What the browser says (Fetch Metadata Request Headers §2.3), which knows what a site is. One
/// that does not say is judged by the last two labels of both names.
fn is_cross_site(headers: &HeaderMap, urls: &PublicUrls) -> bool {
    let said = text(headers, "sec-fetch-site");
    if !said.is_empty() {
        return said == "cross-site";
    }
    let (Ok(own), Ok(page)) =
        (Url::parse(&urls.public), Url::parse(text(headers, ORIGIN.as_str())))
    else {
        return true;
    };
    let is_same_host = own.host() == page.host() || (is_loopback(&own) && is_loopback(&page));
    let is_same_site = is_same_host
        || own.domain().zip(page.domain()).is_some_and(|(own, page)| site(own) == site(page));
    own.scheme() != page.scheme() || !is_same_site
}

fn site(name: &str) -> &str {
    let dots: Vec<_> = name.rmatch_indices('.').map(|(index, _)| index).collect();
    dots.get(1).and_then(|index| name.get(index + 1..)).unwrap_or(name)
}
