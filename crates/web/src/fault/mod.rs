//! Faults and details, each with a code for programs, parameters, and a sentence in five languages.
//!
//! No code reads these sentences: they are rendered when an answer is written, in the reader's
//! language.

mod details;
mod faults;
mod shown;

use selfsame_primitives::{
    InvalidEmail, InvalidId, InvalidTime, InvalidUsername, Locale, TextProblem,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::any::Any;

pub use details::{Detail, PictureMeasure};
pub use faults::{Fault, PasswordPattern};
pub use shown::{JsonType, Size, Wait};

/// Makes an enumeration of texts. Each has its parameters and its sentence in English, German,
/// Spanish, French and Japanese.
macro_rules! texts {
    (
        $(#[$outer:meta])*
        $enum:ident
        $(
            $(#[doc = $doc:literal])+
            $name:ident $({ $($param:ident: $type:ty),+ $(,)? })? $code:literal
                $en:literal $de:literal $es:literal $fr:literal $ja:literal;
        )*
    ) => {
        $(#[$outer])*
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $enum {
            $(
                $(#[doc = $doc])+
                $name $({
                    $(#[doc = concat!("`", stringify!($param), "` of the text.")] $param: $type,)+
                })?,
            )*
        }

        impl $enum {
            /// Which it is, as programs tell it apart. Never changed.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)* }
            }

            /// Its parameters, by name.
            pub(in crate::fault) fn with_params<T>(&self, read: impl FnOnce(&[(&'static str, &dyn Shown)]) -> T) -> T {
                match self {
                    $(Self::$name $({ $($param),+ })? => read(&[$($((stringify!($param), $param as &dyn Shown)),+)?]),)*
                }
            }

            const fn templates(&self) -> [&'static str; 5] {
                match self { $(Self::$name { .. } => [$en, $de, $es, $fr, $ja],)* }
            }

            /// The sentence in `language`.
            #[must_use]
            pub fn say(&self, language: Locale) -> String {
                let template = in_language(self.templates(), language);
                self.with_params(|params| fill(template, params, language))
            }

            /// All of them: the code, what it means, the names of the parameters and the five
            /// texts.
            pub const TABLE: &'static [Text] = &[$(Text {
                code: $code,
                meaning: concat!($($doc),+),
                params: &[$($(stringify!($param)),+)?],
                texts: [$en, $de, $es, $fr, $ja],
            },)*];
        }
    };
}
use texts;

/// A row of a table of texts.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// Which it is.
    pub code: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// The names of its parameters.
    pub params: &'static [&'static str],
    /// What it says, in English, German, Spanish, French and Japanese.
    pub texts: [&'static str; 5],
}

impl Fault {
    /// Its parameters, as programs read them.
    #[must_use]
    pub fn params(&self) -> Map<String, Value> {
        self.with_params(|params| {
            params.iter().map(|(name, param)| ((*name).to_owned(), param.json())).collect()
        })
    }
}

/// What is wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FieldFault {
    /// A JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong.
    pub fault: Fault,
}

impl FieldFault {
    /// `fault` of the field at `pointer`.
    pub fn new(pointer: impl Into<String>, fault: impl Into<Fault>) -> Self {
        Self { pointer: pointer.into(), fault: fault.into() }
    }

    /// The fault as answered in `language`.
    pub(crate) fn localized(&self, language: Locale) -> LocalizedFault<'_> {
        LocalizedFault {
            pointer: &self.pointer,
            code: self.fault.code(),
            params: self.fault.params(),
            message: self.fault.say(language),
        }
    }

    /// What is wrong and with which field, in one line.
    #[must_use]
    pub fn say(&self, language: Locale) -> String {
        let name = self.pointer.trim_start_matches(['/', '?']);
        let sentence = self.fault.say(language);
        if name.is_empty() { sentence } else { format!("{name}: {sentence}") }
    }
}

#[derive(Serialize)]
pub(crate) struct LocalizedFault<'f> {
    pointer: &'f str,
    code: &'static str,
    params: Map<String, Value>,
    message: String,
}

/// Collects faults, so that one answer lists all of them.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors(Vec<FieldFault>);

impl FieldErrors {
    /// `fault` is wrong with the field at `pointer`.
    pub fn add(&mut self, pointer: impl Into<String>, fault: impl Into<Fault>) {
        self.0.push(FieldFault::new(pointer, fault));
    }

    /// Adds what is wrong with the field at `pointer`, if anything is; gives what is right.
    pub fn check<T, F: Into<Fault>>(&mut self, pointer: &str, checked: Result<T, F>) -> Option<T> {
        checked.map_err(|fault| self.add(pointer, fault)).ok()
    }

    /// Adds what others found.
    pub fn extend(&mut self, others: impl IntoIterator<Item = FieldFault>) {
        self.0.extend(others);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong.
    #[must_use]
    pub fn into_vec(self) -> Vec<FieldFault> {
        self.0
    }
}

impl From<TextProblem> for Fault {
    fn from(problem: TextProblem) -> Self {
        match problem {
            TextProblem::Empty => Self::Empty,
            TextProblem::TooLong { most } => Self::TooLong { max: most },
            TextProblem::Unprintable => Self::Unprintable,
        }
    }
}

impl From<InvalidEmail> for Fault {
    fn from(_: InvalidEmail) -> Self {
        Self::NotAnEmail
    }
}

impl From<InvalidUsername> for Fault {
    fn from(invalid: InvalidUsername) -> Self {
        match invalid {
            InvalidUsername::Form => Self::NotAUsername { min: 3, max: 30 },
            InvalidUsername::Reserved => Self::Reserved,
        }
    }
}

impl From<InvalidId> for Fault {
    fn from(_: InvalidId) -> Self {
        Self::NotAnId
    }
}

impl From<InvalidTime> for Fault {
    fn from(_: InvalidTime) -> Self {
        Self::NotATime
    }
}

/// The fault that a value was refused with by `selfsame_primitives::refuse`.
pub(crate) fn of_refusal(reason: Box<dyn Any>) -> Option<Fault> {
    fn is<T: Into<Fault> + 'static>(reason: Box<dyn Any>) -> Result<Fault, Box<dyn Any>> {
        reason.downcast::<T>().map(|reason| (*reason).into())
    }
    is::<Fault>(reason)
        .or_else(is::<TextProblem>)
        .or_else(is::<InvalidEmail>)
        .or_else(is::<InvalidUsername>)
        .or_else(is::<InvalidId>)
        .or_else(is::<InvalidTime>)
        .ok()
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.say(Locale::En))
    }
}

