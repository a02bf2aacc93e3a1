//! Access to the development inbox.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::{FORWARDED, HOST};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Uri};
use selfsame_web::{Client, Problem};
use url::Url;

use crate::MailQueue;

/// A caller at this machine, who may read all codes in the inbox: [`is_neighbour`].
pub(super) struct LocalCaller;

impl FromRequestParts<Arc<MailQueue>> for LocalCaller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        queue: &Arc<MailQueue>,
    ) -> Result<Self, Problem> {
        let client = Client::of(parts);
        let is_local =
            is_neighbour(&client, &parts.uri, &parts.headers, &queue.platform.urls.public);
        is_local.then_some(Self).ok_or_else(Problem::not_found)
    }
}

/// Whether a request comes from this machine and is meant for it. The loopback address alone does
/// not prove that: a proxy on this machine forwards requests of others, and a web page whose name
/// resolves to this machine (DNS rebinding) sends requests from a browser on it.
#[must_use]
pub fn is_neighbour(client: &Client, uri: &Uri, headers: &HeaderMap, public_url: &str) -> bool {
    let is_proxied = headers.contains_key(FORWARDED) || headers.contains_key("x-forwarded-for");
    let named = headers.get_all(HOST).iter().map(|host| Authority::try_from(host.as_bytes()).ok());
    // A request without a host was sent by no browser.
    let mut hosts = named.chain(uri.authority().cloned().map(Some));
    client.ip.is_loopback()
        && !is_proxied
        && hosts.all(|name| name.is_some_and(|name| is_here(name.host(), public_url)))
}

/// Whether `host`, as it stands in a URL, is this machine's own or the one that the service goes
/// by.
fn is_here(host: &str, public_url: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let own = Url::parse(public_url).ok();
    let own = own.as_ref().and_then(Url::host_str);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        || own.is_some_and(|own| own.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn is_allowed(from: IpAddr, uri: &str, headers: &[(&str, &str)]) -> bool {
        let client = Client { request_id: "r".into(), ip: from, device: None };
        let mut request = http::Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        is_neighbour(&client, &parts.uri, &parts.headers, "http://id.home.example:8080")
    }

    #[test]
    fn local_callers_use_a_name_of_this_machine() {
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        for host in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1:8080",
            "127.0.0.2",
            "[::1]:8080",
            "[::1]",
            "id.home.example:80",
        ] {
            assert!(is_allowed(here, "/dev/mail", &[("host", host)]), "{host}");
            assert!(
                is_allowed(Ipv6Addr::LOCALHOST.into(), "/dev/mail", &[("host", host)]),
                "{host}"
            );
            assert!(
                !is_allowed(Ipv4Addr::new(10, 0, 0, 1).into(), "/dev/mail", &[("host", host)]),
                "{host}"
            );
        }
        assert!(is_allowed(here, "/dev/mail", &[]));
        assert!(is_allowed(here, "http://localhost:8080/dev/mail", &[("host", "localhost:8080")]));
    }

    #[test]
    fn a_foreign_name_that_resolves_to_this_machine_is_refused() {
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        for host in [
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "id.home.example.evil.example",
            "192.0.2.7",
            "[::2]",
            "",
            "a b",
        ] {
            assert!(!is_allowed(here, "/dev/mail", &[("host", host)]), "{host}");
            assert!(
                !is_allowed(here, "/dev/mail", &[("host", "localhost"), ("host", host)]),
                "{host}"
            );
        }
        assert!(!is_allowed(here, "http://evil.example/dev/mail", &[("host", "localhost")]));
    }

    #[test]
    fn a_proxied_request_is_refused() {
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        for header in [
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "for=127.0.0.1"),
            ("x-forwarded-for", ""),
        ] {
            assert!(!is_allowed(here, "/dev/mail", &[("host", "localhost"), header]), "{header:?}");
        }
    }
}
