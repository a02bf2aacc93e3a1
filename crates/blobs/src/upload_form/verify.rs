//! Checks a form in the order in which S3 does it: completeness, signer, signed conditions.

use std::time::Duration;

use selfsame_primitives::{Timestamp, same_secret};

use super::policy::Policy;
use super::signature::{ALGORITHM, Scope, SigningKey, parse_basic_time};
use super::{Code, Form, Refusal};

/// A signature is good for seven days at most (Amazon S3 API Reference, "Amazon S3 Signature
/// Version 4 Authentication Specific Policy Keys", `s3:signatureAge`).
const LONGEST: Duration = Duration::from_hours(7 * 24);
/// How far clocks may differ, as for every signed request to S3.
const SKEW: Duration = Duration::from_mins(15);

/// A form that may be followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// Under which key the file goes.
    pub key: String,
    /// The media type that the uploader declared.
    pub content_type: String,
    least: u64,
    most: u64,
}

impl Accepted {
    /// The most bytes that the file may have.
    #[must_use]
    pub const fn most(&self) -> u64 {
        self.most
    }

    /// Fails as soon as the first `size` bytes are more than the file may have: for while it
    /// arrives.
    pub fn check_so_far(&self, size: u64) -> Result<(), Refusal> {
        if size > self.most { Err(Refusal::too_large(size, self.most)) } else { Ok(()) }
    }

    /// Fails where a file of `size` bytes is too large or too small.
    pub fn check_size(&self, size: u64) -> Result<(), Refusal> {
        self.check_so_far(size)?;
        if size < self.least { Err(Refusal::too_small(size, self.least)) } else { Ok(()) }
    }
}

/// Checks `form`, which was sent to `bucket` at `now`.
pub fn verify(
    form: &Form,
    bucket: &str,
    key: &SigningKey,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let object = form.get("key").ok_or_else(|| Refusal::missing("key"))?;
    let claims = Claims::of(form)?;
    claims.check_scope(key)?;
    claims.check_signature(key)?;
    let policy = Policy::read(claims.policy)?;
    claims.check_time(now)?;
    policy.check(form, bucket, now)?;
    if object.is_empty() {
        return Err(Refusal::new(
            Code::InvalidArgument,
            "User key must have a length greater than 0.",
        ));
    }
    let (least, most) = policy.length();
    let content_type = form.get("content-type").unwrap_or("binary/octet-stream").to_owned();
    Ok(Accepted { key: object.to_owned(), content_type, least, most })
}

/// The fields that identify the signer.
struct Claims<'a> {
    policy: &'a str,
    algorithm: &'a str,
    credential: &'a str,
    date: &'a str,
    signature: &'a str,
}

impl<'a> Claims<'a> {
    fn of(form: &'a Form) -> Result<Self, Refusal> {
        let fields = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"];
        if fields.iter().all(|field| form.get(field).is_none()) {
            return Err(Refusal::denied());
        }
        let field = |name: &str, shown| form.get(name).ok_or_else(|| Refusal::missing(shown));
        Ok(Self {
            policy: field("policy", "Policy")?,
            algorithm: field("x-amz-algorithm", "X-Amz-Algorithm")?,
            credential: field("x-amz-credential", "X-Amz-Credential")?,
            date: field("x-amz-date", "X-Amz-Date")?,
            signature: field("x-amz-signature", "X-Amz-Signature")?,
        })
    }

    fn check_scope(&self, key: &SigningKey) -> Result<(), Refusal> {
        if self.algorithm != ALGORITHM {
            let message = format!("X-Amz-Algorithm only supports \"{ALGORITHM}\"");
            return Err(Refusal::bad_argument("X-Amz-Algorithm", self.algorithm, message));
        }
        let (access_key, scope) = self.credential.split_once('/').unwrap_or((self.credential, ""));
        if access_key != key.access_key() {
            return Err(Refusal::unknown_key(access_key));
        }
        let expected = Scope::of(self.date, key.region()).to_string();
        if scope != expected {
            let message = format!("the credential's scope is wrong; expecting '{expected}'");
            return Err(Refusal::bad_argument("X-Amz-Credential", self.credential, message));
        }
        Ok(())
    }

    /// Over the policy as it was sent: nothing is decoded that was not signed.
    fn check_signature(&self, key: &SigningKey) -> Result<(), Refusal> {
        let expected = key.sign(&Scope::of(self.date, key.region()), self.policy);
        if same_secret(expected.as_bytes(), self.signature.as_bytes()) {
            return Ok(());
        }
        Err(Refusal::bad_signature(key.access_key(), self.signature, self.policy))
    }

    fn check_time(&self, now: Timestamp) -> Result<(), Refusal> {
        let bad = || {
            Refusal::bad_argument(
                "X-Amz-Date",
                self.date,
                "X-Amz-Date must be in the ISO8601 format",
            )
        };
        let signed = parse_basic_time(self.date).ok_or_else(bad)?;
        if signed > now.plus(SKEW) {
            return Err(Refusal::new(Code::AccessDenied, "Request is not yet valid"));
        }
        if now.since(signed) > LONGEST {
            return Err(Refusal::against_policy("Policy expired."));
        }
        Ok(())
    }
}
