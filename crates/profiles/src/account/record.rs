//! The stored contact data of a user.

use schemars::JsonSchema;
use selfsame_events::user_key;
use selfsame_primitives::{Keys, Random, UserId, base64url, from_base64url};
use selfsame_store::{Key, Record, StoreError};
use serde::{Deserialize, Serialize};

const PURPOSE: &str = "personal";

/// A user's contact data, at `personal` of their partition; absent before the first change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Personal {
    /// Counts the changes, from 1.
    pub(super) version: u64,
    /// [`PersonalData`] as JSON, sealed with the installation's keys for this user.
    sealed: String,
}

impl Record for Personal {
    const KIND: &'static str = "personal";
}

impl Personal {
    /// Its key.
    pub(super) fn key(user: &UserId) -> Key {
        user_key(user, "personal")
    }

    /// The stored form of `data` of `user`.
    pub(super) fn seal(
        keys: &Keys,
        random: &dyn Random,
        user: &UserId,
        version: u64,
        data: &PersonalData,
    ) -> Result<Self, StoreError> {
        let plain =
            serde_json::to_vec(data).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let sealed = keys.seal(PURPOSE, user.as_str().as_bytes(), &plain, random);
        Ok(Self { version, sealed: base64url(sealed) })
    }

    /// The data that [`Personal::seal`] sealed for `user`.
    pub(super) fn open(&self, keys: &Keys, user: &UserId) -> Result<PersonalData, StoreError> {
        let bytes = from_base64url(&self.sealed);
        let plain =
            bytes.and_then(|bytes| keys.open(PURPOSE, user.as_str().as_bytes(), &bytes).ok());
        let data = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        data.ok_or_else(|| StoreError::Corrupt(format!("the personal data of {user} do not open")))
    }
}

/// The sealed content.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PersonalData {
    pub(super) name: Name,
    pub(super) phone: Option<Phone>,
    pub(super) address: Address,
}

/// What a person is called by others who write to them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(super) struct Name {
    /// The given name.
    pub(super) first: Option<String>,
    /// The family name.
    pub(super) last: Option<String>,
}

/// A number that can be called from anywhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Phone {
    /// In the form of ITU-T E.164: `+14155552671`.
    pub(super) number: String,
    /// The country it belongs to (ISO 3166-1 alpha-2); none for numbers of no country, such as
    /// +800.
    pub(super) country: Option<String>,
}

/// Where mail on paper goes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Address {
    /// Street and number.
    pub(super) line1: Option<String>,
    /// Anything more, such as a flat.
    pub(super) line2: Option<String>,
    /// City or town.
    pub(super) city: Option<String>,
    /// State, province or region.
    pub(super) region: Option<String>,
    /// As the country writes it.
    pub(super) postal_code: Option<String>,
    /// ISO 3166-1 alpha-2, in capitals.
    pub(super) country: Option<String>,
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::SeededRandom;
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = br#"personal/1
{"version":3,"sealed":"c2VhbGVk"}"#;
        let personal: Personal = decode(stored).unwrap();
        assert_eq!((personal.version, encode(&personal).as_slice()), (3, stored.as_slice()));
        let inside = r#"{"name":{"first":"Ada","last":null},"phone":{"number":"+442079460018","country":"GB"},"address":{"line1":null,"line2":null,"city":"London","region":null,"postalCode":null,"country":"GB"}}"#;
        let data: PersonalData = serde_json::from_str(inside).unwrap();
        assert_eq!(serde_json::to_string(&data).unwrap(), inside);
    }

    #[test]
    fn what_is_sealed_for_one_user_does_not_open_for_another() {
        let (keys, random) = (Keys::from_master(&[7; 32]), SeededRandom::new(1));
        let (ada, eve) = (UserId::parse("usr_ada").unwrap(), UserId::parse("usr_eve").unwrap());
        let name = Name { first: Some("Ada".into()), last: None };
        let data = PersonalData { name, ..PersonalData::default() };
        let stored = Personal::seal(&keys, &random, &ada, 1, &data).unwrap();
        assert_eq!(stored.open(&keys, &ada).unwrap(), data);
        assert!(stored.open(&keys, &eve).is_err());
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::{are_read, contents_are_read};

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Personal>();
        contents_are_read::<super::PersonalData>("content-of-personal");
    }
}
