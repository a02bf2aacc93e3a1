//! Limits and changes of a profile.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use selfsame_primitives::{TextProblem, Timestamp, clean_line, clean_paragraphs, time_zone_name};
use selfsame_web::{Checks, Fault, FieldErrors, FieldFault, Patch, Problem};
use serde::Deserialize;

use super::links;
use selfsame_users::records::Profile;

/// Most entries of `interests` and of `skills`.
const MOST_WORDS: usize = 20;
/// Characters of one of them.
const LONGEST_WORD: usize = 30;

/// What a change of a profile may name. Fields that are absent stay as they are, `null` clears.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileUpdate {
    /// 1 to 50 characters, as people count them. Can't be cleared.
    #[serde(default)]
    #[schemars(with = "Option<String>", length(min = 1))]
    pub display_name: Patch<String>,
    /// Up to 500 characters; may have line breaks.
    #[serde(default)]
    pub bio: Patch<String>,
    /// Up to 100 characters.
    #[serde(default)]
    pub location: Patch<String>,
    /// A time zone of the IANA database, e.g. `America/Los_Angeles`.
    #[serde(default)]
    pub timezone: Patch<String>,
    /// Links by platform (`twitter`, `github`, `linkedin`, `website`, …), at most 10. A link that
    /// is not named stays, `null` removes it.
    #[serde(default)]
    pub social_links: Patch<BTreeMap<String, Patch<String>>>,
    /// Up to 20 of up to 30 characters.
    #[serde(default)]
    pub interests: Patch<Vec<String>>,
    /// Up to 20 of up to 30 characters.
    #[serde(default)]
    pub skills: Patch<Vec<String>>,
}

impl Checks for ProfileUpdate {
    const READ_ONLY: &'static [&'static str] = &[
        "userId",
        "username",
        "avatar",
        "avatars",
        "badges",
        "stats",
        "privacy",
        "preferences",
        "version",
        "createdAt",
        "updatedAt",
    ];

    fn check(&self, faults: &mut FieldErrors) {
        let empty = Profile::new(String::new(), Timestamp::default());
        faults.join(updated(&empty, self, Timestamp::default()));
    }
}

/// The profile after `update`. The error names every wrong field.
pub(super) fn updated(
    before: &Profile,
    update: &ProfileUpdate,
    now: Timestamp,
) -> Result<Profile, Problem> {
    let mut after = before.clone();
    let mut faults = FieldErrors::default();
    let mut take = |pointer: &str, outcome: Result<(), Fault>| {
        faults.check(pointer, outcome);
    };
    take("/displayName", display_name(&update.display_name, &mut after.display_name));
    take("/bio", text(&update.bio, &mut after.bio, |bio| clean_paragraphs(bio, 500)));
    take(
        "/location",
        text(&update.location, &mut after.location, |location| clean_line_or_empty(location, 100)),
    );
    take("/timezone", time_zone(&update.timezone, &mut after.timezone));
    faults.extend(words("/interests", &update.interests, &mut after.interests));
    faults.extend(words("/skills", &update.skills, &mut after.skills));
    faults.extend(social_links(&update.social_links, &mut after.social_links));
    faults.or(())?;
    Ok(if after == *before { after } else { after.changed(now) })
}

