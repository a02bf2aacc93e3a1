//! A form as it comes in.

use super::Fields;
use super::Refusal;

/// The most bytes of names and values before the file, as Amazon S3 has it.
const MOST_BYTES: usize = 20_480;
/// The most fields: far more than a policy can cover in so many bytes.
const MOST_FIELDS: usize = 100;

/// The fields that stand before the file. Names are the same in upper and lower case.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Form {
    fields: Fields,
    bytes: usize,
}

impl Form {
    /// A form without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field. Values of fields of the same name are joined by commas, as S3 does it.
    ///
    /// Fails where there is more before the file than S3 takes.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        self.bytes = self.bytes.saturating_add(name.len()).saturating_add(value.len());
        if self.bytes > MOST_BYTES || self.fields.len() >= MOST_FIELDS {
            return Err(Refusal::too_much_before_the_file());
        }
        let joined = self.fields.entry(name.to_ascii_lowercase());
        joined
            .and_modify(|known| *known = format!("{known},{value}"))
            .or_insert_with(|| value.to_owned());
        Ok(())
    }

    /// The form with these fields.
    pub fn of<'a>(
        fields: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Result<Self, Refusal> {
        let mut form = Self::new();
        fields.into_iter().try_for_each(|(name, value)| form.push(name, value))?;
        Ok(form)
    }

    /// The value of a field, named in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// The names, in lower case.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }
}
