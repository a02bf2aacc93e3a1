//! Addresses that mail can be sent to.

use std::fmt;
use std::iter::once;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::Checked;
use crate::characters::is_mark;

/// A mail address: at most 254 characters (RFC 5321 §4.5.3.1.3), domain in its ASCII form and lower
/// case.
///
/// The part before the `@` stays as written, since a mail server may distinguish upper and lower
/// case; [`EmailAddress::canonical`] ignores case, so that one mailbox has one account.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// Why a text is not a mail address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidEmail;

impl fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a mail address, e.g. ada@example.org")
    }
}

impl std::error::Error for InvalidEmail {}

impl EmailAddress {
    /// Parses `text`, whose letters beyond ASCII (RFC 6531) are composed (NFC), as RFC 6532 §3.1
    /// requires. Quoted local parts and address literals (`"a b"@example.org`, `a@[127.0.0.1]`) are
    /// refused: no provider hands them out and they are what injection attempts look like.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        // A letter that composing turns into ASCII would name another mailbox: the Kelvin sign
        // becomes a K.
        if local.len() > 1000 || domain.len() > 1000 || local.chars().any(becomes_ascii) {
            return Err(InvalidEmail);
        }
        let local: String = local.nfc().collect();
        if !is_local_part(&local) {
            return Err(InvalidEmail);
        }
        // A registry may hand out names with hyphens in the third and fourth position (RFC 5891
        // §4.2.3.1 forbids it for those beyond ASCII alone), and many have.
        let domain = Uts46::new()
            .to_ascii(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| InvalidEmail)?;
        let address = format!("{local}@{domain}");
        if is_domain(&domain) && address.len() <= 254 {
            Ok(Self(address))
        } else {
            Err(InvalidEmail)
        }
    }

    /// Parses `text` for a look-up: an address that today's rules refuse may still be an account's,
    /// and must be found.
    pub fn sought(text: &str) -> Result<Self, InvalidEmail> {
        if let Ok(address) = Self::parse(text) {
            return Ok(address);
        }
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let has_form = !local.is_empty() && !domain.is_empty() && text.len() <= 254;
        if has_form { Ok(Self(text.to_owned())) } else { Err(InvalidEmail) }
    }

    /// The address as it is written to.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which the address is unique: without regard to case, and to how letters beyond
    /// ASCII are composed. Two letters that only look the same stay different, so that no mailbox
    /// gets the account of another.
    #[must_use]
    pub fn canonical(&self) -> String {
        if self.0.is_ascii() {
            return self.0.to_ascii_lowercase();
        }
        // Stored in an earlier form: composing it would make another address of it.
        let is_former = self.0.chars().any(becomes_ascii);
        let compose = |text: &str| if is_former { text.to_owned() } else { text.nfc().collect() };
        let composed = compose(&self.0);
        let mut canonical = String::with_capacity(composed.len());
        for piece in composed.split_inclusive(is_one_way) {
            let last = piece.chars().next_back().filter(|last| is_one_way(*last));
            canonical.push_str(&piece.strip_suffix(is_one_way).unwrap_or(piece).to_lowercase());
            canonical.extend(last);
        }
        compose(&canonical)
    }
}

/// Whether NFC turns a letter beyond ASCII into ASCII: it turns the Kelvin sign into `K`.
fn becomes_ascii(letter: char) -> bool {
    !letter.is_ascii() && once(letter).nfc().all(|composed| composed.is_ascii())
}

/// Whether the lower case of `letter` is also that of another letter: that of the Kelvin sign is
/// `k`, that of the theta symbol `ϴ` is that of `Θ`.
fn is_one_way(letter: char) -> bool {
    let small = || letter.to_lowercase();
    !letter.is_ascii()
        && !small().eq(once(letter))
        && !small().flat_map(char::to_uppercase).eq(once(letter))
}