/// The API names of the fields in which two profiles differ.
pub(super) fn changed_fields(before: &Profile, after: &Profile) -> Vec<&'static str> {
    [
        ("displayName", before.display_name != after.display_name),
        ("bio", before.bio != after.bio),
        ("location", before.location != after.location),
        ("timezone", before.timezone != after.timezone),
        ("socialLinks", before.social_links != after.social_links),
        ("interests", before.interests != after.interests),
        ("skills", before.skills != after.skills),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

fn display_name(patch: &Patch<String>, field: &mut String) -> Result<(), Fault> {
    match patch {
        Patch::Keep => Ok(()),
        Patch::Clear => Err(Fault::NotRemovable),
        Patch::Set(name) => clean_line(name, 50).map(|name| *field = name).map_err(Fault::from),
    }
}

fn text(
    patch: &Patch<String>,
    field: &mut String,
    clean: impl Fn(&str) -> Result<String, TextProblem>,
) -> Result<(), Fault> {
    let patch = patch.clone().try_map(|text| clean(&text)).map_err(Fault::from)?;
    patch.apply(field);
    Ok(())
}

fn clean_line_or_empty(text: &str, most: usize) -> Result<String, TextProblem> {
    match clean_line(text, most) {
        Err(TextProblem::Empty) => Ok(String::new()),
        outcome => outcome,
    }
}

fn time_zone(patch: &Patch<String>, field: &mut String) -> Result<(), Fault> {
    let known = |name: String| {
        if name.is_empty() { Ok(name) } else { time_zone_name(&name).ok_or(Fault::NotATimeZone) }
    };
    patch.clone().try_map(known)?.apply(field);
    Ok(())
}

fn words(pointer: &str, patch: &Patch<Vec<String>>, field: &mut Vec<String>) -> Vec<FieldFault> {
    let Patch::Set(words) = patch else {
        patch.clone().apply(field);
        return Vec::new();
    };
    if words.len() > MOST_WORDS {
        return vec![FieldFault::new(pointer, Fault::TooMany { max: MOST_WORDS })];
    }
    let mut cleaned = Vec::new();
    let mut errors = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match clean_line(word, LONGEST_WORD) {
            Ok(word) if cleaned.contains(&word) => {}
            Ok(word) => cleaned.push(word),
            Err(problem) => {
                errors.push(FieldFault::new(format!("{pointer}/{index}"), problem));
            }
        }
    }
    *field = cleaned;
    errors
}

fn social_links(
    patch: &Patch<BTreeMap<String, Patch<String>>>,
    field: &mut BTreeMap<String, String>,
) -> Vec<FieldFault> {
    match patch {
        Patch::Keep => Vec::new(),
        Patch::Clear => {
            field.clear();
            Vec::new()
        }
        Patch::Set(patch) => {
            links::merged(field, patch).map(|merged| *field = merged).err().unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(json: &str) -> Result<Profile, Problem> {
        let now = Timestamp::from_millis(1_000);
        let mut before = Profile::new("John".into(), Timestamp::from_millis(0));
        before.bio = "Hello".into();
        updated(&before, &serde_json::from_str(json).unwrap(), now)
    }

    fn pointers(problem: &Problem) -> Vec<&str> {
        problem.errors.iter().map(|error| error.pointer.as_str()).collect()
    }

    #[test]
    fn absent_fields_stay_and_null_clears() {
        let after = update(r#"{"location":"Paris","bio":null}"#).unwrap();
        assert_eq!(
            (after.display_name.as_str(), after.bio.as_str(), after.location.as_str()),
            ("John", "", "Paris")
        );
        assert_eq!(after.version, 2);
    }

    #[test]
    fn a_change_that_changes_nothing_makes_no_new_version() {
        assert_eq!(update(r#"{"bio":" Hello "}"#).unwrap().version, 1);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let long = "x".repeat(31);
        let json = format!(
            r#"{{"displayName":"","bio":"a\u0000b","location":"{}","timezone":"Mars/Base","interests":["ok","{long}"],"skills":[""],"socialLinks":{{"github":"https://evil.example"}}}}"#,
            "x".repeat(101)
        );
        let problem = update(&json).unwrap_err();
        let expected = [
            "/displayName",
            "/bio",
            "/location",
            "/timezone",
            "/interests/1",
            "/skills/0",
            "/socialLinks/github",
        ];
        assert_eq!(pointers(&problem), expected);
    }

    #[test]
    fn limits_hold_to_the_character() {
        assert!(update(&format!(r#"{{"displayName":"{}"}}"#, "é".repeat(50))).is_ok());
        assert!(update(&format!(r#"{{"displayName":"{}"}}"#, "é".repeat(51))).is_err());
        assert!(update(&format!(r#"{{"bio":"{}"}}"#, "é".repeat(500))).is_ok());
        assert!(update(&format!(r#"{{"bio":"{}"}}"#, "é".repeat(501))).is_err());
        let words = |count: usize| format!(r#"{{"skills":[{}]}}"#, vec!["\"a\""; count].join(","));
        assert!(update(&words(20)).is_ok());
        assert!(update(&words(21)).is_err());
    }

    #[test]
    fn a_display_name_cannot_be_cleared() {
        assert_eq!(pointers(&update(r#"{"displayName":null}"#).unwrap_err()), ["/displayName"]);
    }
}
