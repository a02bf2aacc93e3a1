//! Why a form is refused, in S3's words.

use std::fmt;
use std::fmt::Write as _;

/// A code of Amazon S3's "List of error codes".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Code {
    /// The form may not do this: it is expired, or not what was signed.
    AccessDenied,
    /// The file has more bytes than the policy takes.
    EntityTooLarge,
    /// The file has fewer bytes than the policy takes.
    EntityTooSmall,
    /// The file stopped before its end.
    IncompleteBody,
    /// Not exactly one file.
    IncorrectNumberOfFilesInPostRequest,
    /// Signed with a key that is not known.
    InvalidAccessKeyId,
    /// A field is missing or not of its form.
    InvalidArgument,
    /// The policy can't be read.
    InvalidPolicyDocument,
    /// The body is no form.
    MalformedPOSTRequest,
    /// Too much stands before the file.
    MaxPostPreDataLengthExceededError,
    /// Nothing is uploaded here.
    MethodNotAllowed,
    /// The body is not `multipart/form-data`.
    PreconditionFailed,
    /// The store is out of reach: try again.
    ServiceUnavailable,
    /// Signed with another secret, or changed since.
    SignatureDoesNotMatch,
}

impl Code {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDenied",
            Self::EntityTooLarge => "EntityTooLarge",
            Self::EntityTooSmall => "EntityTooSmall",
            Self::IncompleteBody => "IncompleteBody",
            Self::IncorrectNumberOfFilesInPostRequest => "IncorrectNumberOfFilesInPostRequest",
            Self::InvalidAccessKeyId => "InvalidAccessKeyId",
            Self::InvalidArgument => "InvalidArgument",
            Self::InvalidPolicyDocument => "InvalidPolicyDocument",
            Self::MalformedPOSTRequest => "MalformedPOSTRequest",
            Self::MaxPostPreDataLengthExceededError => "MaxPostPreDataLengthExceededError",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::PreconditionFailed => "PreconditionFailed",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::SignatureDoesNotMatch => "SignatureDoesNotMatch",
        }
    }

    /// The HTTP status it comes with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::AccessDenied | Self::InvalidAccessKeyId | Self::SignatureDoesNotMatch => 403,
            Self::MethodNotAllowed => 405,
            Self::PreconditionFailed => 412,
            Self::ServiceUnavailable => 503,
            Self::EntityTooLarge
            | Self::EntityTooSmall
            | Self::IncompleteBody
            | Self::IncorrectNumberOfFilesInPostRequest
            | Self::InvalidArgument
            | Self::InvalidPolicyDocument
            | Self::MalformedPOSTRequest
            | Self::MaxPostPreDataLengthExceededError => 400,
        }
    }
}