/// RFC 5321's dot-string, with RFC 6531's letters beyond ASCII and the marks on them.
fn is_local_part(local: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && !atom.starts_with(is_mark)
            && atom.chars().all(|character| match character {
                'a'..='z' | 'A'..='Z' | '0'..='9' => true,
                _ if character.is_ascii() => "!#$%&'*+-/=?^_`{|}~".contains(character),
                _ => character.is_alphanumeric() || is_mark(character),
            })
    };
    local.len() <= 64 && local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.') && !top.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Debug for EmailAddress {
    /// Logs hold no addresses: RFC 9110-style debugging needs only that there was one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

impl Checked for EmailAddress {
    type Invalid = InvalidEmail;

    fn from_input(text: &str) -> Result<Self, InvalidEmail> {
        Self::parse(text)
    }

    fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl JsonSchema for EmailAddress {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EmailAddress".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "email", "maxLength": 254, "examples": ["ada@example.org"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_and_international_addresses_are_taken() {
        for (text, stored) in [
            (" Ada@Example.ORG ", "Ada@example.org"),
            ("ada+tag@mail.example.co.uk", "ada+tag@mail.example.co.uk"),
            ("josé@müller.example", "josé@xn--mller-kva.example"),
            ("jose\u{301}@example.org", "josé@example.org"),
            ("संपर्क@डाटामेल.भारत", "संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c"),
            ("จดหมาย@ตัวอย่าง.ไทย", "จดหมาย@xn--72c1a1bt4awk9o.xn--o3cw4h"),
            ("a@ex--ample.com", "a@ex--ample.com"),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), stored);
        }
    }

    #[test]
    fn what_no_mailbox_is_called_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b",
            "a..b@c.de",
            ".a@c.de",
            "\"a b\"@c.de",
            "a@[127.0.0.1]",
            "a@1.2.3.4",
            "a b@c.de",
            "a@b .de",
            "a\r\nBcc: x@y.de",
            "a@b..de",
            "a@-b.de",
            "a@xn--zz--.de",
            "\u{301}a@b.de",
            "a.\u{301}@b.de",
            "\u{212A}@b.de",
            "a\u{37E}@b.de",
            &long,
        ] {
            assert_eq!(EmailAddress::parse(text), Err(InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn an_address_that_is_refused_today_is_still_found() {
        for text in [" Ada@localhost", "\"a b\"@example.org", "a@[127.0.0.1]"] {
            assert!(EmailAddress::parse(text).is_err(), "{text}");
            let sought = EmailAddress::sought(text).unwrap();
            assert_eq!(sought.canonical(), text.trim().to_lowercase());
        }
        let today = " Ada@MÜLLER.example ";
        assert_eq!(EmailAddress::sought(today), EmailAddress::parse(today));
        for nobodys in ["", "ada", "@b.c", "a@", &format!("{}@b", "a".repeat(253))] {
            assert_eq!(EmailAddress::sought(nobodys), Err(InvalidEmail), "{nobodys:?}");
        }
    }

    #[test]
    fn one_mailbox_has_one_canonical_form() {
        let upper = EmailAddress::parse("ADA@EXAMPLE.org").unwrap();
        let lower = EmailAddress::parse("ada@example.ORG").unwrap();
        assert_eq!(upper.canonical(), lower.canonical());
    }

    #[test]
    fn no_two_mailboxes_have_one_canonical_form() {
        let canonical =
            |local: &str| EmailAddress::from_stored(&format!("{local}@example.org")).canonical();
        for (one, other) in [
            ("\u{212A}", "k"),
            ("\u{212A}", "K"),
            ("jac\u{212A}", "jack"),
            ("\u{17F}", "s"),
            ("ı", "i"),
            ("İ", "i"),
            ("İ", "I"),
            ("ϴ", "Θ"),
            ("ß", "ss"),
            ("ﬁ", "fi"),
            ("ａ", "a"),
            ("é", "e"),
        ] {
            assert_ne!(canonical(one), canonical(other), "{one} {other}");
        }
        for (one, other) in [
            ("JOSÉ", "josé"),
            ("JOSE\u{301}", "josé"),
            ("\u{212B}", "å"),
            ("\u{2126}", "ω"),
            ("ΟΔΟΣ", "οδος"),
        ] {
            assert_eq!(canonical(one), canonical(other), "{one} {other}");
        }
    }
}
