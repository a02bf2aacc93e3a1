//! A change of account and profile at once, with every field at the top.

use schemars::JsonSchema;
use selfsame_web::{Checks, FieldErrors, FieldFault, Patch};
use serde::Deserialize;

use super::rule::{AccountUpdate, AddressUpdate, NameUpdate};
use crate::primary_profile::ProfileUpdate;

/// What a change of a user may name. Fields that are absent stay as they are, `null` clears.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserUpdate {
    /// The given name, up to 50 characters.
    #[serde(default)]
    first_name: Patch<String>,
    /// The family name, up to 50 characters.
    #[serde(default)]
    last_name: Patch<String>,
    /// A phone number: in international form, or as one dials it in `phoneCountry`. At most 40
    /// characters.
    #[serde(default)]
    phone: Patch<String>,
    /// The country (ISO 3166-1 alpha-2) in which `phone` is dialled so; without it, `country`.
    #[serde(default)]
    phone_country: Patch<String>,
    /// Street and number, up to 100 characters.
    #[serde(default)]
    line1: Patch<String>,
    /// Anything more, up to 100 characters.
    #[serde(default)]
    line2: Patch<String>,
    /// City or town, up to 100 characters.
    #[serde(default)]
    city: Patch<String>,
    /// State, province or region, up to 100 characters.
    #[serde(default)]
    region: Patch<String>,
    /// As the country writes it, up to 16 characters.
    #[serde(default)]
    postal_code: Patch<String>,
    /// ISO 3166-1 alpha-2, e.g. `DE`.
    #[serde(default)]
    country: Patch<String>,
    /// Another one than the present gets a code, and waits as `pendingEmail` until that is given
    /// back. Can't be cleared.
    #[serde(default)]
    email: Patch<String>,
    /// What others see one called, 1 to 50 characters. Can't be cleared.
    #[serde(default)]
    #[schemars(with = "Option<String>", length(min = 1))]
    display_name: Patch<String>,
    /// Up to 500 characters; may have line breaks.
    #[serde(default)]
    bio: Patch<String>,
    /// Up to 100 characters.
    #[serde(default)]
    location: Patch<String>,
    /// A time zone of the IANA database, e.g. `America/Los_Angeles`.
    #[serde(default)]
    timezone: Patch<String>,
}

impl Checks for UserUpdate {
    /// The read-only fields of the account, and fields that are flat here and nested in a read.
    const READ_ONLY: &'static [&'static str] = &[
        "userId",
        "username",
        "name",
        "address",
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
        "profile",
    ];

    fn check(&self, faults: &mut FieldErrors) {
        let (account, profile) = self.clone().parts();
        profile.check(faults);
        let mut own = FieldErrors::default();
        account.check(&mut own);
        faults.extend(own.into_vec().into_iter().map(flattened));
    }
}

impl UserUpdate {
    /// The account part and the profile part of the update.
    pub(super) fn parts(self) -> (AccountUpdate, ProfileUpdate) {
        let address = AddressUpdate {
            line1: self.line1,
            line2: self.line2,
            city: self.city,
            region: self.region,
            postal_code: self.postal_code,
            country: self.country,
        };
        let account = AccountUpdate {
            name: Patch::Set(NameUpdate { first: self.first_name, last: self.last_name }),
            phone: self.phone,
            phone_country: self.phone_country,
            address: Patch::Set(address),
            email: self.email,
        };
        let profile = ProfileUpdate {
            display_name: self.display_name,
            bio: self.bio,
            location: self.location,
            timezone: self.timezone,
            ..ProfileUpdate::default()
        };
        (account, profile)
    }
}

/// `error` with the pointer that its field has in a flat request.
pub(super) fn flattened(mut error: FieldFault) -> FieldFault {
    let flat = match error.pointer.as_str() {
        "/name/first" => Some("/firstName".to_owned()),
        "/name/last" => Some("/lastName".to_owned()),
        nested => nested.strip_prefix("/address/").map(|field| format!("/{field}")),
    };
    error.pointer = flat.unwrap_or(error.pointer);
    error
}