impl std::fmt::Display for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.say(Locale::En))
    }
}

#[cfg(test)]
mod tests {
    use super::shown::Shown as _;
    use super::*;

    /// The names in braces of a text.
    fn placeholders(text: &str) -> Vec<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split(['}', '|']).next()).collect()
    }

    #[test]
    fn every_text_is_whole_in_all_five_languages() {
        for text in Fault::TABLE.iter().chain(Detail::TABLE) {
            let plain = text
                .code
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            assert!(plain && !text.meaning.trim().is_empty(), "{}", text.code);
            for words in text.texts {
                assert!(!words.trim().is_empty(), "{}", text.code);
                for placeholder in placeholders(words) {
                    assert!(
                        text.params.contains(&placeholder),
                        "{}: {{{placeholder}}} in {words:?}",
                        text.code
                    );
                }
            }
            let [english, others @ ..] = text.texts;
            for name in text.params {
                assert!(
                    !placeholders(english).contains(name)
                        || others.iter().all(|other| placeholders(other).contains(name)),
                    "{}: {name}",
                    text.code
                );
            }
            assert!(
                others.iter().all(|other| *other != english),
                "{} is not translated",
                text.code
            );
        }
    }

    #[test]
    fn a_code_stands_for_one_thing() {
        for table in [Fault::TABLE, Detail::TABLE] {
            let mut codes: Vec<_> = table.iter().map(|text| text.code).collect();
            codes.sort_unstable();
            let all = codes.len();
            codes.dedup();
            assert_eq!(codes.len(), all);
        }
    }

    #[test]
    fn numbers_waits_and_lists_are_said_as_the_language_says_them() {
        assert_eq!(Fault::TooShort { min: 1 }.say(Locale::En), "Use at least 1 character.");
        assert_eq!(Fault::TooShort { min: 3 }.say(Locale::En), "Use at least 3 characters.");
        assert_eq!(Wait(1).show(Locale::En), "1 second");
        assert_eq!(Wait(600).show(Locale::De), "10 Minuten");
        assert_eq!(Wait(30).show(Locale::Ja), "30秒");
        let fault = Fault::NotOneOf { allowed: vec!["a".into(), "b".into()] };
        assert_eq!(fault.say(Locale::Fr), "Choisissez l’une de ces valeurs : a, b.");
    }

    #[test]
    fn the_reason_of_a_refused_value_is_kept() {
        let kept = |reason: Box<dyn Any>| of_refusal(reason).map(|fault| fault.code());
        assert_eq!(kept(Box::new(InvalidEmail)), Some("not_an_email"));
        assert_eq!(kept(Box::new(Fault::Taken)), Some("taken"));
        assert_eq!(kept(Box::new("words")), None);
    }
}
