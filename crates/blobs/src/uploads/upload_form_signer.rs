//! The target of an embedded store's upload forms: a route of this service, as Amazon S3 is for its
//! clients.

use std::ops::RangeInclusive;
use std::time::Duration;

use selfsame_primitives::Timestamp;

use super::{UploadInstructions, UploadName};
use crate::upload_form::{Accepted, Form, PostPolicy, Refusal, SigningKey, verify};

/// Signs forms for uploads and checks those that come in.
#[derive(Clone, Debug)]
pub struct UploadFormSigner {
    url: String,
    bucket: String,
    key: SigningKey,
}

impl UploadFormSigner {
    /// Forms go to `url`, are for `bucket` and are signed with `key`.
    #[must_use]
    pub fn new(url: impl Into<String>, bucket: impl Into<String>, key: SigningKey) -> Self {
        Self { url: url.into(), bucket: bucket.into(), key }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    pub(crate) fn form(
        &self,
        name: &UploadName,
        length: RangeInclusive<u64>,
        life: Duration,
        now: Timestamp,
    ) -> UploadInstructions {
        let expires_at = now.plus(life);
        let (key, content_type) = (name.as_str(), name.media_type().mime());
        let policy = PostPolicy { bucket: &self.bucket, key, content_type, length, expires_at };
        UploadInstructions {
            url: self.url.clone(),
            method: "POST",
            fields: policy.sign(&self.key, now),
            expires_at,
        }
    }

    pub(crate) fn check(
        &self,
        form: &Form,
        now: Timestamp,
    ) -> Result<(UploadName, Accepted), Refusal> {
        let accepted = verify(form, &self.bucket, &self.key, now)?;
        // Only names of uploads are ever signed.
        let name = UploadName::parse(&accepted.key).map_err(|_| Refusal::denied())?;
        Ok((name, accepted))
    }
}