/// Why an upload is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// What programs read.
    pub code: Code,
    /// The text for people.
    pub message: String,
    /// Further elements of the answer: name and text.
    details: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal without details.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    fn with(mut self, name: &'static str, text: &(impl ToString + ?Sized)) -> Self {
        self.details.push((name, text.to_string()));
        self
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.code.status()
    }

    /// The body of the answer, of the type `application/xml`.
    #[must_use]
    pub fn xml(&self) -> String {
        let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>".to_owned();
        let first = [("Code", self.code.as_str()), ("Message", self.message.as_str())];
        let more = self.details.iter().map(|(name, text)| (*name, text.as_str()));
        for (name, text) in first.into_iter().chain(more) {
            // Writing to a string can't fail.
            let _ = write!(xml, "<{name}>{}</{name}>", Escaped(text));
        }
        xml + "</Error>"
    }

    /// The file is not part of the form, or there are several.
    #[must_use]
    pub fn one_file_only() -> Self {
        let message = "POST requires exactly one file upload per request.";
        Self::new(Code::IncorrectNumberOfFilesInPostRequest, message)
    }

    /// The body is not `multipart/form-data`.
    #[must_use]
    pub fn not_a_form() -> Self {
        Self::new(
            Code::PreconditionFailed,
            "At least one of the pre-conditions you specified did not hold",
        )
        .with("Condition", "Bucket POST must be of the enclosure-type multipart/form-data")
    }

    /// The body breaks the rules of `multipart/form-data`.
    #[must_use]
    pub fn malformed() -> Self {
        let message = "The body of your POST request is not well-formed multipart/form-data.";
        Self::new(Code::MalformedPOSTRequest, message)
    }

    /// The body ended before it was over.
    #[must_use]
    pub fn incomplete() -> Self {
        let message =
            "You did not provide the number of bytes specified by the Content-Length HTTP header";
        Self::new(Code::IncompleteBody, message)
    }

    /// The store can't be reached now.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(Code::ServiceUnavailable, "Please reduce your request rate.")
    }

    /// Clients upload elsewhere.
    #[must_use]
    pub fn not_here() -> Self {
        let message = "The specified method is not allowed against this resource.";
        Self::new(Code::MethodNotAllowed, message)
    }

    pub(super) fn too_much_before_the_file() -> Self {
        let message = "Your POST request fields preceding the upload file were too large.";
        Self::new(Code::MaxPostPreDataLengthExceededError, message)
    }

    pub(crate) fn denied() -> Self {
        Self::new(Code::AccessDenied, "Access Denied")
    }

    pub(super) fn against_policy(what: impl fmt::Display) -> Self {
        Self::new(Code::AccessDenied, format!("Invalid according to Policy: {what}"))
    }

    pub(super) fn bad_policy(what: impl fmt::Display) -> Self {
        Self::new(Code::InvalidPolicyDocument, format!("Invalid Policy: {what}"))
    }

    pub(super) fn missing(field: &'static str) -> Self {
        // The two spaces are S3's.
        let message = format!(
            "Bucket POST must contain a field named '{field}'.  If it is specified, please check the order of the fields."
        );
        Self::new(Code::InvalidArgument, message)
            .with("ArgumentName", field)
            .with("ArgumentValue", "")
    }

    pub(super) fn bad_argument(
        field: &'static str,
        value: &str,
        message: impl Into<String>,
    ) -> Self {
        Self::new(Code::InvalidArgument, message)
            .with("ArgumentName", field)
            .with("ArgumentValue", value)
    }

    pub(super) fn unknown_key(access_key: &str) -> Self {
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        Self::new(Code::InvalidAccessKeyId, message).with("AWSAccessKeyId", access_key)
    }

    pub(super) fn bad_signature(access_key: &str, signature: &str, policy: &str) -> Self {
        let message = "The request signature we calculated does not match the signature you provided. Check your key and \
                       signing method.";
        Self::new(Code::SignatureDoesNotMatch, message)
            .with("AWSAccessKeyId", access_key)
            .with("StringToSign", policy)
            .with("SignatureProvided", signature)
    }

    pub(super) fn too_large(size: u64, most: u64) -> Self {
        Self::new(Code::EntityTooLarge, "Your proposed upload exceeds the maximum allowed size")
            .with("ProposedSize", &size)
            .with("MaxSizeAllowed", &most)
    }

    pub(super) fn too_small(size: u64, least: u64) -> Self {
        Self::new(
            Code::EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .with("ProposedSize", &size)
        .with("MinSizeAllowed", &least)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Refusal {}

/// Text that can stand in an element. What XML 1.0 §2.2 has no way to write becomes U+FFFD.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '\r' => f.write_str("&#13;"),
            '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                f.write_char(character)
            }
            _ => f.write_char('\u{fffd}'),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_sent_stays_text_in_the_answer() {
        let xml = Refusal::bad_argument("key", "</Error>&\0\u{ffff}\r", "no").xml();
        assert!(xml.ends_with(
            "<Code>InvalidArgument</Code><Message>no</Message><ArgumentName>key</ArgumentName>\
             <ArgumentValue>&lt;/Error&gt;&amp;\u{fffd}\u{fffd}&#13;</ArgumentValue></Error>"
        ));
    }
}
