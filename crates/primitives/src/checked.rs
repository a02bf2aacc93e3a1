//! Checked text is read in two ways, and each field says by which.
//!
//! Input is parsed by today's rules ([`input`]). What is stored was parsed when it came in, by the
//! rules of that day, and is taken as it is ([`stored`]): a rule that tightens must not lock users
//! out of their own data. No [`Checked`] type implements `Deserialize`, so the compiler asks for
//! the choice:
//!
//! ```
//! # use selfsame_primitives::Username;
//! #[derive(serde::Deserialize)]
//! struct Request {
//!     #[serde(deserialize_with = "selfsame_primitives::input::text")]
//!     username: Username,
//! }
//! #[derive(serde::Deserialize)]
//! struct Record {
//!     #[serde(default, deserialize_with = "selfsame_primitives::stored::optional")]
//!     former: Option<Username>,
//! }
//! assert!(serde_json::from_str::<Request>(r#"{"username":"admin"}"#).is_err());
//! assert!(serde_json::from_str::<Record>(r#"{"former":"admin"}"#).is_ok());
//! ```

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

/// Text that was parsed by rules before it got this type.
pub trait Checked: Sized {
    /// Why a text is refused.
    type Invalid: fmt::Display + 'static;

    /// Parses input.
    fn from_input(text: &str) -> Result<Self, Self::Invalid>;

    /// Takes what was parsed before as it is.
    fn from_stored(text: &str) -> Self;
}

/// For `deserialize_with` in requests: parses.
pub mod input {
    use serde::de::Deserializer;

    use super::{Checked, Maybe, Text};

    /// A field that must be there.
    pub fn text<'de, T: Checked, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(Text::taken_by(T::from_input))
    }

    /// A field that may be absent (with `#[serde(default)]`) or `null`.
    pub fn optional<'de, T: Checked, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(Maybe(Text::taken_by(T::from_input)))
    }
}

/// For `deserialize_with` in whatever is stored: refuses no text.
pub mod stored {
    use serde::Deserialize;
    use serde::de::Deserializer;
    use serde::de::value::{Error as Unknown, StrDeserializer};

    use super::{Checked, Maybe, Text, certainly};

    /// A field that must be there.
    pub fn text<'de, T: Checked, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(Text::taken_by(certainly(T::from_stored)))
    }

    /// A field that may be absent (with `#[serde(default)]`) or `null`.
    pub fn optional<'de, T: Checked, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(Maybe(Text::taken_by(certainly(T::from_stored))))
    }

    /// One of a few words. A stored word that is no longer among them is read as the default.
    pub fn choice<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: for<'w> Deserialize<'w> + Default,
        D: Deserializer<'de>,
    {
        let known =
            |word: &str| T::deserialize(StrDeserializer::<Unknown>::new(word)).unwrap_or_default();
        deserializer.deserialize_str(Text::taken_by(certainly(known)))
    }
}

fn certainly<T>(take: impl FnOnce(&str) -> T) -> impl FnOnce(&str) -> Result<T, Infallible> {
    |text| Ok(take(text))
}

/// Hands a text on without a copy of its own.
struct Text<F, T, X> {
    take: F,
    made: PhantomData<Result<T, X>>,
}

impl<T, X: fmt::Display + 'static, F: FnOnce(&str) -> Result<T, X>> Text<F, T, X> {
    const fn taken_by(take: F) -> Self {
        Self { take, made: PhantomData }
    }
}

impl<T, X: fmt::Display + 'static, F: FnOnce(&str) -> Result<T, X>> Visitor<'_> for Text<F, T, X> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.take)(text).map_err(crate::refuse)
    }
}

/// The same where there may be nothing.
struct Maybe<F, T, X>(Text<F, T, X>);

impl<'de, T, X: fmt::Display + 'static, F: FnOnce(&str) -> Result<T, X>> Visitor<'de>
    for Maybe<F, T, X>
{
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_str(self.0).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::{from_str, from_value, json};

    use crate::{EmailAddress, Locale, SessionId, UserId, Username};

    #[derive(Serialize, Deserialize)]
    struct Kept {
        #[serde(deserialize_with = "crate::stored::text")]
        user: UserId,
        #[serde(default, deserialize_with = "crate::stored::optional")]
        name: Option<Username>,
        #[serde(default, deserialize_with = "crate::stored::optional")]
        email: Option<EmailAddress>,
        #[serde(default, deserialize_with = "crate::stored::optional")]
        session: Option<SessionId>,
        #[serde(deserialize_with = "crate::stored::choice")]
        language: Locale,
    }

    #[derive(Deserialize)]
    struct Sent {
        #[serde(deserialize_with = "crate::input::text")]
        name: Username,
        #[serde(default, deserialize_with = "crate::input::optional")]
        email: Option<EmailAddress>,
    }

    #[test]
    fn what_is_stored_is_taken_as_it_is_whatever_the_rules_say_today() {
        let stored = json!({
            "user": "a/b c", "name": "admin", "email": "\"a b\"@localhost", "session": "", "language": "tlh"
        });
        let kept: Kept = from_value(stored.clone()).unwrap();
        assert_eq!(kept.language, Locale::default());
        assert_eq!(from_str::<Kept>(&stored.to_string()).unwrap().name.unwrap().as_str(), "admin");
        let mut again = serde_json::to_value(&kept).unwrap();
        again["language"] = "tlh".into();
        assert_eq!(again, stored);
    }

    #[test]
    fn what_is_absent_or_null_is_none() {
        for stored in [
            json!({"user": "u", "language": "de"}),
            json!({"user": "u", "name": null, "language": "de"}),
        ] {
            let kept: Kept = from_value(stored).unwrap();
            assert_eq!((kept.name, kept.language), (None, Locale::De));
        }
        assert!(from_value::<Kept>(json!({"user": 1, "language": "de"})).is_err());
    }

    #[test]
    fn input_is_parsed() {
        let sent: Sent = from_str(r#"{"name":"ada","email":" Ada@Example.ORG"}"#).unwrap();
        assert_eq!((sent.name.as_str(), sent.email.unwrap().as_str()), ("ada", "Ada@example.org"));
        for refused in
            [r#"{"name":"admin"}"#, r#"{"name":"ada","email":"a@b"}"#, r#"{"name":null}"#, "{}"]
        {
            assert!(from_str::<Sent>(refused).is_err(), "{refused}");
        }
    }
}
