//! Names that users choose, and by which others find them.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::Checked;

/// Names with which a user could pose as the service, or that are paths of the web interface.
const RESERVED: &[&str] = &[
    "about",
    "abuse",
    "account",
    "admin",
    "administrator",
    "anonymous",
    "api",
    "auth",
    "billing",
    "contact",
    "deleted",
    "dev",
    "docs",
    "everyone",
    "help",
    "hostmaster",
    "info",
    "internal",
    "legal",
    "login",
    "logout",
    "mail",
    "me",
    "moderator",
    "news",
    "noreply",
    "null",
    "official",
    "owner",
    "postmaster",
    "privacy",
    "profile",
    "register",
    "root",
    "security",
    "selfsame",
    "settings",
    "staff",
    "status",
    "support",
    "system",
    "team",
    "terms",
    "undefined",
    "user",
    "webmaster",
    "www",
];

/// A username: 3 to 30 of letters, digits, `.`, `_`, `-`, none of the reserved names.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Username(String);

/// Why a text is not a username.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvalidUsername {
    /// Too short, too long, or with other characters.
    Form,
    /// Reserved for the service.
    Reserved,
}

impl fmt::Display for InvalidUsername {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "must be 3 to 30 letters, digits, periods, underscores or hyphens",
            Self::Reserved => "is reserved; please choose another",
        })
    }
}

impl std::error::Error for InvalidUsername {}

impl Username {
    /// Takes in `text`.
    pub fn parse(text: &str) -> Result<Self, InvalidUsername> {
        let name = Self::sought(text)?;
        let skeleton = name.skeleton();
        if RESERVED.iter().any(|reserved| skeleton_of(reserved) == skeleton) {
            return Err(InvalidUsername::Reserved);
        }
        Ok(name)
    }

    /// Parses `text` for a look-up. Only its form is checked: a name that was taken before it was
    /// reserved must still be found.
    pub fn sought(text: &str) -> Result<Self, InvalidUsername> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let has_form = (3..=30).contains(&text.len()) && text.bytes().all(allowed);
        if has_form { Ok(Self(text.to_owned())) } else { Err(InvalidUsername::Form) }
    }

    /// The name as its owner writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form under which the name is looked up: two names that differ in case only, or look
    /// alike in lower case (Unicode TR 39: `l1`, `o0`, `rn` and `m`), have the same.
    #[must_use]
    pub fn skeleton(&self) -> String {
        skeleton_of(&self.0)
    }

    /// All forms that the name claims: its skeleton, and where it differs that of the name as
    /// written, since a capital `I` looks like a small `l`.
    #[must_use]
    pub fn claimed_forms(&self) -> Vec<String> {
        let written: String =
            unicode_security::skeleton(&self.0).collect::<String>().to_ascii_lowercase();
        let mut forms = vec![self.skeleton(), written];
        forms.dedup();
        forms
    }

    /// Whether both are the same name but for case.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

fn skeleton_of(name: &str) -> String {
    // Lowered again, since the skeleton of a zero is a capital O.
    unicode_security::skeleton(&name.to_ascii_lowercase()).collect::<String>().to_ascii_lowercase()
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Checked for Username {
    type Invalid = InvalidUsername;

    fn from_input(text: &str) -> Result<Self, InvalidUsername> {
        Self::parse(text)
    }

    fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl JsonSchema for Username {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Username".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 3, "maxLength": 30, "pattern": "^[A-Za-z0-9._-]+$", "examples": ["ada.lovelace"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_the_same_name() {
        let skeleton = |name: &str| Username::parse(name).unwrap().skeleton();
        assert_eq!(skeleton("Alice"), skeleton("alice"));
        assert_eq!(skeleton("paul"), skeleton("pau1"));
        assert_eq!(skeleton("b0b.smith"), skeleton("bOb.smith"));
        assert_eq!(skeleton("modern"), skeleton("modem"));
        assert_ne!(skeleton("alice"), skeleton("alicia"));
    }

    #[test]
    fn a_capital_i_takes_the_name_it_poses_as() {
        let posing = Username::parse("pauI").unwrap();
        assert_eq!(posing.claimed_forms(), ["paui", "paul"]);
        assert_eq!(Username::parse("paul").unwrap().claimed_forms(), ["paul"]);
    }

    #[test]
    fn reserved_names_and_their_look_alikes_are_refused() {
        assert_eq!(Username::parse("admin"), Err(InvalidUsername::Reserved));
        assert_eq!(Username::parse("He1p"), Err(InvalidUsername::Reserved));
    }

    #[test]
    fn a_name_that_was_reserved_later_is_still_found() {
        assert_eq!(Username::sought("Admin").unwrap().as_str(), "Admin");
        for nobodys in ["ab", &"a".repeat(31), "a b c", "zoë", "a/b", ""] {
            assert_eq!(Username::sought(nobodys), Err(InvalidUsername::Form), "{nobodys:?}");
        }
    }

    #[test]
    fn length_and_letters_are_checked() {
        for bad in ["ab", &"a".repeat(31), "a b c", "zoë", "a/b", ""] {
            assert_eq!(Username::parse(bad), Err(InvalidUsername::Form), "{bad:?}");
        }
    }
}
