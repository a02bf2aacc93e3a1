//! The words of the languages, as they lie in the binary.

use std::sync::LazyLock;

use selfsame_basics::Locale;
use serde_json::Value;

macro_rules! language {
    ($file:literal) => {
        LazyLock::new(|| {
            serde_json::from_str(include_str!(concat!("../../templates/texts/", $file))).unwrap_or_default()
        })
    };
}

static EN: LazyLock<Value> = language!("en.json");
static ES: LazyLock<Value> = language!("es.json");
static FR: LazyLock<Value> = language!("fr.json");
static DE: LazyLock<Value> = language!("de.json");
static JA: LazyLock<Value> = language!("ja.json");

/// All words of a language: those around every mail under `frame`, and those of each kind under its name.
pub(super) fn words(locale: Locale) -> &'static Value {
    match locale {
        Locale::En => &EN,
        Locale::Es => &ES,
        Locale::Fr => &FR,
        Locale::De => &DE,
        Locale::Ja => &JA,
    }
}
