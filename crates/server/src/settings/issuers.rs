//! Settings of other issuers.

use super::Issuer;
use super::kinds::Kind;

/// A list of issuers: tables in a configuration file, JSON in an environment variable.
pub(super) struct Issuers;

fn read(text: &str) -> Result<Vec<Issuer>, String> {
    let issuers: Vec<Issuer> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut names: Vec<_> = issuers.iter().map(|issuer| &issuer.issuer).collect();
    names.sort_unstable();
    if let Some(twice) =
        names.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first()))
    {
        return Err(format!("the issuer \"{}\" is there twice", twice.map_or("", |name| name)));
    }
    issuers.iter().find_map(Issuer::flaw).map_or(Ok(()), Err)?;
    if let Some((one, other)) = mingled(&issuers) {
        return Err(format!(
            "the id_prefix of \"{}\" begins like that of \"{}\", so that one could speak for users of the other",
            one.issuer, other.issuer
        ));
    }
    Ok(issuers)
}

/// Two issuers of which one could issue ids of the other's users.
fn mingled(issuers: &[Issuer]) -> Option<(&Issuer, &Issuer)> {
    let prefixed =
        || issuers.iter().filter_map(|issuer| Some((issuer, issuer.id_prefix.as_deref()?)));
    prefixed().find_map(|(one, prefix)| {
        let other = prefixed()
            .find(|(other, theirs)| one.issuer != other.issuer && prefix.starts_with(theirs));
        other.map(|(other, _)| (one, other))
    })
}

impl Kind for Issuers {
    type Out = Vec<Issuer>;

    fn takes(&self) -> String {
        "tables with issuer, audience, either jwks_url or hs256_secret, and, where wanted, ids (own or shared), id_prefix and \
         create_users (true or false); in the environment a JSON array of such objects"
            .to_owned()
    }

    fn read(&self, text: &str) -> Option<Vec<Issuer>> {
        if text.is_empty() { Some(Vec::new()) } else { read(text).ok() }
    }

    fn explain(&self, text: &str) -> Option<String> {
        read(text).err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_checked_by_its_own_keys_or_a_long_secret() {
        let jwks = r#"[{"issuer":"https://a","audience":"x","jwks_url":"https://a/jwks.json"}]"#;
        let secret =
            format!(r#"[{{"issuer":"a","audience":"x","hs256_secret":"{}"}}]"#, "s".repeat(32));
        assert_eq!(Issuers.read(jwks).unwrap().len(), 1);
        assert_eq!(Issuers.read(&secret).unwrap().len(), 1);
    }

    #[test]
    fn the_faults_of_an_issuer_are_reported() {
        let cases = [
            (r#"[{"issuer":"a","audience":"x"}]"#, "either jwks_url or hs256_secret"),
            (r#"[{"issuer":"a","audience":"x","hs256_secret":"short"}]"#, "at least 32 bytes"),
            (r#"[{"issuer":"a","audience":"x","jwks_url":"http://a.example/k"}]"#, "https://"),
            (r#"[{"issuer":"a","audience":"","jwks_url":"https://a/k"}]"#, "audience"),
            (
                r#"[{"issuer":"a","audience":"x","jwks_url":"https://a/k","id_prefix":"usr_a"}]"#,
                "id_prefix",
            ),
            (
                r#"[{"issuer":"a","audience":"x","jwks_url":"https://a/k","id_prefix":""}]"#,
                "id_prefix",
            ),
            (
                r#"[{"issuer":"a","audience":"x","jwks_url":"https://a/k","id_prefix":"a:","ids":"shared"}]"#,
                "shared",
            ),
            (
                r#"[{"issuer":"a","audience":"x","jwks_url":"https://a/k","id_prefix":"a"},{"issuer":"b","audience":"y","jwks_url":"https://b/k","id_prefix":"ab"}]"#,
                "begins like",
            ),
            (r#"[{"issuer":"a","audience":"x","jwks_uri":"https://a/k"}]"#, "jwks_uri"),
            (
                r#"[{"issuer":"a","audience":"x","jwks_url":"https://a/k"},{"issuer":"a","audience":"y","jwks_url":"https://a/k"}]"#,
                "twice",
            ),
            ("[", "EOF"),
        ];
        for (text, reason) in cases {
            assert!(Issuers.read(text).is_none(), "{text}");
            assert!(Issuers.explain(text).unwrap().contains(reason), "{text}");
        }
    }
}
