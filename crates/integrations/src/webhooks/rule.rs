//! Validation of endpoints.

use selfsame_primitives::clean_line;
use selfsame_web::{Fault, FieldErrors, Patch, Problem};
use serde::Deserialize;
use url::{Host, Url};

use crate::webhook_delivery::AddressPolicy;

/// Most endpoints.
pub(super) const MOST_ENDPOINTS: usize = 50;
const LONGEST_URL: usize = 1024;
const LONGEST_DESCRIPTION: usize = 200;
const MOST_TYPES: usize = 50;

/// What is asked to change about an endpoint.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "WebhookWanted")]
pub struct EndpointInput {
    /// Where events are posted to: `https://`, on any port, with no user name or password in it,
    /// and to no address inside anybody's network.
    pub url: Patch<String>,
    /// What it is for, in up to 200 characters.
    pub description: Patch<String>,
    /// The types that are sent: exact ones (`profile.updated`) and families (`profile.*`). All
    /// where it is empty.
    pub event_types: Patch<Vec<String>>,
    /// Whether anything is sent.
    pub enabled: Patch<bool>,
}

/// The checked input.
#[derive(Clone, Debug)]
pub(super) struct ValidEndpoint {
    pub(super) url: Option<String>,
    pub(super) description: Option<String>,
    pub(super) event_types: Option<Vec<String>>,
    pub(super) enabled: Option<bool>,
}

impl EndpointInput {
    /// Checks all fields, and names every wrong one. `types` are those of the event catalog.
    pub(super) fn checked(
        self,
        policy: &AddressPolicy,
        types: &[&str],
    ) -> Result<ValidEndpoint, Problem> {
        let mut faults = FieldErrors::default();
        let url = match self.url {
            Patch::Keep => Ok(None),
            Patch::Clear => wrong(Fault::NotRemovable),
            Patch::Set(text) => check_url(&text, policy).map(Some).or_else(wrong),
        };
        let description = match self.description {
            Patch::Keep => Ok(None),
            Patch::Clear => Ok(Some(String::new())),
            Patch::Set(text) => check_description(&text).map(Some).or_else(wrong),
        };
        let event_types = match self.event_types {
            Patch::Keep => Ok(None),
            Patch::Clear => Ok(Some(Vec::new())),
            Patch::Set(list) => check_types(list, types).map(Some),
        };
        let enabled = match self.enabled {
            Patch::Keep => Ok(None),
            Patch::Clear => wrong(Fault::NotRemovable),
            Patch::Set(enabled) => Ok(Some(enabled)),
        };
        let url = checked_field(&mut faults, "/url", url);
        let description = checked_field(&mut faults, "/description", description);
        let event_types = checked_field(&mut faults, "/eventTypes", event_types);
        let enabled = checked_field(&mut faults, "/enabled", enabled);
        let checked = ValidEndpoint { url, description, event_types, enabled };
        faults.or(checked)
    }
}

impl EndpointInput {
    /// The same for a new endpoint, which needs a URL.
    pub(super) fn checked_whole(
        self,
        policy: &AddressPolicy,
        types: &[&str],
    ) -> Result<ValidEndpoint, Problem> {
        let leads_nowhere = self.url == Patch::Keep;
        let mut outcome = self.checked(policy, types);
        if leads_nowhere {
            let mut faults = FieldErrors::default();
            faults.add("/url", Fault::Required);
            faults.join(outcome);
            outcome = Err(Problem::faults(faults.into_vec()));
        }
        outcome
    }
}

/// What is wrong with a field: where within it, and what it must be.
type EndpointInputError = (String, Fault);

fn wrong<T>(fault: Fault) -> Result<T, Vec<EndpointInputError>> {
    Err(vec![(String::new(), fault)])
}

/// The checked value; its fault joins `faults`.
fn checked_field<T>(
    faults: &mut FieldErrors,
    pointer: &str,
    checked: Result<Option<T>, Vec<EndpointInputError>>,
) -> Option<T> {
    checked.unwrap_or_else(|all| {
        for (place, fault) in all {
            faults.add(format!("{pointer}{place}"), fault);
        }
        None
    })
}

fn check_description(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let line = clean_line(text, LONGEST_DESCRIPTION)?;
    // A character as people count them may have any number of bytes, and all endpoints together are
    // one item.
    if line.len() > 4 * LONGEST_DESCRIPTION {
        Err(Fault::TooLong { max: LONGEST_DESCRIPTION })
    } else {
        Ok(line)
    }
}

/// The setting that allows further networks.
pub(super) const ALLOWED: &str = "webhooks.allowed_networks";

