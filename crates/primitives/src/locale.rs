//! The languages that mails, pages and answers come in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language people can choose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// German.
    De,
    /// Japanese.
    Ja,
}

impl Locale {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::En, Self::Es, Self::Fr, Self::De, Self::Ja];

    /// Its tag (RFC 5646).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Ja => "ja",
        }
    }

    /// The language that an `Accept-Language` (RFC 9110 §12.5.4) likes best of ours; none where it
    /// names none of ours.
    #[must_use]
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, u16)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().split('-').next().unwrap_or_default();
            let Some(locale) =
                Self::ALL.into_iter().find(|locale| tag.eq_ignore_ascii_case(locale.code()))
            else {
                continue;
            };
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(Some(1000), thousandths)
                .unwrap_or(0);
            if weight > 0 && best.is_none_or(|(_, before)| weight > before) {
                best = Some((locale, weight));
            }
        }
        best.map(|(locale, _)| locale)
    }
}

/// A weight of 0 to 1 with up to three decimals.
fn thousandths(weight: &str) -> Option<u16> {
    let weight: f32 = weight.trim().parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0 to 1000"
    )]
    (0.0..=1.0).contains(&weight).then_some((weight * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_of_ours_is_taken() {
        for (header, expected) in [
            ("de-CH, en;q=0.8", Some(Locale::De)),
            ("pt-BR, fr-CA;q=0.8, en", Some(Locale::En)),
            ("pt, en;q=0.5, JA;q=0.7", Some(Locale::Ja)),
            ("es;q=0, fr;q=0.1", Some(Locale::Fr)),
            ("pt", None),
            ("*", None),
            ("", None),
            ("de;q=nonsense", None),
        ] {
            assert_eq!(Locale::accepted(header), expected, "{header}");
        }
    }
}
