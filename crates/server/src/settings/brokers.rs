//! The kinds of broker settings.

use selfsame_primitives::Secret;
use url::Url;

use super::kinds::Parsed;

/// The URL of a RabbitMQ (<https://www.rabbitmq.com/docs/uri-spec>).
pub(super) const AMQP_URL: Parsed<Secret> = Parsed(
    "amqp://user:password@host:5672/vhost, or amqps:// with TLS, with what is no letter or digit in user, password and vhost written \
     as %XX",
    |text| broker(text, &["amqp", "amqps"]),
);

/// The URL of a NATS server.
pub(super) const NATS_URL: Parsed<Secret> =
    Parsed("nats://host:4222 or nats://user:password@host:4222, or tls://", |text| {
        broker(text, &["nats", "tls"])
    });

/// The name of an exchange or a queue; names that begin with `amq.` are reserved for the broker
/// (AMQP 0-9-1, 3.1.3.1).
pub(super) const AMQP_NAME: Parsed<String> = Parsed(
    "a name of 1 to 200 of a-z, A-Z, 0-9, \".\", \"-\", \"_\" and \":\" that does not begin with \"amq.\"",
    |text| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        let good =
            (1..=200).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with("amq.");
        good.then(|| text.to_owned())
    },
);

/// The name of a stream, or one token of a subject.
pub(super) const NATS_NAME: Parsed<String> =
    Parsed("a name of 1 to 64 of a-z, A-Z, 0-9, \"-\" and \"_\"", |text| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        ((1..=64).contains(&text.len()) && text.bytes().all(fits)).then(|| text.to_owned())
    });

fn broker(text: &str, schemes: &[&str]) -> Option<Secret> {
    let url = Url::parse(text).ok().filter(|url| schemes.contains(&url.scheme()))?;
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    (has_host && url.fragment().is_none()).then(|| Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::super::kinds::Kind as _;
    use super::*;

    #[test]
    fn urls_of_brokers_are_distinguished_from_others() {
        for good in [
            "amqp://localhost",
            "amqp://guest:guest@rabbit:5672/%2f",
            "amqps://u:p%40ss@mq.example.com/v?heartbeat=10",
        ] {
            assert!(AMQP_URL.read(good).is_some(), "{good}");
        }
        for bad in
            ["", "rabbit:5672", "http://rabbit", "amqp://", "amqp:rabbit", "nats://n", "amqp://h#f"]
        {
            assert!(AMQP_URL.read(bad).is_none(), "{bad}");
        }
        assert!(NATS_URL.read("nats://user:password@127.0.0.1:4222").is_some());
        assert!(
            NATS_URL.read("tls://nats.example.com").is_some()
                && NATS_URL.read("amqp://n").is_none()
        );
    }

    #[test]
    fn names_hold_nothing_that_means_something_to_the_broker() {
        assert!(
            AMQP_NAME.read("selfsame.events").is_some() && NATS_NAME.read("SELFSAME").is_some()
        );
        for bad in ["", "amq.topic", "a b", "a#", &"x".repeat(201)] {
            assert!(AMQP_NAME.read(bad).is_none(), "{bad}");
        }
        for bad in ["", "a.b", "a.>", "*", &"x".repeat(65)] {
            assert!(NATS_NAME.read(bad).is_none(), "{bad}");
        }
    }
}
