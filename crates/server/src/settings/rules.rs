//! Rules across settings.

use std::net::IpAddr;

use selfsame_mail::check_smtp_url;
use selfsame_primitives::Secret;
use url::Url;

use super::load::Wrong;
use super::values::is_repetitive;
use super::{MASTER_KEY_FILE, MailProvider, Mode, Settings};

/// Whether this program can send traces.
pub(super) const CAN_TRACE: bool = cfg!(feature = "otel");

/// Whether this program can use Amazon's services.
pub(super) const CAN_USE_AWS: bool = cfg!(feature = "aws");

/// Whether this program can connect to RabbitMQ, and to NATS.
pub(super) const CAN_USE_RABBITMQ: bool = cfg!(feature = "rabbitmq");
pub(super) const CAN_USE_NATS: bool = cfg!(feature = "nats");

/// The faults of `settings` that are valid one by one.
pub(super) fn broken(settings: &Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if settings.mode == Mode::Production {
        wrong.extend(unsafe_for_others(settings));
    }
    wrong.extend(missing_for_mail(settings));
    wrong.extend(missing_features(settings, &features()));
    wrong.extend(issuers_that_do_not_fit(settings));
    wrong
}

/// Settings that permit more than they need to.
fn doubtful(settings: &Settings) -> Vec<String> {
    let mut doubtful = Vec::new();
    if let (Some(url), None) = (&settings.auth_service, &settings.auth_service_audience) {
        doubtful.push(format!(
            "whatever {url} signs without an audience is taken, for whomever it was meant: set AUTH_SERVICE_AUDIENCE to what its tokens for \
             this service name as `aud`"
        ));
    }
    if !settings.step_up_exempt.is_empty() {
        doubtful.push(format!(
            "{} asks for no recent proof of who one is, so a stolen access token is enough for it: empty auth.step_up_exempt once all \
             clients know step-up",
            settings.step_up_exempt.join(" and ")
        ));
    }
    doubtful
}

/// An issuer with shared ids can issue tokens for all users.
fn issuers_that_do_not_fit(settings: &Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if settings.auth_service.is_none() {
        let lonely = [
            (
                "auth_service_audience",
                "AUTH_SERVICE_AUDIENCE",
                settings.auth_service_audience.is_some(),
            ),
            ("auth_service_secret", "AUTH_SERVICE_SECRET", settings.auth_service_secret.is_some()),
        ];
        wrong.extend(lonely.into_iter().filter(|(.., is_set)| *is_set).map(|(key, env, _)| {
            Wrong(format!(
                "{key} ({env}) is set, but not auth_service_url (AUTH_SERVICE_URL), whose tokens it is about"
            ))
        }));
    }
    let registers = settings.registers_locally();
    let service = settings.auth_service.iter().filter(|_| !registers).map(ToString::to_string);
    let sharing: Vec<String> =
        service.chain(settings.sharing_issuers().map(|issuer| issuer.issuer.clone())).collect();
    if sharing.len() > 1 {
        let named = sharing.join(" and ");
        wrong.push(Wrong(format!(
            "{named} would share their ids with this service and with each other; only one issuer may (ids = \"shared\", or auth_service_url)"
        )));
    }
    if registers && !sharing.is_empty() {
        wrong.push(Wrong(
            "an issuer has ids = \"shared\", so that it can speak for whoever registers here; set registration.local \
             (SELFSAME_REGISTRATION_LOCAL) to off, or ids to own"
                .into(),
        ));
    }
    wrong
}

/// The optional features of this program that settings may need.
fn features() -> Vec<&'static str> {
    let known = [
        ("otel", CAN_TRACE),
        ("aws", CAN_USE_AWS),
        ("rabbitmq", CAN_USE_RABBITMQ),
        ("nats", CAN_USE_NATS),
    ];
    known.into_iter().filter(|(_, is_built_in)| *is_built_in).map(|(feature, _)| feature).collect()
}

