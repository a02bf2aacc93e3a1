//! Kinds of settings: each describes its values, and parses them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use selfsame_mail::webhook::signing_key;
use selfsame_mail::{Sender, check_smtp_url};
use selfsame_primitives::Secret;
use selfsame_web::Network;
use url::Url;

use super::{HttpUrl, MasterKey};

/// A kind of value. The text is that of an environment variable; values of configuration files are
/// converted to the same form.
pub(super) trait Kind {
    /// The parsed type.
    type Out;

    /// A description of its values, to follow "takes …".
    fn takes(&self) -> String;

    /// The value; `None` where `text` is not one.
    fn read(&self, text: &str) -> Option<Self::Out>;

    /// Why `text` was refused, where there is more to say than [`Kind::takes`].
    fn explain(&self, text: &str) -> Option<String> {
        let _ = text;
        None
    }
}

/// A value that a function parses.
pub(super) struct Parsed<T>(pub(super) &'static str, pub(super) fn(&str) -> Option<T>);

impl<T> Kind for Parsed<T> {
    type Out = T;

    fn takes(&self) -> String {
        self.0.to_owned()
    }

    fn read(&self, text: &str) -> Option<T> {
        (self.1)(text)
    }
}

/// An address and a port.
pub(super) const ADDRESS: Parsed<SocketAddr> =
    Parsed("an IP address and a port, e.g. 127.0.0.1:8080 or [::]:8080", |text| text.parse().ok());

/// A path.
pub(super) const PATH: Parsed<PathBuf> = Parsed("a path", |text| Some(PathBuf::from(text)));

/// A format of pictures, by the name that clients give it.
pub(super) const FORMAT: Parsed<String> = Parsed("jpeg, jpg, png, gif or webp", |text| {
    matches!(text, "jpeg" | "jpg" | "png" | "gif" | "webp").then(|| text.to_owned())
});

/// The name of a bucket ("General purpose bucket naming rules" of the Amazon S3 User Guide).
pub(super) const BUCKET: Parsed<String> =
    Parsed("a bucket's name: 3 to 63 of a-z, 0-9, \".\" and \"-\"", |text| {
        let fits = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
        };
        let good = (3..=63).contains(&text.len()) && text.bytes().all(fits) && !text.contains("..");
        (good && !text.starts_with(['-', '.']) && !text.ends_with(['-', '.']))
            .then(|| text.to_owned())
    });

/// A region of Amazon's.
pub(super) const REGION: Parsed<String> = Parsed("the name of a region, e.g. us-east-1", |text| {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((1..=32).contains(&text.len()) && text.bytes().all(fits)).then(|| text.to_owned())
});

/// A yes or no.
pub(super) const FLAG: Parsed<bool> =
    Parsed("true or false (also 1, yes, on, 0, no, off, in any case)", |text| {
        let is_one_of = |words: [&str; 4]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        match (is_one_of(["true", "1", "yes", "on"]), is_one_of(["false", "0", "no", "off"])) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    });

/// A URL of this service, or of one that it calls.
pub(super) const URL: Parsed<HttpUrl> = Parsed(
    "an http:// or https:// URL without query or fragment, e.g. https://accounts.example.com",
    HttpUrl::parse,
);

/// An origin of browsers (RFC 6454).
pub(super) const ORIGIN: Parsed<String> = Parsed("origins, e.g. https://app.example.com", |text| {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let origin = url.origin().ascii_serialization();
    (origin == text.trim_end_matches('/')).then_some(origin)
});

/// A host name, perhaps with a port.
pub(super) const HOST: Parsed<String> =
    Parsed("a host name, e.g. d123456789.cloudfront.net", |text| {
        let url = Url::parse(&format!("https://{text}")).ok()?;
        let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        (bare && url.host_str().is_some() && !text.contains('/')).then(|| text.to_owned())
    });

/// A block of addresses.
pub(super) const NETWORK: Parsed<Network> =
    Parsed("addresses or blocks of addresses, e.g. 10.0.0.0/8 or 2001:db8::/32", |text| {
        text.parse().ok()
    });

/// A password.
pub(super) const SECRET: Parsed<Secret> =
    Parsed("at least 16 printable characters without spaces", |text| {
        let fits = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Secret::new(text))
    });

/// The audience of tokens.
pub(super) const AUDIENCE: Parsed<String> = Parsed("a text without spaces", |text| {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
});

/// A secret shared with another service that signs tokens (RFC 7518 §3.2).
pub(super) const TOKEN_SECRET: Parsed<Secret> =
    Parsed("at least 32 bytes", |text| (text.len() >= 32).then(|| Secret::new(text)));

/// A route that needs no recent reauthentication.
pub(super) const STEP_UP_ROUTE: Parsed<String> =
    Parsed("\"POST /auth/profile/email/initiate\" or \"DELETE /user/delete\"", |text| {
        let routes = ["POST /auth/profile/email/initiate", "DELETE /user/delete"];
        routes.contains(&text).then(|| text.to_owned())
    });

/// The sender of mails.
pub(super) const SENDER: Parsed<Sender> = Parsed(
    "an address with or without a name, e.g. Example Accounts <accounts@example.com>",
    |text| Sender::parse(text, "Selfsame"),
);

/// A mail server.
pub(super) const SMTP_URL: Parsed<Secret> = Parsed(
    "smtps://user:password@host:465, smtp://user:password@host:587?tls=required or smtp://host:25, with what is no letter or digit \
     in the password written as %XX",
    |text| check_smtp_url(text).is_ok().then(|| Secret::new(text)),
);

