//! Checked values of settings.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use selfsame_primitives::{Secret, from_base64url};
use serde::Deserialize;
use url::{Host, Url};

/// Whether the service runs for development or in production.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Everything runs at once; mail is shown instead of sent.
    Development,
    /// Unsafe settings are refused.
    Production,
}

/// The level of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogLevel {
    /// What must be looked at.
    Error,
    /// And what is odd.
    Warn,
    /// And what happens.
    Info,
    /// And every request.
    Debug,
    /// And every step.
    Trace,
}

/// The format of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// Text.
    Text,
    /// One JSON object per line.
    Json,
}

/// The provider of mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MailProvider {
    /// The development inbox.
    Inbox,
    /// An SMTP server.
    Smtp,
    /// Resend.
    Resend,
}

/// A type of picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImageType {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
}

/// An HTTP URL without query and fragment, and without a slash at its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpUrl(Url);

impl HttpUrl {
    /// Parses one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        (plain && url.has_host() && matches!(url.scheme(), "http" | "https")).then_some(Self(url))
    }

    /// The URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether its traffic is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether its traffic can be neither read nor changed on the way: TLS, or this machine alone.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.is_https() || self.is_loopback()
    }

    /// Whether it stays on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            None => false,
        }
    }
}

impl From<Url> for HttpUrl {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The 32 bytes that all keys of an installation are derived from.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A key of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses 64 hexadecimal digits or 43 characters of URL-safe base 64.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = if text.len() == 64 {
            HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?
        } else {
            from_base64url(text)?
        };
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for the one place that derives keys.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl MasterKey {
    /// Whether it is clearly not random: few different bytes, or an arithmetic sequence of them.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let mut steps =
            self.0.iter().zip(self.0.iter().skip(1)).map(|(one, next)| next.wrapping_sub(*one));
        let first = steps.next();
        is_repetitive(&self.0, 16) || steps.all(|step| Some(step) == first)
    }
}

/// Whether `bytes` has fewer than `least` different ones. Of 32 random bytes about 30 differ; fewer
/// than 16 do with a probability below 10^-18.
pub(super) fn is_repetitive(bytes: &[u8], least: usize) -> bool {
    bytes.iter().collect::<std::collections::BTreeSet<_>>().len() < least
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Whether users may register with this service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalRegistration {
    /// By the issuers.
    Auto,
    /// Allowed.
    On,
    /// Refused.
    Off,
}

/// Another issuer of tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The `aud` its tokens must have.
    pub audience: String,
    /// The URL of its public keys.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// Or the secret that it signs with (HS256).
    #[serde(default)]
    pub hs256_secret: Option<Secret>,
    /// The meaning of its subjects.
    #[serde(default)]
    pub ids: IssuerIds,
    /// The prefix of `sub` that makes the user's id, in place of an id that follows from issuer and
    /// subject.
    #[serde(default)]
    pub id_prefix: Option<String>,
    /// Whether a user is made for an unknown subject.
    #[serde(default)]
    pub create_users: bool,
}

/// The meaning of an issuer's subjects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssuerIds {
    /// Own ids: the user's id follows from issuer and subject.
    #[default]
    Own,
    /// Shared ids: the subject is the user's id.
    Shared,
}

impl Issuer {
    /// What is wrong with it.
    pub(super) fn flaw(&self) -> Option<String> {
        let name = &self.issuer;
        let says = |flaw: &str| Some(format!("the issuer \"{name}\" {flaw}"));
        if name.is_empty() || self.audience.is_empty() {
            return says("needs a name and an audience");
        }
        if let Some(prefix) = &self.id_prefix {
            if self.ids == IssuerIds::Shared {
                return says("has an id_prefix, which does not go with ids = \"shared\"");
            }
            if prefix.is_empty() || "usr_".starts_with(prefix) || prefix.starts_with("usr_") {
                return says("needs an id_prefix that no id of this service begins with, or none");
            }
        }
        match (&self.jwks_url, &self.hs256_secret) {
            (Some(url), None) => match HttpUrl::parse(url) {
                Some(url) if url.is_confidential() => None,
                _ => says("needs an https:// URL as jwks_url"),
            },
            (None, Some(secret)) if secret.expose().len() >= 32 => None,
            (None, Some(_)) => says("needs an hs256_secret of at least 32 bytes (RFC 7518 §3.2)"),
            _ => says("needs either jwks_url or hs256_secret"),
        }
    }
}

/// Whether only the owner can read the file or folder at `path`.
pub(crate) fn is_private(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(path.metadata()?.permissions().mode().trailing_zeros() >= 6)
}