/// The settings that need features which are not among `features`.
pub(super) fn missing_features(settings: &Settings, features: &[&str]) -> Vec<Wrong> {
    let endpoint = settings.traces_endpoint.as_ref().map(|endpoint| format!("is \"{endpoint}\""));
    let bucket = settings.avatars_bucket.as_ref().map(|bucket| format!("is \"{bucket}\""));
    // Their passwords are not shown.
    let rabbitmq = settings.rabbitmq_url.as_ref().map(|_| "is set".to_owned());
    let nats = settings.nats_url.as_ref().map(|_| "is set".to_owned());
    let requested = [
        ("otel", "OpenTelemetry", "traces.endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("aws", "Amazon S3", "images.s3_bucket", "S3_BUCKET_AVATARS", bucket),
        ("rabbitmq", "RabbitMQ", "rabbitmq.url", "RABBITMQ_URL", rabbitmq),
        ("nats", "NATS", "nats.url", "NATS_URL", nats),
    ];
    let missing = requested.into_iter().filter(|(feature, ..)| !features.contains(feature));
    let wrong = missing.filter_map(|(feature, name, key, env, value)| {
        value.map(|value| {
            Wrong(format!(
                "{key} {value}, but this program was built without {name}. Build it with \
                 `--features {feature}`, or unset {key} and {env}"
            ))
        })
    });
    wrong.collect()
}

/// The settings that the mail provider needs.
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
            Wrong(format!(
                "{key} is not set; email.provider = \"{name}\" needs it (set {key} or {env})"
            ))
        })
        .collect()
}

/// Mail settings that are unsafe in production.
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
    let host =
        Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn unsafe_for_others(settings: &Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if !settings.public_url.as_ref().is_some_and(super::HttpUrl::is_https) {
        let found =
            settings.public_url.as_ref().map_or("not set".into(), |url| format!("\"{url}\""));
        wrong.push(Wrong(format!(
            "public_url is {found}; production mode takes only an https:// URL (set public_url or SELFSAME_PUBLIC_URL)"
        )));
    }
    wrong.extend(unsafe_keys(settings));
    wrong.extend(unsafe_hashing(settings));
    wrong.extend(plain_text(settings));
    wrong.extend(unsafe_mail(settings));
    let insecure = settings.cors_origins.iter().filter(|origin| !origin.starts_with("https://"));
    wrong.extend(insecure.map(|origin| {
        Wrong(format!(
            "http.cors_origins holds \"{origin}\"; production mode takes only https:// origins"
        ))
    }));
    wrong.extend(settings.trusted_proxies.iter().filter(|network| network.is_too_wide()).map(|network| {
        Wrong(format!(
            "http.trusted_proxies holds \"{network}\", so nearly anybody could claim any address; production mode takes the \
             addresses of proxies, as IPv4 blocks of /8 or smaller and IPv6 blocks of /16 or smaller (or fc00::/7)"
        ))
    }));
    wrong.extend(open_metrics(settings));
    wrong
}

fn unsafe_keys(settings: &Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let file = settings.data.join(MASTER_KEY_FILE);
    match &settings.master_key {
        Some(key) if key.is_weak() => wrong.push(Wrong(
            "master_key is weak: its bytes repeat; production mode takes 64 random hexadecimal digits (openssl rand -hex 32) in \
             master_key or SELFSAME_MASTER_KEY"
                .into(),
        )),
        None if !file.is_file() => wrong.push(Wrong(format!(
            "master_key is not set and {} does not exist; production mode does not make one up. Set master_key or \
             SELFSAME_MASTER_KEY to 64 random hexadecimal digits (openssl rand -hex 32) and keep a copy",
            file.display()
        ))),
        _ => {}
    }
    let is_weak = |secret: &Secret| is_repetitive(secret.expose().as_bytes(), LEAST_DIFFERENT);
    if settings.metrics_token.as_ref().is_some_and(is_weak) {
        wrong.push(Wrong(
            "metrics.token is weak: its characters repeat; production mode takes a random text (openssl rand -hex 32)".into(),
        ));
    }
    let weak =
        settings.issuers.iter().filter(|issuer| issuer.hs256_secret.as_ref().is_some_and(is_weak));
    wrong.extend(weak.map(|issuer| {
        Wrong(format!(
            "issuers: the hs256_secret of \"{}\" is weak: its characters repeat; production mode takes at least 32 random bytes",
            issuer.issuer
        ))
    }));
    wrong
}

