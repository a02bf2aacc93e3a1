//! Cookies for browsers: the refresh token, and the device cookie. `HttpOnly` keeps scripts from
//! reading them, `SameSite=Strict` other sites from sending them.

use http::header::{COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue};
use selfsame_web::{Code, Detail, Problem};
use url::{Host, Url};

use selfsame_platform::PublicUrls;

/// A cookie of this service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cookie {
    /// The refresh token.
    Refresh,
    /// Proof that a user has signed in with this browser before.
    Device,
}

impl Cookie {
    /// With the prefix `__Host-` neither a subdomain nor a page without TLS can set the cookie (RFC
    /// 6265bis §4.1.3).
    const fn name(self, is_tls: bool) -> &'static str {
        match (self, is_tls) {
            (Self::Refresh, true) => "__Host-selfsame_refresh",
            (Self::Device, true) => "__Host-selfsame_device",
            _ => self.former_name(),
        }
    }

    /// The name without TLS, and of earlier versions with it. Under TLS any subdomain can set it:
    /// it is not read there, only cleared.
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

/// The `Set-Cookie` headers for `value` with a lifetime of `seconds`; an empty value with 0 clears
/// it.
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

/// The value of `cookie` in `headers`.
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

/// Refuses requests from pages of other sites. Browsers send `Origin` with every POST (Fetch
/// standard, "append a request `Origin` header"), so a request with the cookie must have one.
pub(super) fn check_origin(headers: &HeaderMap, urls: &PublicUrls) -> Result<(), Problem> {
    let given = text(headers, ORIGIN.as_str());
    if urls.origins.iter().any(|origin| origin == given) || is_own(given, headers, urls) {
        return Ok(());
    }
    let site = urls.public.clone();
    Err(Problem::new(Code::Forbidden, Detail::CookieFromElsewhere { site }))
}

/// As [`check_origin`], for an answer that sets the cookie. A browser silently drops it where page
/// and service are of different sites, and the caller would believe it was signed in.
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

/// Whether `origin` is the service's own. In development a service has several names and ports
/// (`localhost`, a container's): there `Origin` must match `Host`.
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

/// Whether page and service are of different sites, by `Sec-Fetch-Site` (Fetch Metadata Request
/// Headers §2.3): only the browser knows the list of public suffixes. Without that header the last
/// two labels are compared.
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
