//! Signature Version 4 of a policy.

use std::fmt;

use data_encoding::HEXLOWER;
use ring::hmac::{self, HMAC_SHA256};
use selfsame_primitives::{Secret, Timestamp};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error, StrDeserializer};

/// The one algorithm there is.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The key that signs forms: Amazon's credentials, or a pair that an embedded store made for
/// itself.
#[derive(Clone, Debug)]
pub struct SigningKey {
    access_key: String,
    secret: Secret,
    region: String,
    token: Option<Secret>,
}

impl SigningKey {
    /// The key pair, for one region.
    #[must_use]
    pub fn new(access_key: impl Into<String>, secret: Secret, region: impl Into<String>) -> Self {
        Self { access_key: access_key.into(), secret, region: region.into(), token: None }
    }

    /// The same, as temporary credentials: `token` goes with every form.
    #[must_use]
    pub fn with_token(mut self, token: Option<Secret>) -> Self {
        self.token = token;
        self
    }

    /// The public half.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// Where what it signs is valid.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Secret::expose)
    }

    /// The signature of `text` in hexadecimal digits.
    pub(super) fn sign(&self, scope: &Scope<'_>, text: &str) -> String {
        let secret = Secret::new(format!("AWS4{}", self.secret.expose()));
        let first = hmac::Key::new(HMAC_SHA256, secret.expose().as_bytes());
        let key =
            [scope.date, scope.region, SERVICE, REQUEST].into_iter().fold(first, |key, part| {
                hmac::Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
            });
        HEXLOWER.encode(hmac::sign(&key, text.as_bytes()).as_ref())
    }
}

const SERVICE: &str = "s3";
const REQUEST: &str = "aws4_request";

/// What a signature is valid for: `20151229/us-east-1/s3/aws4_request`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Scope<'a> {
    date: &'a str,
    region: &'a str,
}

impl<'a> Scope<'a> {
    /// The scope of a day, by the first eight characters of a [`basic_time`].
    pub(super) fn of(time: &'a str, region: &'a str) -> Self {
        Self { date: time.get(..8).unwrap_or_default(), region }
    }
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{SERVICE}/{REQUEST}", self.date, self.region)
    }
}

/// `20151229T000000Z`
pub(super) fn basic_time(time: Timestamp) -> String {
    let text = time.to_string();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    whole.chars().filter(char::is_ascii_alphanumeric).chain(['Z']).collect()
}

/// Reads what [`basic_time`] writes, and nothing else.
pub(super) fn parse_basic_time(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 8 || time.len() != 6 || !digits(date) || !digits(time) {
        return None;
    }
    let ((year, day), (hour, second)) = (date.split_at(4), time.split_at(2));
    let ((month, day), (minute, second)) = (day.split_at(2), second.split_at(2));
    parse_time(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

/// Reads RFC 3339.
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    let from: StrDeserializer<'_, Error> = text.into_deserializer();
    Timestamp::deserialize(from).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_without_separators_and_read_back() {
        let time = Timestamp::from_millis(1_451_347_200_000);
        assert_eq!(basic_time(time), "20151229T000000Z");
        assert_eq!(parse_basic_time("20151229T000000Z"), Some(time));
        for bad in [
            "",
            "20151229T000000",
            "20151329T000000Z",
            "2015-12-29T00:00:00Z",
            "2015122äT00000Z",
            "TZ",
        ] {
            assert_eq!(parse_basic_time(bad), None, "{bad}");
        }
    }
}
