//! The parameters of texts.

use selfsame_primitives::{Locale, size_text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A parameter of a text: as programs read it, and as people do.
pub(crate) trait Shown {
    /// For programs.
    fn json(&self) -> Value;

    /// For people who read `language`.
    fn show(&self, language: Locale) -> String;

    /// Whether a word behind it stands in the singular.
    fn is_one(&self, _: Locale) -> bool {
        false
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Shown for $type {
            fn json(&self) -> Value {
                json!(self)
            }
            fn show(&self, _: Locale) -> String {
                self.to_string()
            }
            fn is_one(&self, language: Locale) -> bool {
                *self == 1 || (*self == 0 && language == Locale::Fr)
            }
        }
    )*};
}

numbers!(u32 u64 usize i64);

impl Shown for String {
    fn json(&self) -> Value {
        json!(self)
    }
    fn show(&self, _: Locale) -> String {
        self.clone()
    }
}

impl Shown for Vec<String> {
    fn json(&self) -> Value {
        json!(self)
    }
    fn show(&self, language: Locale) -> String {
        self.join(if language == Locale::Ja { "、" } else { ", " })
    }
}

/// A number of bytes: as it is for programs, in a readable unit for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Size(pub u64);

impl Shown for Size {
    fn json(&self) -> Value {
        json!(self.0)
    }

    fn show(&self, language: Locale) -> String {
        let said = size_text(self.0);
        let (number, unit) = said.split_once(' ').unwrap_or((&said, ""));
        let unit = match (language, unit) {
            (Locale::Fr, "bytes") => "octets",
            (Locale::Fr, "kB") => "ko",
            (Locale::Fr, "MB") => "Mo",
            (Locale::Fr, "GB") => "Go",
            (Locale::De, "bytes") => "Bytes",
            (Locale::Ja, "bytes") => "バイト",
            _ => unit,
        };
        format!("{number} {unit}")
    }
}

/// A kind of JSON value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum JsonType {
    /// A text.
    String,
    /// A number without decimals.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    Array,
    /// Named values.
    Object,
    /// Nothing.
    Null,
}

impl Shown for JsonType {
    fn json(&self) -> Value {
        json!(match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
            Self::Null => "null",
        })
    }

    fn show(&self, language: Locale) -> String {
        let texts = match self {
            Self::String => ["a text", "ein Text", "un texto", "un texte", "文字列"],
            Self::Integer => [
                "a whole number",
                "eine ganze Zahl",
                "un número entero",
                "un nombre entier",
                "整数",
            ],
            Self::Number => ["a number", "eine Zahl", "un número", "un nombre", "数値"],
            Self::Boolean => [
                "true or false",
                "true oder false",
                "true o false",
                "true ou false",
                "true または false",
            ],
            Self::Array => ["a list", "eine Liste", "una lista", "une liste", "リスト"],
            Self::Object => ["an object", "ein Objekt", "un objeto", "un objet", "オブジェクト"],
            Self::Null => ["null"; 5],
        };
        in_language(texts, language).to_owned()
    }
}

/// Seconds to wait: a program reads seconds, a person minutes where there are many.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Wait(pub u64);

impl Shown for Wait {
    fn json(&self) -> Value {
        json!(self.0)
    }

    fn show(&self, language: Locale) -> String {
        let (count, [one, many]) = if self.0 < 120 {
            let names = [
                ["second", "seconds"],
                ["Sekunde", "Sekunden"],
                ["segundo", "segundos"],
                ["seconde", "secondes"],
                ["秒", "秒"],
            ];
            (self.0, in_language(names, language))
        } else {
            let names = [
                ["minute", "minutes"],
                ["Minute", "Minuten"],
                ["minuto", "minutos"],
                ["minute", "minutes"],
                ["分", "分"],
            ];
            (self.0.div_ceil(60), in_language(names, language))
        };
        let space = if language == Locale::Ja { "" } else { " " };
        format!("{count}{space}{}", if count.is_one(language) { one } else { many })
    }
}

/// The one of five that is of `language`.
pub(crate) fn in_language<T>([en, de, es, fr, ja]: [T; 5], language: Locale) -> T {
    match language {
        Locale::En => en,
        Locale::De => de,
        Locale::Es => es,
        Locale::Fr => fr,
        Locale::Ja => ja,
    }
}

/// `template` with its parameters filled in: `{name}` is the parameter, `{name|one|other}` the word
/// for its number.
pub(crate) fn fill(
    template: &str,
    params: &[(&'static str, &dyn Shown)],
    language: Locale,
) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((placeholder, after)) = behind.split_once('}') else { break };
        text.push_str(before);
        let mut parts = placeholder.split('|');
        let name = parts.next().unwrap_or_default();
        let param = params.iter().find(|(known, _)| *known == name).map(|(_, param)| *param);
        match (param, parts.next(), parts.next()) {
            (Some(param), Some(one), Some(other)) => {
                text.push_str(if param.is_one(language) { one } else { other });
            }
            (Some(param), ..) => text.push_str(&param.show(language)),
            (None, ..) => {}
        }
        rest = after;
    }
    text.push_str(rest);
    text
}
