//! The texts of the languages, as they are embedded in the binary.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use selfsame_primitives::Locale;
use serde::Deserialize;

/// All words of a language. Each may name values of its mail: `{{ minutes }}`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TemplateTexts {
    /// Those around every mail.
    pub(super) frame: BTreeMap<String, String>,
    /// What monitoring found, by [`super::Finding`].
    pub(super) findings: BTreeMap<String, String>,
    /// Those of each kind of mail.
    #[serde(flatten)]
    pub(super) kinds: BTreeMap<String, KindTexts>,
}

/// The words of a kind of mail.
#[derive(Debug, Deserialize)]
pub(super) struct KindTexts {
    pub(super) subject: String,
    pub(super) heading: String,
    pub(super) body: Vec<String>,
    pub(super) note: String,
    #[serde(default)]
    pub(super) button: String,
}

macro_rules! language {
    ($file:literal) => {
        LazyLock::new(|| {
            serde_json::from_str(include_str!(concat!("../../templates/texts/", $file)))
                .unwrap_or_default()
        })
    };
}

static EN: LazyLock<TemplateTexts> = language!("en.json");
static ES: LazyLock<TemplateTexts> = language!("es.json");
static FR: LazyLock<TemplateTexts> = language!("fr.json");
static DE: LazyLock<TemplateTexts> = language!("de.json");
static JA: LazyLock<TemplateTexts> = language!("ja.json");

/// The words of `locale`.
pub(super) fn words(locale: Locale) -> &'static TemplateTexts {
    match locale {
        Locale::En => &EN,
        Locale::Es => &ES,
        Locale::Fr => &FR,
        Locale::De => &DE,
        Locale::Ja => &JA,
    }
}
