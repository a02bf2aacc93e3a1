//! What profiles may hold, and how many there may be.

use schemars::JsonSchema;
use selfsame_primitives::{Timestamp, clean_line, clean_paragraphs};
use selfsame_web::{Checks, Fault, FieldChecks, FieldErrors, Fields, Patch, Problem};
use serde::Deserialize;

use selfsame_users::records::Gallery;

/// Most profiles of a user, the primary one among them.
pub(super) const MOST: usize = 5;
/// The largest number that a profile may be sorted by.
const LAST: u32 = 1000;

/// A new profile.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProfile {
    /// 1 to 50 characters, as people count them.
    pub display_name: String,
    /// Up to 500 characters; may have line breaks.
    #[serde(default)]
    pub bio: String,
    /// Where it stands among your profiles: smaller numbers come first, up to 1000. At the end
    /// unless given.
    #[serde(default)]
    pub order: Option<u32>,
}

impl NewProfile {
    /// A new profile is a change of an empty one.
    pub(super) fn into_change(self) -> ProfileChange {
        ProfileChange {
            display_name: Patch::Set(self.display_name),
            bio: Patch::Set(self.bio),
            order: self.order.map_or(Patch::Keep, Patch::Set),
        }
    }
}

impl<S> FieldChecks<S> for NewProfile {
    fn check(_: &S, fields: &Fields<'_>, faults: &mut FieldErrors) {
        let new = Self {
            display_name: fields.get("displayName").unwrap_or_default(),
            bio: fields.get("bio").unwrap_or_default(),
            order: fields.get("order"),
        };
        new.into_change().check(faults);
    }
}

/// A change of a profile. Fields that are absent stay as they are, `null` clears.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileChange {
    /// 1 to 50 characters, as people count them. Can't be cleared.
    #[serde(default)]
    #[schemars(with = "Option<String>", length(min = 1))]
    pub display_name: Patch<String>,
    /// Up to 500 characters; may have line breaks.
    #[serde(default)]
    pub bio: Patch<String>,
    /// Where it stands among your profiles: smaller numbers come first, up to 1000. Can't be
    /// cleared.
    #[serde(default)]
    pub order: Patch<u32>,
}

impl Checks for ProfileChange {
    const READ_ONLY: &'static [&'static str] = &[
        "profileId",
        "userId",
        "primary",
        "allocatedMediaIds",
        "activeMediaIds",
        "version",
        "createdAt",
        "updatedAt",
    ];

    fn check(&self, faults: &mut FieldErrors) {
        faults.join(changed(&Gallery::empty(), self, Timestamp::default()));
    }
}

/// `before` after `change`. The error names every wrong field.
pub(super) fn changed(
    before: &Gallery,
    change: &ProfileChange,
    now: Timestamp,
) -> Result<Gallery, Problem> {
    let mut after = before.clone();
    let mut faults = FieldErrors::default();
    let mut take = |pointer: &str, outcome: Result<(), Fault>| {
        faults.check(pointer, outcome);
    };
    take("/displayName", display_name(&change.display_name, &mut after.display_name));
    take("/bio", bio(&change.bio, &mut after.bio));
    take("/order", order(&change.order, &mut after.order));
    faults.or(())?;
    if after != *before {
        after.version += 1;
        after.updated_at = now;
    }
    Ok(after)
}

fn display_name(patch: &Patch<String>, field: &mut String) -> Result<(), Fault> {
    match patch {
        Patch::Keep => Ok(()),
        Patch::Clear => Err(Fault::NotRemovable),
        Patch::Set(name) => clean_line(name, 50).map(|name| *field = name).map_err(Fault::from),
    }
}

fn bio(patch: &Patch<String>, field: &mut String) -> Result<(), Fault> {
    let patch = patch.clone().try_map(|text| clean_paragraphs(&text, 500)).map_err(Fault::from)?;
    patch.apply(field);
    Ok(())
}

fn order(patch: &Patch<u32>, field: &mut u32) -> Result<(), Fault> {
    match patch {
        Patch::Keep => Ok(()),
        Patch::Set(order) if *order <= LAST => {
            *field = *order;
            Ok(())
        }
        Patch::Clear | Patch::Set(_) => Err(Fault::OutOfRange { min: 0, max: LAST.into() }),
    }
}

/// The API names of the fields in which two profiles differ.
pub(super) fn changed_fields(before: &Gallery, after: &Gallery) -> Vec<&'static str> {
    [
        ("displayName", before.display_name != after.display_name),
        ("bio", before.bio != after.bio),
        ("order", before.order != after.order),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}
