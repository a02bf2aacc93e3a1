//! What settings must be together.

use std::net::IpAddr;

use selfsame_basics::Secret;
use selfsame_mail::check_smtp_url;
use url::Url;

use super::load::Wrong;
use super::{MASTER_KEY_FILE, MailProvider, Mode, Settings};

/// Whether this program can send traces.
pub(super) const CAN_TRACE: bool = cfg!(feature = "otel");

/// Whether this program can use Amazon's services.
pub(super) const CAN_USE_AWS: bool = cfg!(feature = "aws");

/// Whether this program can speak to RabbitMQ, and to NATS.
pub(super) const CAN_USE_RABBITMQ: bool = cfg!(feature = "rabbitmq");
pub(super) const CAN_USE_NATS: bool = cfg!(feature = "nats");

/// What is wrong with `settings`, though each of them is right.
pub(super) fn broken(settings: &Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if settings.mode == Mode::Production {
        wrong.extend(unsafe_for_others(settings));
    }
    wrong.extend(missing_for_mail(settings));
    wrong.extend(settings.traces_endpoint.as_ref().filter(|_| !CAN_TRACE).map(|endpoint| {
        Wrong(format!(
            "traces.endpoint is \"{endpoint}\", but this program was built without OpenTelemetry. Build it with \
             `--features otel`, or unset traces.endpoint and OTEL_EXPORTER_OTLP_ENDPOINT"
        ))
    }));
    wrong.extend(settings.avatars_bucket.as_ref().filter(|_| !CAN_USE_AWS).map(|bucket| {
        Wrong(format!(
            "images.s3_bucket is \"{bucket}\", but this program was built without Amazon S3. Build it with \
             `--features aws`, or unset images.s3_bucket and S3_BUCKET_AVATARS"
        ))
    }));
    wrong.extend(missing_drivers(settings));
    wrong
}

/// Brokers that this program can't speak to.
fn missing_drivers(settings: &Settings) -> impl Iterator<Item = Wrong> {
    let brokers = [
        ("RabbitMQ", "rabbitmq", "RABBITMQ_URL", settings.rabbitmq_url.is_some(), CAN_USE_RABBITMQ),
        ("NATS", "nats", "NATS_URL", settings.nats_url.is_some(), CAN_USE_NATS),
    ];
    let missing = brokers.into_iter().filter(|(_, _, _, is_set, can_use)| *is_set && !can_use);
    missing.map(|(name, feature, env, ..)| {
        Wrong(format!(
            "{feature}.url is set, but this program was built without {name}. Build it with `--features {feature}`, or unset \
             {feature}.url and {env}"
        ))
    })
}

/// What the provider of mail needs.
fn missing_for_mail(settings: &Settings) -> Vec<Wrong> {
    let provider = match settings.email_provider {
        MailProvider::Inbox => return Vec::new(),
        MailProvider::Smtp => ("smtp", "email.smtp_url", "SMTP_URL", settings.smtp_url.is_some()),
        MailProvider::Resend => {
            ("resend", "email.resend_api_key", "RESEND_API_KEY", settings.resend_api_key.is_some())
        }
    };
    let (name, key, env, is_there) = provider;
    let from = ("email.from", "EMAIL_FROM", settings.email_from.is_some());
    let missing = [(key, env, is_there), from].into_iter().filter(|(_, _, is_there)| !is_there);
    missing
        .map(|(key, env, _)| {
            Wrong(format!("{key} is not set; email.provider = \"{name}\" needs it (set {key} or {env})"))
        })
        .collect()
}

/// What mails should not be left to where others depend on them.
fn unsafe_mail(settings: &Settings) -> Option<Wrong> {
    let url = settings.smtp_url.as_ref().map(Secret::expose).unwrap_or_default();
    match settings.email_provider {
        MailProvider::Inbox => Some(Wrong(
            "email.provider is \"inbox\", which shows mails instead of sending them; production mode takes smtp or resend (set \
             email.provider or EMAIL_PROVIDER)"
                .into(),
        )),
        MailProvider::Smtp if check_smtp_url(url) == Ok(true) && !is_loopback(url) => Some(Wrong(
            "email.smtp_url has mails with codes and links go over the network in plain text; production mode takes smtps:// or \
             ?tls=required"
                .into(),
        )),
        MailProvider::Resend if !settings.resend_url.is_confidential() => Some(Wrong(format!(
            "email.resend_url is \"{}\", where the key and mails go over the network in plain text; production mode takes https://",
            settings.resend_url
        ))),
        MailProvider::Smtp | MailProvider::Resend => None,
    }
}

fn is_loopback(url: &str) -> bool {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

fn unsafe_for_others(settings: &Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if !settings.public_url.as_ref().is_some_and(super::HttpUrl::is_https) {
        let found = settings.public_url.as_ref().map_or("not set".into(), |url| format!("\"{url}\""));
        wrong.push(Wrong(format!(
            "public_url is {found}; production mode takes only an https:// URL (set public_url or SELFSAME_PUBLIC_URL)"
        )));
    }
    let file = settings.data.join(MASTER_KEY_FILE);
    if settings.master_key.is_none() && !file.is_file() {
        wrong.push(Wrong(format!(
            "master_key is not set and {} does not exist; production mode does not make one up. Set master_key or \
             SELFSAME_MASTER_KEY to 64 random hexadecimal digits (openssl rand -hex 32) and keep a copy",
            file.display()
        )));
    }
    let endpoint = settings.s3_endpoint.as_ref().filter(|endpoint| !endpoint.is_https());
    wrong.extend(endpoint.map(|endpoint| {
        Wrong(format!("aws.s3_endpoint is \"{endpoint}\"; production mode takes only an https:// URL"))
    }));
    wrong.extend(unsafe_mail(settings));
    let insecure = settings.cors_origins.iter().filter(|origin| !origin.starts_with("https://"));
    wrong.extend(insecure.map(|origin| {
        Wrong(format!("http.cors_origins holds \"{origin}\"; production mode takes only https:// origins"))
    }));
    wrong
}
