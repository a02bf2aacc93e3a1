//! The relying party: the service, by its domain name.

use selfsame_web::{Code, Detail, Problem};
use url::{Host, Url};

use selfsame_platform::PublicUrls;

/// The relying party of all passkeys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RelyingParty {
    /// Its id: a domain name.
    pub(super) id: String,
    /// Origins whose pages may use its passkeys. Browsers see to it that they lie within `id`.
    origins: Vec<String>,
}

impl RelyingParty {
    /// The one that `urls` name. On a loopback address it is `localhost`, since passkeys need a
    /// name.
    pub(super) fn of(urls: &PublicUrls) -> Result<Self, Problem> {
        let url = Url::parse(&urls.public).map_err(|_| nameless())?;
        let mut origins = urls.origins.clone();
        let id = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) if address.is_loopback() => "localhost".to_owned(),
            Some(Host::Ipv6(address)) if address.is_loopback() => "localhost".to_owned(),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => return Err(nameless()),
        };
        let mut named = url;
        named.set_host(Some(&id)).map_err(|_| nameless())?;
        origins.push(named.origin().ascii_serialization());
        Ok(Self { id, origins })
    }

    pub(super) fn knows(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == origin)
    }
}

fn nameless() -> Problem {
    Problem::new(Code::Conflict, Detail::PasskeysNeedDomain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(public: &str) -> Option<RelyingParty> {
        let origins = vec!["https://app.example.org".to_owned()];
        RelyingParty::of(&PublicUrls { public: public.into(), origins, ..PublicUrls::default() })
            .ok()
    }

    #[test]
    fn it_is_named_after_the_public_url() {
        let party = of("https://id.example.org").unwrap();
        assert_eq!(party.id, "id.example.org");
        assert!(party.knows("https://id.example.org") && party.knows("https://app.example.org"));
        for other in [
            "http://id.example.org",
            "https://id.example.org:8443",
            "https://example.org",
            "null",
            "",
        ] {
            assert!(!party.knows(other), "{other}");
        }
    }

    #[test]
    fn a_loopback_address_is_localhost_and_another_address_is_refused() {
        for url in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080"] {
            let party = of(url).unwrap();
            assert!(party.id == "localhost" && party.knows("http://localhost:8080"), "{url}");
        }
        assert_eq!(of("http://192.0.2.1"), None);
    }
}
