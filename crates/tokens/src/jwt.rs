//! The form of tokens: JWS compact serialisation (RFC 7515 §7.1) with JWT claims (RFC 7519).

use selfsame_primitives::{Timestamp, from_base64url};
use serde::Deserialize;
use serde_json::Value;

/// The longest accepted token. Real ones are shorter.
pub(crate) const LONGEST: usize = 8 * 1024;

/// A parsed token, not verified.
pub(crate) struct JwtParts<'t> {
    /// The header as it stands in the token.
    pub(crate) header: &'t str,
    payload: &'t str,
    signature: &'t str,
    /// Header and payload, as they were signed.
    pub(crate) signed: &'t [u8],
}

impl<'t> JwtParts<'t> {
    /// Parses `token`.
    pub(crate) fn split(token: &'t str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.').filter(|_| token.len() <= LONGEST)?;
        let (header, payload) = signed.split_once('.')?;
        (!payload.contains('.')).then_some(Self {
            header,
            payload,
            signature,
            signed: signed.as_bytes(),
        })
    }

    pub(crate) fn signature(&self) -> Option<Vec<u8>> {
        from_base64url(self.signature)
    }

    /// What the token says of itself. `crit` names extensions that must be understood (RFC 7515
    /// §4.1.11): none are.
    pub(crate) fn read_header(&self) -> Option<Header> {
        let header: Header = serde_json::from_slice(&from_base64url(self.header)?).ok()?;
        Some(header).filter(|header| header.crit.is_none())
    }

    pub(crate) fn claims(&self) -> Option<Claims> {
        serde_json::from_slice(&from_base64url(self.payload)?).ok()
    }
}

#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

impl Header {
    /// Whether `typ` is that of an access token, if it is there (RFC 7519 §5.1, RFC 9068 §2.1).
    pub(crate) fn is_for_access(&self) -> bool {
        let Some(kind) = &self.typ else { return true };
        let kind = kind.to_ascii_lowercase();
        matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "at+jwt")
    }
}

/// The claims that are read.
#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: Option<String>,
    pub(crate) sub: Option<String>,
    pub(crate) sid: Option<String>,
    /// Claims about the user (OpenID Connect Core §5.1), in the form of the issuer.
    #[serde(default)]
    pub(crate) email: Value,
    #[serde(default)]
    pub(crate) email_verified: Value,
    #[serde(default)]
    pub(crate) name: Value,
    #[serde(default)]
    pub(crate) locale: Value,
    auth_time: Option<f64>,
    /// The type of token, as Keycloak and Amazon Cognito name it.
    #[serde(default)]
    typ: Value,
    #[serde(default)]
    token_use: Value,
    /// The claim of logout tokens and security event tokens (OpenID Connect Back-Channel Logout
    /// §2.4, RFC 8417 §2.2).
    events: Option<Value>,
    aud: Option<AudienceClaim>,
    /// Stands for the audience in access tokens of Amazon Cognito, which have no `aud`.
    client_id: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AudienceClaim {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Whether they are those of an access token: not of a refresh, logout or event token.
    pub(crate) fn are_for_access(&self) -> bool {
        let kind =
            |value: &Value, taken: &[&str]| value.as_str().is_none_or(|kind| taken.contains(&kind));
        self.events.is_none()
            && kind(&self.typ, &["Bearer", "ID", "JWT"])
            && kind(&self.token_use, &["access", "id"])
    }

    /// When the user last authenticated with the issuer.
    pub(crate) fn proven_at(&self) -> Option<Timestamp> {
        numeric_date(self.auth_time?)
    }

    /// Whether the token names whom it is meant for.
    pub(crate) const fn has_audience(&self) -> bool {
        self.aud.is_some()
    }

    /// Whether it was good before `now`.
    pub(crate) fn has_expired(&self, now: Timestamp, leeway: f64) -> bool {
        self.exp.and_then(|exp| numeric_date(exp + leeway)).is_some_and(|until| until <= now)
    }

    /// Whether the token is meant for `audience`.
    pub(crate) fn is_for(&self, audience: &str) -> bool {
        match &self.aud {
            Some(AudienceClaim::One(one)) => one == audience,
            Some(AudienceClaim::Many(many)) => many.iter().any(|one| one == audience),
            None => self.client_id.as_deref() == Some(audience),
        }
    }

    /// Until when the token is good, allowing clocks to differ by `leeway` seconds; `None` where it
    /// is not good now.
    pub(crate) fn good_until(&self, now: Timestamp, leeway: f64) -> Option<Timestamp> {
        let until = numeric_date(self.exp? + leeway)?;
        let from = self.nbf.map_or(Some(Timestamp::default()), |nbf| numeric_date(nbf - leeway))?;
        (from <= now && now < until).then_some(until)
    }
}

/// Seconds since 1970, with a fraction or without (RFC 7519 §2).
fn numeric_date(seconds: f64) -> Option<Timestamp> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to lie within the years a timestamp can show"
    )]
    (seconds.abs() < 1e11).then(|| Timestamp::from_millis((seconds * 1000.0) as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use selfsame_primitives::base64url;

    use super::*;

    proptest! {
        #[test]
        fn arbitrary_text_is_parsed_without_panic(
            header in "\\PC{0,40}",
            claims in "\\{\"(exp|nbf|aud|iss)\":(-?[0-9]{1,30}(\\.[0-9]{1,9})?|\\[\\]|\"\\PC{0,9}\"|null)\\}",
            now in any::<i64>(),
        ) {
            let token = format!("{}.{}.", base64url(header), base64url(claims));
            let parts = JwtParts::split(&token).unwrap();
            parts.read_header();
            let claims = parts.claims();
            if let Some(until) = claims.and_then(|claims| claims.good_until(Timestamp::from_millis(now), 60.0)) {
                prop_assert!(until > Timestamp::from_millis(now));
            }
        }

        #[test]
        fn only_three_parts_make_a_token(text in "[a-z.]{0,12}") {
            prop_assert_eq!(JwtParts::split(&text).is_some(), text.matches('.').count() == 2);
        }
    }
}
