//! Links to other platforms: a link must lead to the platform that it names.

use std::collections::BTreeMap;

use selfsame_web::{Fault, FieldFault, Patch};
use url::{Host, Url};

/// Known platforms and their hosts; a platform without hosts allows any.
const PLATFORMS: &[(&str, &[&str])] = &[
    ("twitter", &["twitter.com", "x.com"]),
    ("x", &["x.com", "twitter.com"]),
    ("github", &["github.com"]),
    ("gitlab", &["gitlab.com"]),
    ("linkedin", &["linkedin.com"]),
    ("bluesky", &["bsky.app"]),
    ("youtube", &["youtube.com", "youtu.be"]),
    ("instagram", &["instagram.com"]),
    ("facebook", &["facebook.com", "fb.com"]),
    ("tiktok", &["tiktok.com"]),
    ("mastodon", &[]),
    ("website", &[]),
];

/// The names of the known platforms and, last, the label of all others: users may name a platform
/// as they like.
pub(super) const NAMES: &[&str] = &names();

#[expect(
    clippy::indexing_slicing,
    reason = "runs only while compiling, which a wrong place would stop"
)]
const fn names() -> [&'static str; PLATFORMS.len() + 1] {
    let mut names = ["other"; PLATFORMS.len() + 1];
    let mut index = 0;
    while index < PLATFORMS.len() {
        names[index] = PLATFORMS[index].0;
        index += 1;
    }
    names
}

/// Most links of a profile.
pub(super) const MOST: usize = 10;
const LONGEST: usize = 200;

/// `links` with the changes of `patch`: `null` removes a link, a text sets it, a link that is not
/// named stays.
pub(super) fn merged(
    links: &BTreeMap<String, String>,
    patch: &BTreeMap<String, Patch<String>>,
) -> Result<BTreeMap<String, String>, Vec<FieldFault>> {
    let mut merged = links.clone();
    let mut errors = Vec::new();
    for (platform, change) in patch {
        let pointer = format!("/socialLinks/{}", platform.replace('~', "~0").replace('/', "~1"));
        match change.clone().try_map(|link| checked(platform, &link)) {
            Ok(Patch::Set(link)) => drop(merged.insert(platform.clone(), link)),
            Ok(Patch::Clear) => drop(merged.remove(platform)),
            Ok(Patch::Keep) => {}
            Err(fault) => errors.push(FieldFault::new(pointer, fault)),
        }
    }
    if merged.len() > MOST {
        errors.push(FieldFault::new("/socialLinks", Fault::TooMany { max: MOST }));
    }
    if errors.is_empty() { Ok(merged) } else { Err(errors) }
}

fn checked(platform: &str, link: &str) -> Result<String, Fault> {
    let named = platform
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !named || !(1..=30).contains(&platform.len()) {
        return Err(Fault::NotAPlatform { max: 30 });
    }
    if link.len() > LONGEST {
        return Err(Fault::TooLong { max: LONGEST });
    }
    let url = Url::parse(link.trim()).map_err(|_| Fault::NotALink)?;
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    match url.host() {
        Some(Host::Domain(host)) if is_plain => belongs(platform, host).map(|()| url.to_string()),
        _ => Err(Fault::NotHttps),
    }
}

fn belongs(platform: &str, host: &str) -> Result<(), Fault> {
    let hosts =
        PLATFORMS.iter().find(|(name, _)| *name == platform).map_or(&[][..], |(_, hosts)| hosts);
    let is_of =
        |of: &str| host == of || host.strip_suffix(of).is_some_and(|rest| rest.ends_with('.'));
    match hosts.first() {
        Some(first) if !hosts.iter().any(|of| is_of(of)) => {
            Err(Fault::WrongHost { host: (*first).to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_must_lead_to_the_platform_it_names() {
        for (platform, link) in [
            ("twitter", "https://twitter.com/johndoe"),
            ("twitter", "https://x.com/johndoe"),
            ("linkedin", "https://de.linkedin.com/in/johndoe"),
            ("mastodon", "https://hachyderm.io/@john"),
            ("website", "https://john.example"),
            ("codeberg", "https://codeberg.org/john"),
        ] {
            assert!(checked(platform, link).is_ok(), "{platform} {link}");
        }
        for (platform, link) in [
            ("twitter", "https://evil.example/twitter.com"),
            ("twitter", "https://nottwitter.com/johndoe"),
            ("github", "http://github.com/johndoe"),
            ("github", "https://github.com@evil.example/"),
            ("github", "https://user:pass@github.com/"),
            ("website", "javascript:alert(1)"),
            ("website", "https://127.0.0.1/"),
            ("website", "not a link"),
            ("Web Site", "https://john.example"),
        ] {
            assert!(checked(platform, link).is_err(), "{platform} {link}");
        }
    }

    #[test]
    fn links_that_are_not_named_stay_and_null_removes() {
        let before = BTreeMap::from([
            ("github".to_owned(), "https://github.com/a".to_owned()),
            ("x".into(), "https://x.com/a".into()),
        ]);
        let patch = BTreeMap::from([
            ("x".to_owned(), Patch::Clear),
            ("website".into(), Patch::Set("https://a.example".into())),
        ]);
        let after = merged(&before, &patch).unwrap();
        assert_eq!(after.keys().collect::<Vec<_>>(), ["github", "website"]);
    }

    #[test]
    fn every_bad_link_is_named() {
        let patch = BTreeMap::from([
            ("x".to_owned(), Patch::Set("no".to_owned())),
            ("github".into(), Patch::Set("no".into())),
        ]);
        let errors = merged(&BTreeMap::new(), &patch).unwrap_err();
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/socialLinks/github", "/socialLinks/x"]);
    }
}
