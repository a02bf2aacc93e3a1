//! Limits and changes of personal data.

use schemars::JsonSchema;
use selfsame_primitives::{EmailAddress, TextProblem, clean_line};
use selfsame_web::{Checks, Fault, FieldErrors, FieldFault, Patch};
use serde::Deserialize;

use super::country::country;
use super::phone;
use super::record::{Address, Name, PersonalData, Phone};

/// Characters of a part of a name, as people count them.
const LONGEST_NAME: usize = 50;
/// Characters of a line of an address.
const LONGEST_LINE: usize = 100;
/// Characters of a postal code; the longest in use have ten.
const LONGEST_POSTAL_CODE: usize = 16;

/// What a change of an account may name. Fields that are absent stay as they are, `null` clears.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AccountUpdate {
    /// The parts of the name; a part that is not named stays.
    #[serde(default)]
    pub(super) name: Patch<NameUpdate>,
    /// A phone number: in international form, or as one dials it in `phoneCountry`. At most 40
    /// characters.
    #[serde(default)]
    pub(super) phone: Patch<String>,
    /// The country (ISO 3166-1 alpha-2) in which `phone` is dialled so; without it, that of the
    /// address.
    #[serde(default)]
    pub(super) phone_country: Patch<String>,
    /// The parts of the address; a part that is not named stays.
    #[serde(default)]
    pub(super) address: Patch<AddressUpdate>,
    /// Another one than the present gets a code, and waits as `pendingEmail` until that is given
    /// back. Can't be cleared.
    #[serde(default)]
    pub(super) email: Patch<String>,
}

impl Checks for AccountUpdate {
    const READ_ONLY: &'static [&'static str] = &[
        "userId",
        "username",
        "emailVerified",
        "pendingEmail",
        "emailProblem",
        "phoneVerified",
        "pictureUrl",
        "language",
        "twoFactorEnabled",
        "terms",
        "administrator",
        "createdAt",
        "lastLoginAt",
        "preferences",
        "version",
    ];

    fn check(&self, faults: &mut FieldErrors) {
        faults.extend(updated(&PersonalData::default(), self, None).err().unwrap_or_default());
    }
}

/// A change of a name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NameUpdate {
    /// The given name, up to 50 characters.
    #[serde(default)]
    pub(super) first: Patch<String>,
    /// The family name, up to 50 characters.
    #[serde(default)]
    pub(super) last: Patch<String>,
}

/// A change of an address.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AddressUpdate {
    /// Street and number, up to 100 characters.
    #[serde(default)]
    pub(super) line1: Patch<String>,
    /// Anything more, up to 100 characters.
    #[serde(default)]
    pub(super) line2: Patch<String>,
    /// City or town, up to 100 characters.
    #[serde(default)]
    pub(super) city: Patch<String>,
    /// State, province or region, up to 100 characters.
    #[serde(default)]
    pub(super) region: Patch<String>,
    /// As the country writes it, up to 16 characters.
    #[serde(default)]
    pub(super) postal_code: Patch<String>,
    /// ISO 3166-1 alpha-2, e.g. `DE`.
    #[serde(default)]
    pub(super) country: Patch<String>,
}

/// The data after `update`, for an account with that `email`. The error names every wrong field.
pub(super) fn updated(
    before: &PersonalData,
    update: &AccountUpdate,
    email: Option<&EmailAddress>,
) -> Result<PersonalData, Vec<FieldFault>> {
    let mut errors = Lines::default();
    let name = named(&before.name, &update.name, &mut errors);
    let address = addressed(&before.address, &update.address, &mut errors);
    let phone = reached(before.phone.as_ref(), update, &address, &mut errors);
    errors.0.check("/email", requested_email(&update.email, email));
    if errors.0.is_empty() {
        Ok(PersonalData { name, phone, address })
    } else {
        Err(errors.0.into_vec())
    }
}

/// The API names of the fields that differ.
pub(super) fn changed(before: &PersonalData, after: &PersonalData) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("phone", before.phone != after.phone),
        ("address", before.address != after.address),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

