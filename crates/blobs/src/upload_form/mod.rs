//! Uploads by HTML form, as Amazon S3 takes them: a policy says what may be uploaded, the server
//! signs it (Signature Version 4), and the bearer of the signed form may upload that and nothing
//! else until it expires.
//!
//! [`PostPolicy::sign`] makes the fields of a form; [`verify`] checks a received form as S3 checks
//! it, and refuses with S3's codes. Sources: Amazon S3 API Reference, "Browser-Based Uploads Using
//! POST (AWS Signature Version 4)": "POST Policy", "HTML form fields", and its example, which is a
//! test here.
//!
//! Not supported: `${filename}` in a field is literal, and fields about the answer
//! (`success_action_…`) or about the object's headers are refused unless the policy names them, and
//! then ignored.

mod condition;
mod form;
mod policy;
mod refusal;
mod signature;
#[cfg(test)]
mod tests;
mod verify;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use form::Form;
pub use refusal::{Code, Refusal};
use selfsame_primitives::Timestamp;
use serde_json::json;
pub use signature::SigningKey;
use signature::{ALGORITHM, Scope, basic_time};
pub use verify::{Accepted, verify};

/// The fields of a form, without the file: what `generate_presigned_post` of Amazon's libraries
/// calls `fields`.
pub type Fields = BTreeMap<String, String>;

/// What may be uploaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostPolicy<'a> {
    /// Into which bucket.
    pub bucket: &'a str,
    /// Under which key.
    pub key: &'a str,
    /// As which media type.
    pub content_type: &'a str,
    /// How many bytes, both ends included.
    pub length: RangeInclusive<u64>,
    /// Until when.
    pub expires_at: Timestamp,
}

impl PostPolicy<'_> {
    /// The form's fields: `Content-Type`, `key`, `policy`, `x-amz-algorithm`, `x-amz-credential`,
    /// `x-amz-date`, `x-amz-signature`, and `x-amz-security-token` where the key is a temporary
    /// one.
    #[must_use]
    pub fn sign(&self, key: &SigningKey, now: Timestamp) -> Fields {
        let date = basic_time(now);
        let scope = Scope::of(&date, key.region());
        let mut fields = Fields::from([
            ("Content-Type".to_owned(), self.content_type.to_owned()),
            ("key".to_owned(), self.key.to_owned()),
            ("x-amz-algorithm".to_owned(), ALGORITHM.to_owned()),
            ("x-amz-credential".to_owned(), format!("{}/{scope}", key.access_key())),
            ("x-amz-date".to_owned(), date.clone()),
        ]);
        fields
            .extend(key.token().map(|token| ("x-amz-security-token".to_owned(), token.to_owned())));
        let policy = STANDARD.encode(self.document(&fields));
        fields.insert("x-amz-signature".to_owned(), key.sign(&scope, &policy));
        fields.insert("policy".to_owned(), policy);
        fields
    }

    /// Every field must be covered by a condition, so that none can be changed or added.
    fn document(&self, fields: &Fields) -> String {
        let mut conditions = vec![
            json!({"bucket": self.bucket}),
            json!(["content-length-range", self.length.start(), self.length.end()]),
        ];
        conditions.extend(fields.iter().map(|(name, value)| json!({ name: value })));
        json!({"expiration": self.expires_at, "conditions": conditions}).to_string()
    }
}