/// The URL in its stored form. A host name is resolved at each delivery, since its addresses may
/// change.
fn check_url(text: &str, policy: &AddressPolicy) -> Result<String, Fault> {
    let url = Url::parse(text.trim()).map_err(|_| Fault::NotALink)?;
    let plain = match url.scheme() {
        "https" => false,
        "http" if !policy.allowed.is_empty() => true,
        "http" => {
            return Err(Fault::NotPlain {
                setting: ALLOWED.into(),
                reason: text.trim().to_owned(),
            });
        }
        _ => return Err(Fault::NotHttps),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::HasCredentials);
    }
    if url.fragment().is_some() {
        return Err(Fault::HasFragment);
    }
    if url.as_str().len() > LONGEST_URL {
        return Err(Fault::TooLong { max: LONGEST_URL });
    }
    let address = match url.host() {
        None => return Err(Fault::NotHttps),
        Some(Host::Domain(_)) => None,
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
    };
    if let Some(address) = address.filter(|address| !policy.admits(*address, plain)) {
        let (setting, reason) = (ALLOWED.to_owned(), address.to_string());
        return Err(if plain {
            Fault::NotPlain { setting, reason }
        } else {
            Fault::NotPublic { setting, reason }
        });
    }
    if url.port() == Some(0) {
        return Err(Fault::NotAPort);
    }
    Ok(url.into())
}

/// The types without duplicates, or the index and fault of each wrong one.
fn check_types(list: Vec<String>, types: &[&str]) -> Result<Vec<String>, Vec<EndpointInputError>> {
    if list.len() > MOST_TYPES {
        return wrong(Fault::TooMany { max: MOST_TYPES });
    }
    let mut checked: Vec<String> = Vec::with_capacity(list.len());
    let mut all = Vec::new();
    for (place, input) in list.into_iter().enumerate() {
        let is_known = match input.strip_suffix(".*") {
            Some(family) => types.iter().any(|known| known.split('.').next() == Some(family)),
            None => types.contains(&input.as_str()),
        };
        if !is_known {
            all.push((format!("/{place}"), Fault::NotAnEventType));
        } else if !checked.contains(&input) {
            checked.push(input);
        }
    }
    if all.is_empty() { Ok(checked) } else { Err(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str, policy: &AddressPolicy) -> Result<String, Fault> {
        check_url(text, policy)
    }

    #[test]
    fn a_public_https_url_is_taken_on_any_port() {
        let policy = AddressPolicy::default();
        for good in [
            "https://example.org/hooks?for=1",
            "https://example.org:8443/",
            "https://1.1.1.1/x",
            "https://[2606:4700::1]/",
        ] {
            assert_eq!(url(good, &policy).as_deref(), Ok(good));
        }
    }

    #[test]
    fn what_leads_inside_or_is_no_plain_https_url_is_refused() {
        let policy = AddressPolicy::default();
        for bad in [
            "http://example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "https://",
            "example.org",
            "",
            "https://ada:secret@example.org/",
            "https://ada@example.org/",
            "https://example.org/#there",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00:ec2::254]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://0/",
            "https://example.org:0/",
        ] {
            assert!(url(bad, &policy).is_err(), "{bad}");
        }
        assert!(url(&format!("https://example.org/{}", "x".repeat(1024)), &policy).is_err());
    }

    #[test]
    fn without_tls_only_networks_that_are_allowed_are_reached_and_a_refusal_names_reason_and_setting()
     {
        let policy = AddressPolicy {
            allowed: vec!["127.0.0.0/8".parse().unwrap(), "10.1.0.0/16".parse().unwrap()],
        };
        for good in ["http://127.0.0.1:9000/", "http://10.1.2.3/hook", "https://127.0.0.1/"] {
            assert!(url(good, &policy).is_ok(), "{good}");
        }
        let named = |reason: &str| (ALLOWED.to_owned(), reason.to_owned());
        for (bad, reason) in [("http://1.1.1.1/", "1.1.1.1"), ("http://[::1]/", "::1")] {
            let (setting, reason) = named(reason);
            assert_eq!(url(bad, &policy), Err(Fault::NotPlain { setting, reason }));
        }
        let (setting, reason) = named("10.2.0.1");
        assert_eq!(url("https://10.2.0.1/", &policy), Err(Fault::NotPublic { setting, reason }));
        let (setting, reason) = named("http://example.org/");
        assert_eq!(
            url("http://example.org/", &AddressPolicy::default()),
            Err(Fault::NotPlain { setting, reason })
        );
    }

    #[test]
    fn types_are_those_of_the_catalogue_or_their_families() {
        let known = ["profile.updated", "user.deleted"];
        let check = |list: &[&str]| {
            check_types(list.iter().map(|text| (*text).to_owned()).collect(), &known)
        };
        assert_eq!(
            check(&["profile.*", "user.deleted", "profile.*"]).unwrap(),
            ["profile.*", "user.deleted"]
        );
        for bad in ["profile", "prof.*", "*", "profile.*.*", "profile.", "profile.gone", ""] {
            let wrong = check(&["user.deleted", bad, "profile.*", bad]).unwrap_err();
            let places: Vec<_> = wrong.iter().map(|(place, _)| place.as_str()).collect();
            assert_eq!(places, ["/1", "/3"], "{bad}");
        }
    }
}