#[derive(Default)]
struct Lines(FieldErrors);

impl Lines {
    /// `before` after `patch`, a line of at most so many characters.
    fn line(
        &mut self,
        pointer: &str,
        patch: &Patch<String>,
        before: Option<&String>,
        most: usize,
    ) -> Option<String> {
        match patch {
            Patch::Keep => before.cloned(),
            Patch::Clear => None,
            Patch::Set(text) => match clean_line(text, most) {
                Ok(text) => Some(text),
                Err(TextProblem::Empty) => None,
                Err(problem) => {
                    self.0.add(pointer, problem);
                    None
                }
            },
        }
    }

    fn country(
        &mut self,
        pointer: &str,
        patch: &Patch<String>,
        before: Option<&String>,
    ) -> Option<String> {
        match patch {
            Patch::Keep => before.cloned(),
            Patch::Clear => None,
            Patch::Set(code) => {
                let known = country(code);
                if known.is_none() {
                    self.0.add(pointer, Fault::NotACountry);
                }
                known
            }
        }
    }
}

fn named(before: &Name, patch: &Patch<NameUpdate>, errors: &mut Lines) -> Name {
    match patch {
        Patch::Keep => before.clone(),
        Patch::Clear => Name::default(),
        Patch::Set(update) => Name {
            first: errors.line("/name/first", &update.first, before.first.as_ref(), LONGEST_NAME),
            last: errors.line("/name/last", &update.last, before.last.as_ref(), LONGEST_NAME),
        },
    }
}

fn addressed(before: &Address, patch: &Patch<AddressUpdate>, errors: &mut Lines) -> Address {
    match patch {
        Patch::Keep => before.clone(),
        Patch::Clear => Address::default(),
        Patch::Set(update) => Address {
            line1: errors.line(
                "/address/line1",
                &update.line1,
                before.line1.as_ref(),
                LONGEST_LINE,
            ),
            line2: errors.line(
                "/address/line2",
                &update.line2,
                before.line2.as_ref(),
                LONGEST_LINE,
            ),
            city: errors.line("/address/city", &update.city, before.city.as_ref(), LONGEST_LINE),
            region: errors.line(
                "/address/region",
                &update.region,
                before.region.as_ref(),
                LONGEST_LINE,
            ),
            postal_code: errors.line(
                "/address/postalCode",
                &update.postal_code,
                before.postal_code.as_ref(),
                LONGEST_POSTAL_CODE,
            ),
            country: errors.country("/address/country", &update.country, before.country.as_ref()),
        },
    }
}

fn reached(
    before: Option<&Phone>,
    update: &AccountUpdate,
    address: &Address,
    errors: &mut Lines,
) -> Option<Phone> {
    let dialled_in =
        errors.country("/phoneCountry", &update.phone_country, address.country.as_ref());
    match &update.phone {
        Patch::Keep => {
            if matches!(update.phone_country, Patch::Set(_)) {
                errors.0.add("/phoneCountry", Fault::PhoneCountryAlone);
            }
            before.cloned()
        }
        Patch::Clear => None,
        Patch::Set(text) if text.trim().is_empty() => None,
        Patch::Set(text) => errors.0.check("/phone", phone::read(text, dialled_in.as_deref())),
    }
}

/// The address that `patch` asks for, unless it is `present` already; or what is wrong with it.
pub(super) fn requested_email(
    patch: &Patch<String>,
    present: Option<&EmailAddress>,
) -> Result<Option<EmailAddress>, Fault> {
    match patch {
        Patch::Keep => Ok(None),
        Patch::Clear if present.is_none() => Ok(None),
        Patch::Clear => Err(Fault::NotRemovable),
        Patch::Set(text) => {
            let given = EmailAddress::parse(text)?;
            let is_present =
                present.is_some_and(|present| present.canonical() == given.canonical());
            Ok(Some(given).filter(|_| !is_present))
        }
    }
}