/// A secret with this many different characters, at least, is taken for random: 16 hexadecimal
/// digits have 10 as a rule.
const LEAST_DIFFERENT: usize = 6;

/// The parameters that the OWASP Password Storage Cheat Sheet lists as equally strong: KiB of
/// memory and passes, with one degree of parallelism.
const OWASP: &[(u32, u32)] = &[(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4)];

fn unsafe_hashing(settings: &Settings) -> Option<Wrong> {
    let (memory, passes) = (settings.argon2_memory, settings.argon2_passes);
    if OWASP
        .iter()
        .any(|(least_memory, least_passes)| memory >= *least_memory && passes >= *least_passes)
    {
        return None;
    }
    Some(Wrong(format!(
        "passwords.argon2_memory_kib is {memory} with passwords.argon2_passes = {passes}, too cheap to guess; production mode takes at \
         least 47104 KiB with 1 pass, 19456 with 2, 12288 with 3 or 9216 with 4 (OWASP Password Storage Cheat Sheet)"
    )))
}

/// Settings that would send data in plain text.
fn plain_text(settings: &Settings) -> Vec<Wrong> {
    let urls = [
        ("auth_service_url", "AUTH_SERVICE_URL", &settings.auth_service),
        ("traces.endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", &settings.traces_endpoint),
        ("aws.s3_endpoint", "AWS_ENDPOINT_URL_S3", &settings.s3_endpoint),
    ];
    let plain = urls.into_iter().filter_map(|(key, env, url)| {
        let url = url.as_ref().filter(|url| !url.is_confidential())?;
        Some(Wrong(format!(
            "{key} is \"{url}\", which goes over the network in plain text; production mode takes an https:// URL, or http:// on this \
             machine (set {key} or {env})"
        )))
    });
    let brokers = [
        ("rabbitmq.url", "RABBITMQ_URL", "amqps", &settings.rabbitmq_url),
        ("nats.url", "NATS_URL", "tls", &settings.nats_url),
    ];
    let open = brokers.into_iter().filter_map(|(key, env, safe, url)| {
        let url = url.as_ref().map(Secret::expose)?;
        let is_safe = Url::parse(url).is_ok_and(|url| url.scheme() == safe) || is_loopback(url);
        (!is_safe).then(|| {
            Wrong(format!(
                "{key} has events and its password go over the network in plain text; production mode takes {safe}://, or another \
                 scheme on this machine (set {key} or {env})"
            ))
        })
    });
    plain.chain(open).collect()
}

/// Metrics reveal how many users there are and what they do.
fn open_metrics(settings: &Settings) -> Option<Wrong> {
    if settings.metrics_token.is_some() || settings.management_listen.is_some() {
        return None;
    }
    Some(Wrong(
        "metrics.token and management.listen are not set, so whoever reaches the service, through a proxy too, could read /metrics; \
         production mode takes a token (metrics.token or SELFSAME_METRICS_TOKEN), or an address of its own for probes and metrics \
         (management.listen or SELFSAME_MANAGEMENT_LISTEN, e.g. 127.0.0.1:9090)"
            .into(),
    ))
}

/// Settings that are allowed, but deserve a warning.
pub(crate) fn warnings(settings: &Settings) -> Vec<String> {
    let is_open = settings.mode == Mode::Development && !settings.listen.ip().is_loopback();
    let exposed = is_open
        .then(|| {
            format!(
                "DEVELOPMENT MODE ON {}: others can reach this service, whose mails are shown instead of sent and whose unsafe settings \
                 are not refused. Set mode or SELFSAME_MODE to \"production\" before anybody's data is kept here",
                settings.listen
            )
        });
    exposed.into_iter().chain(doubtful(settings)).collect()
}
