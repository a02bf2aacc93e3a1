//! One-time codes: six digits, or long.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use selfsame_primitives::{EmailAddress, Keys, Random, base64url, refuse, with_ascii_digits};
use selfsame_web::Fault;
use serde::{Deserialize, Deserializer};

use super::record::Purpose;
use super::subject::OtpSubject;
use crate::crockford;

/// The longest accepted text, separators included.
const LONGEST: usize = 64;
/// Groups of a long code: 125 bits together.
const GROUPS: usize = 5;

/// A code as typed or pasted; spaces and hyphens don't count.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum OneTimePassword {
    /// Six digits.
    Digits(String),
    /// 25 letters and digits: 125 bits, which can't be guessed.
    Long(String),
}

impl OneTimePassword {
    fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let text = with_ascii_digits(text);
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Digits(digits));
        }
        crockford::normalize(&text, GROUPS).map(Self::Long)
    }

    /// A random code of six digits, and its text.
    pub(super) fn digits(random: &dyn Random) -> (Self, String) {
        let text = format!("{:06}", random.below(1_000_000));
        (Self::Digits(text.clone()), text)
    }

    /// A random long code, and its text in groups.
    pub(super) fn long(random: &dyn Random) -> (Self, String) {
        let text = crockford::generate(random, GROUPS);
        (Self::Long(text.replace('-', "")), text)
    }

    /// Whether it is a long code.
    pub(super) const fn is_long(&self) -> bool {
        matches!(self, Self::Long(_))
    }

    /// Its keyed hash, bound to subject, purpose and address: it matches nowhere else.
    pub(super) fn hash(
        &self,
        keys: &Keys,
        subject: &OtpSubject,
        purpose: Purpose,
        target: &EmailAddress,
    ) -> String {
        let (Self::Digits(text) | Self::Long(text)) = self;
        let canonical = target.canonical();
        let parts =
            [subject.partition.as_str(), purpose.as_str(), canonical.as_str(), text.as_str()];
        base64url(keys.hash("otp", &parts.map(str::as_bytes)))
    }
}

impl<'de> Deserialize<'de> for OneTimePassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| refuse(Fault::NotACode { digits: 6 }))
    }
}

impl JsonSchema for OneTimePassword {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OneTimePassword".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[\\s-]*(([0-9][\\s-]*){6}|([0-9A-TV-Za-tv-z][\\s-]*){25})$",
            "maxLength": LONGEST,
            "examples": ["314159"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_taken_in_any_script_and_with_room_between_them() {
        for typed in ["404225", " 404-225 ", "４０４２２５", "٤٠٤ ٢٢٥", "४०४२२५"]
        {
            assert!(
                OneTimePassword::parse(typed) == Some(OneTimePassword::Digits("404225".into())),
                "{typed}"
            );
        }
        for other in ["40422", "4042255", "４０４２２", "四〇四二二五", "40422²"] {
            assert!(OneTimePassword::parse(other).is_none(), "{other}");
        }
    }
}