/// The secret that webhooks are signed with.
pub(super) const WEBHOOK_SECRET: Parsed<Secret> =
    Parsed("whsec_ and at least 16 bytes in base 64", |text| {
        let secret = Secret::new(text);
        (text.starts_with("whsec_") && signing_key(&secret).is_some()).then_some(secret)
    });

/// The master key.
pub(super) const MASTER_KEY: Parsed<MasterKey> = Parsed(
    "32 bytes as 64 hexadecimal digits or 43 characters of URL-safe base 64",
    MasterKey::parse,
);

/// An optional value: an empty text is none.
pub(super) struct Maybe<K>(pub(super) K);

impl<K: Kind> Kind for Maybe<K> {
    type Out = Option<K::Out>;

    fn takes(&self) -> String {
        self.0.takes()
    }

    fn read(&self, text: &str) -> Option<Self::Out> {
        if text.is_empty() { Some(None) } else { self.0.read(text).map(Some) }
    }

    fn explain(&self, text: &str) -> Option<String> {
        self.0.explain(text)
    }
}

/// Values separated by commas.
pub(super) struct List<K>(pub(super) K);

impl<K: Kind> Kind for List<K> {
    type Out = Vec<K::Out>;

    fn takes(&self) -> String {
        format!("{}; several are separated by commas", self.0.takes())
    }

    fn read(&self, text: &str) -> Option<Self::Out> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| self.0.read(part)).collect()
    }
}

/// One of several words.
pub(super) struct Choice<T: 'static>(pub(super) &'static [(&'static str, T)]);

impl<T: Copy> Kind for Choice<T> {
    type Out = T;

    fn takes(&self) -> String {
        let words: Vec<_> = self.0.iter().map(|(word, _)| *word).collect();
        match words.as_slice() {
            [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            words => words.concat(),
        }
    }

    fn read(&self, text: &str) -> Option<T> {
        self.0.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
    }
}

/// A whole number within bounds.
pub(super) struct Number<T> {
    pub(super) least: T,
    pub(super) most: T,
    /// What it counts.
    pub(super) of: &'static str,
}

impl<T: FromStr + PartialOrd + Copy + std::fmt::Display> Kind for Number<T> {
    type Out = T;

    fn takes(&self) -> String {
        format!("a number of {} from {} to {}", self.of, self.least, self.most)
    }

    fn read(&self, text: &str) -> Option<T> {
        text.parse().ok().filter(|number| (self.least..=self.most).contains(number))
    }
}

/// A whole number of a unit of time.
pub(super) struct Span {
    pub(super) unit: Unit,
    pub(super) least: u64,
    pub(super) most: u64,
}

/// A unit of time.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
}

impl Unit {
    const fn words(self) -> (&'static str, u64) {
        match self {
            Self::Seconds => ("seconds", 1),
            Self::Minutes => ("minutes", 60),
            Self::Hours => ("hours", 3600),
            Self::Days => ("days", 86_400),
        }
    }
}

impl Kind for Span {
    type Out = Duration;

    fn takes(&self) -> String {
        format!("a number of {} from {} to {}", self.unit.words().0, self.least, self.most)
    }

    fn read(&self, text: &str) -> Option<Duration> {
        let number: u64 = text.parse().ok()?;
        let seconds = number.checked_mul(self.unit.words().1)?;
        (self.least..=self.most).contains(&number).then(|| Duration::from_secs(seconds))
    }
}

/// A size in bytes, also written with a unit.
pub(super) struct Size {
    pub(super) least: u64,
    pub(super) most: u64,
}

const SIZE_UNITS: &[(&str, u64)] =
    &[("KiB", 1 << 10), ("MiB", 1 << 20), ("kB", 1000), ("MB", 1_000_000), ("B", 1)];

impl Kind for Size {
    type Out = u64;

    fn takes(&self) -> String {
        format!(
            "a number of bytes from {} to {}, also as 512kB, 5MB or 5MiB",
            self.least, self.most
        )
    }

    fn read(&self, text: &str) -> Option<u64> {
        let unit = SIZE_UNITS.iter().find(|(unit, _)| text.ends_with(unit));
        let (number, factor) =
            unit.map_or((text, 1), |(unit, factor)| (text.trim_end_matches(unit), *factor));
        let bytes = number.trim().parse::<u64>().ok()?.checked_mul(factor)?;
        (self.least..=self.most).contains(&bytes).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        let size = Size { least: 1, most: 50_000_000 };
        let read = |text| size.read(text);
        assert_eq!(
            [read("5242880"), read("5MiB"), read("5 MB")],
            [Some(5_242_880), Some(5_242_880), Some(5_000_000)]
        );
        assert_eq!([read("0"), read("51MB"), read("5 GB"), read("-1"), read("MB")], [None; 5]);
    }

    #[test]
    fn an_origin_has_no_path() {
        let origins = List(ORIGIN);
        assert_eq!(origins.read("https://a.example, http://b.example:81").unwrap().len(), 2);
        assert_eq!(origins.read("").unwrap().len(), 0);
        for bad in ["https://a.example/x", "*", "a.example", "ftp://a.example"] {
            assert!(origins.read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_master_key_is_hexadecimal_or_base_64() {
        let hex = "00".repeat(31) + "ff";
        assert!(MASTER_KEY.read(&hex).is_some());
        assert!(MASTER_KEY.read(&"A".repeat(43)).is_some());
        for bad in ["", "short", &"zz".repeat(32), &"A".repeat(42)] {
            assert!(MASTER_KEY.read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_host_is_no_url() {
        assert!(HOST.read("cdn.example.com:8443").is_some());
        for bad in ["https://cdn.example.com", "cdn.example.com/x", "a b"] {
            assert!(HOST.read(bad).is_none(), "{bad}");
        }
    }
}
