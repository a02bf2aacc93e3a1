//! The one table of settings: everything about them is read from here.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use selfsame_mail::Sender;
use selfsame_primitives::Secret;
use selfsame_web::Network;

use super::brokers::{AMQP_NAME, AMQP_URL, NATS_NAME, NATS_URL};
use super::issuers::Issuers;
use super::kinds::{
    ADDRESS, AUDIENCE, BUCKET, Choice, FLAG, FORMAT, HOST, Kind, List, MASTER_KEY, Maybe, NETWORK,
    Number, ORIGIN, PATH, REGION, SECRET, SENDER, SMTP_URL, STEP_UP_ROUTE, Size, Span,
    TOKEN_SECRET, URL, Unit, WEBHOOK_SECRET,
};
use super::load::{Given, Wrong};
use super::{
    HttpUrl, ImageType, Issuer, LocalRegistration, LogFormat, LogLevel, MailProvider, MasterKey,
    Mode,
};

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in a configuration file; the part before a dot is the name of a table.
    pub key: &'static str,
    /// Its environment variable.
    pub env: &'static str,
    /// Its default, as it would be written in the environment; empty where there is none.
    pub default: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// A description of its values.
    pub takes: fn() -> String,
    /// Whether a text is a value of it.
    pub accepts: fn(&str) -> bool,
    /// Whether its value is never shown.
    pub secret: bool,
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $key:literal $env:literal $default:literal $kind:expr $(=> $secret:ident)?;)*) => {
        /// All settings, checked.
        #[derive(Clone, Debug)]
        pub struct Settings { $($(#[doc = $doc])+ pub $field: $type,)* }

        /// Every setting, in the order of the reference.
        pub const TABLE: &[Setting] = &[$(Setting {
            key: $key,
            env: $env,
            default: $default,
            doc: concat!($($doc),+),
            takes: || ($kind).takes(),
            accepts: |text| ($kind).read(text).is_some(),
            secret: settings!(@secret $($secret)?),
        },)*];

        impl Settings {
            /// Reads every setting from its source, or returns all faults.
            pub(super) fn read(given: &Given) -> Result<Self, Vec<Wrong>> {
                let mut rows = TABLE.iter();
                let mut wrong = Vec::new();
                $(let $field: Option<$type> = rows.next().and_then(|row| given.value(row, &$kind, &mut wrong));)*
                match ($($field,)*) {
                    ($(Some($field),)*) => Ok(Self { $($field,)* }),
                    _ => Err(wrong),
                }
            }
        }
    };
    (@secret secret) => { true };
    (@secret) => { false };
}

settings! {
    /// `development` starts at once with everything in one folder, and shows mails to callers on
    /// the same machine. `production` refuses what is unsafe for others' data: a public URL without
    /// TLS, a master key that is weak or made up on the spot, passwords hashed too cheaply, brokers
    /// and services asked in plain text, proxies that could be anybody, metrics that all the world
    /// can read.
    mode: Mode = "mode" "SELFSAME_MODE" "development"
        Choice(&[("development", Mode::Development), ("production", Mode::Production)]);
    /// Where to listen.
    listen: SocketAddr = "listen" "SELFSAME_LISTEN" "127.0.0.1:8080" ADDRESS;
    /// The folder that holds everything: the store, the pictures, the master key. Made where it
    /// does not exist.
    data: PathBuf = "data" "SELFSAME_DATA" "./selfsame-data" PATH;
    /// Where the service is reached from outside. By default `http://` and the address it listens
    /// on.
    public_url: Option<HttpUrl> = "public_url" "SELFSAME_PUBLIC_URL" "" Maybe(URL);
    /// The key that all other keys are derived from. Without it the one in `master.key` of the data
    /// folder is taken; in development mode that file is made where no store is yet. A store works
    /// with the key that it was made under and no other. Whoever loses the key loses what was
    /// sealed with it.
    master_key: Option<MasterKey> = "master_key" "SELFSAME_MASTER_KEY" "" Maybe(MASTER_KEY) => secret;
    /// The longest wait for requests and tasks under way when the service is stopped.
    shutdown_grace: Duration = "shutdown_seconds" "SELFSAME_SHUTDOWN_SECONDS" "30"
        Span { unit: Unit::Seconds, least: 1, most: 3600 };
    /// How long the service goes on as before after it was told to stop, while `/readyz` says 503
    /// already: so long as load balancers take to notice.
    shutdown_delay: Duration = "shutdown_delay_seconds" "SELFSAME_SHUTDOWN_DELAY_SECONDS" "0"
        Span { unit: Unit::Seconds, least: 0, most: 600 };
    /// Where `/healthz`, `/readyz` and `/metrics` are served apart from everything else, e.g.
    /// `127.0.0.1:9090` or `0.0.0.0:9090`; then `/metrics` is served nowhere else. Callers from
    /// beyond private networks must show `metrics.token` there.
    management_listen: Option<SocketAddr> = "management.listen" "SELFSAME_MANAGEMENT_LISTEN" "" Maybe(ADDRESS);
    /// Where pages of other origins may call the API from.
    cors_origins: Vec<String> = "http.cors_origins" "SELFSAME_CORS_ORIGINS" "" List(ORIGIN);
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    trusted_proxies: Vec<Network> = "http.trusted_proxies" "SELFSAME_TRUSTED_PROXIES" "" List(NETWORK);
    /// How many connections there may be at once, at most: fewer where the system allows the
    /// process fewer open files. Where there is no room, idle ones are closed for new ones.
    connections: usize = "http.connections" "SELFSAME_CONNECTIONS" "20000"
        Number { least: 16, most: 1_000_000, of: "connections" };
    /// How many of them one address may have, IPv6 addresses counted by /64; 0 is a quarter of all.
    /// Trusted proxies may have all.
    connections_per_address: usize = "http.connections_per_address" "SELFSAME_CONNECTIONS_PER_ADDRESS" "0"
        Number { least: 0, most: 1_000_000, of: "connections" };
    /// How long browsers are to come only over TLS once they have done so (HSTS), where
    /// `public_url` begins with `https://`; 0 tells them nothing.
    hsts: Duration = "http.hsts_days" "SELFSAME_HSTS_DAYS" "730" Span { unit: Unit::Days, least: 0, most: 3650 };
    /// Whether that holds for all names below the one in `public_url`, too. Only where every one of
    /// them has TLS.
    hsts_subdomains: bool = "http.hsts_subdomains" "SELFSAME_HSTS_SUBDOMAINS" "false" FLAG;
    /// How many requests an address may make in a minute without a good token; IPv6 addresses count
    /// by /64. Pages and files of the web interface, probes and metrics are not counted.
    anonymous_requests: u32 = "http.anonymous_requests_per_minute" "SELFSAME_ANONYMOUS_REQUESTS_PER_MINUTE" "600"
        Number { least: 1, most: 1_000_000, of: "requests" };
    /// How many requests an account may make in a minute, over all its sessions. Reading profiles
    /// of others has a limit of its own.
    account_requests: u32 = "http.account_requests_per_minute" "SELFSAME_ACCOUNT_REQUESTS_PER_MINUTE" "6000"
        Number { least: 1, most: 1_000_000_000, of: "requests" };
    /// How many requests a service may make in a minute with one token.
    service_requests: u32 = "http.service_requests_per_minute" "SELFSAME_SERVICE_REQUESTS_PER_MINUTE" "60000"
        Number { least: 1, most: 1_000_000_000, of: "requests" };
    /// How many pictures an address may load in a minute, signed in or not. They never change, so
    /// browsers and CDNs keep them.
    picture_requests: u32 = "http.picture_requests_per_minute" "SELFSAME_PICTURE_REQUESTS_PER_MINUTE" "12000"
        Number { least: 1, most: 1_000_000_000, of: "requests" };
    /// How many requests to `/auth/…` an address may make in a minute, signed in or not: passwords
    /// and codes are guessed there.
    auth_requests: u32 = "http.auth_requests_per_minute" "SELFSAME_AUTH_REQUESTS_PER_MINUTE" "60"
        Number { least: 1, most: 1_000_000, of: "requests" };
    /// How many accounts an address may try to register in a minute: enough for a class that starts
    /// together, too slow for somebody who makes them up or asks which email addresses are taken.
    registrations: u32 = "http.registrations_per_minute" "SELFSAME_REGISTRATIONS_PER_MINUTE" "20"
        Number { least: 1, most: 1_000_000, of: "requests" };
    /// How many mails with codes may go out in an hour because of requests of one address that is
    /// not signed in, whoever they go to; 0 is no limit. Holds in production mode only.
    code_mails: u32 = "http.code_mails_per_hour" "SELFSAME_CODE_MAILS_PER_HOUR" "100"
        Number { least: 0, most: 1_000_000, of: "mails" };
    /// How many requests to `/auth/refresh` and `/auth/logout` an address may make in a minute.
    /// Every page that is opened refreshes the session, and the tokens are too long to be guessed.
    session_requests: u32 = "http.session_requests_per_minute" "SELFSAME_SESSION_REQUESTS_PER_MINUTE" "600"
        Number { least: 1, most: 1_000_000, of: "requests" };
    /// How many pages may follow their user's events at once, of all users together. Each takes a
    /// connection and about 14 kB.
    live_streams: usize = "http.live_streams" "SELFSAME_LIVE_STREAMS" "5000"
        Number { least: 0, most: 15_000, of: "streams" };
    /// What must be sent as `Authorization: Bearer …` to read `/metrics`. Without it callers from
    /// loopback and private addresses may; production mode takes that only where
    /// `management.listen` is set.
    metrics_token: Option<Secret> = "metrics.token" "SELFSAME_METRICS_TOKEN" "" Maybe(SECRET) => secret;
    /// How much is logged.
    log_level: LogLevel = "log.level" "LOG_LEVEL" "info"
        Choice(&[("error", LogLevel::Error), ("warn", LogLevel::Warn), ("info", LogLevel::Info), ("debug", LogLevel::Debug), ("trace", LogLevel::Trace)]);
    /// How log lines look. They go to standard error and never hold personal data.
    log_format: LogFormat = "log.format" "SELFSAME_LOG_FORMAT" "text"
        Choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)]);
    /// Where an OpenTelemetry collector takes traces by OTLP over HTTP, e.g.
    /// `http://localhost:4318`; they go to `/v1/traces` there. Taken only by a program that was
    /// built with the feature `otel`; without it nothing is traced.
    traces_endpoint: Option<HttpUrl> = "traces.endpoint" "OTEL_EXPORTER_OTLP_ENDPOINT" "" Maybe(URL);
    /// No answer about a profile is older than this, even when nobody tells that it has changed.
    profile_cache_ttl: Duration = "profiles.cache_seconds" "PROFILE_CACHE_TTL" "300"
        Span { unit: Unit::Seconds, least: 0, most: 86_400 };
    /// How long entries of a person's activity are kept.
    activity_retention: Duration = "activity.retention_days" "SELFSAME_ACTIVITY_RETENTION_DAYS" "365"
        Span { unit: Unit::Days, least: 1, most: 36_500 };
    /// From which risk on, of 0 to 100, an alert is mailed to its user; what is below is an entry
    /// of their activity only. 101 mails none.
    alert_mail_from_risk: u8 = "monitoring.mail_from_risk" "SELFSAME_ALERT_MAIL_FROM_RISK" "40"
        Number { least: 0, most: 101, of: "points of risk" };
    /// How long an anonymous alias lasts.
    alias_expiry: Duration = "aliases.expiry_hours" "ALIAS_EXPIRY_HOURS" "720"
        Span { unit: Unit::Hours, least: 1, most: 87_600 };
    /// The largest picture that may be uploaded.
    image_max_size: u64 = "images.max_size" "IMAGE_MAX_SIZE" "5242880" Size { least: 1024, most: 33_554_432 };
    /// The types of pictures that may be uploaded. What a file is, its content decides.
    image_types: Vec<ImageType> = "images.allowed_types" "IMAGE_ALLOWED_TYPES" "jpeg,png,gif,webp"
        List(Choice(&[("jpeg", ImageType::Jpeg), ("png", ImageType::Png), ("gif", ImageType::Gif), ("webp", ImageType::Webp), ("jpg", ImageType::Jpeg)]));
    /// Whether square thumbnails are made.
    thumbnails: bool = "images.generate_thumbnails" "GENERATE_THUMBNAILS" "true" FLAG;
    /// The side of thumbnails.
    thumbnail_size: u32 = "images.thumbnail_size" "THUMBNAIL_SIZE" "150"
        Number { least: 16, most: 512, of: "pixels" };
    /// The host that pictures whose address never shows another one are loaded from (`/avatars/…`,
    /// `/aliases/…`), where a CDN stands before the service. Where avatars lie in a bucket, it
    /// takes `/aliases/` from the service all the same.
    cdn: Option<String> = "images.cdn_domain" "CLOUDFRONT_DOMAIN" "" Maybe(HOST);
    /// The bucket of Amazon S3 that avatars are kept in. Where it is set, nothing of pictures lies
    /// in the data folder: galleries and uploads stand in the bucket of `media.s3_bucket`.
    /// Credentials come from where Amazon's tools look for them. Taken only by a program that was
    /// built with the feature `aws`.
    avatars_bucket: Option<String> = "images.s3_bucket" "S3_BUCKET_AVATARS" "" Maybe(BUCKET);
    /// The largest file that may be uploaded to a gallery.
    media_max_size: u64 = "media.max_file_size" "MEDIA_MAX_FILE_SIZE" "10485760" Size { least: 2048, most: 33_554_432 };
    /// The formats of files that may be uploaded to a gallery, as clients name them. What a file
    /// is, its content decides.
    media_formats: Vec<String> = "media.allowed_formats" "MEDIA_ALLOWED_FORMATS" "jpeg,jpg,png,webp"
        List(FORMAT);
    /// How long a file may be uploaded after it was asked for.
    media_upload_expiry: Duration = "media.upload_expiry_hours" "MEDIA_UPLOAD_EXPIRY_HOURS" "1"
        Span { unit: Unit::Hours, least: 1, most: 72 };
    /// How many pictures the gallery of a profile holds.
    medias_per_profile: usize = "media.max_per_profile" "MAX_MEDIAS_PER_PROFILE" "5"
        Number { least: 1, most: 10, of: "pictures" };
    /// The bucket that files for galleries are uploaded to; on the embedded store a part of the
    /// address.
    media_bucket: String = "media.s3_bucket" "MEDIA_S3_BUCKET" "selfsame-media" BUCKET;
    /// The region of the buckets, and of what forms for uploads are signed for; also on the
    /// embedded store.
    aws_region: String = "aws.region" "AWS_REGION" "us-east-1" REGION;
    /// Where another service than Amazon's is reached that speaks like S3, e.g.
    /// `http://localhost:9000`.
    s3_endpoint: Option<HttpUrl> = "aws.s3_endpoint" "AWS_ENDPOINT_URL_S3" "" Maybe(URL);
    /// How long an access token is good.
    access_token_life: Duration = "tokens.access_minutes" "SELFSAME_ACCESS_TOKEN_MINUTES" "15"
        Span { unit: Unit::Minutes, least: 1, most: 1440 };
    /// How long a session lives after it was last refreshed.
    refresh_token_life: Duration = "tokens.refresh_days" "SELFSAME_REFRESH_TOKEN_DAYS" "30"
        Span { unit: Unit::Days, least: 1, most: 365 };
    /// How old the key that access tokens are signed with gets before a new one takes its place.
    /// Nobody notices: the new one is published before it signs, and the old one verifies until its
    /// last token has expired.
    key_rotation: Duration = "tokens.key_rotation_days" "SELFSAME_KEY_ROTATION_DAYS" "30"
        Span { unit: Unit::Days, least: 1, most: 3650 };
    /// The fewest characters of a password where nothing else is asked for (NIST SP 800-63B-4
    /// §3.1.1.1: at least 15).
    password_shortest: usize = "passwords.shortest" "SELFSAME_PASSWORD_SHORTEST" "15"
        Number { least: 8, most: 64, of: "characters" };
    /// The fewest characters of a password where a second factor is asked for too (NIST SP
    /// 800-63B-4 §3.1.1.1: at least 8).
    password_shortest_with_second_factor: usize = "passwords.shortest_with_second_factor" "SELFSAME_PASSWORD_SHORTEST_WITH_SECOND_FACTOR" "8"
        Number { least: 8, most: 64, of: "characters" };
    /// The memory that hashing a password takes (Argon2id; OWASP Password Storage Cheat Sheet: at
    /// least 19456 KiB with 2 passes).
    argon2_memory: u32 = "passwords.argon2_memory_kib" "SELFSAME_ARGON2_MEMORY_KIB" "19456"
        Number { least: 8192, most: 1_048_576, of: "KiB" };
    /// How many passes hashing a password takes.
    argon2_passes: u32 = "passwords.argon2_passes" "SELFSAME_ARGON2_PASSES" "2"
        Number { least: 1, most: 100, of: "passes" };
    /// How many threads hash passwords; 0 is one for each core. They run at the lowest priority.
    hashing_threads: usize = "passwords.hashing_threads" "SELFSAME_HASHING_THREADS" "0"
        Number { least: 0, most: 256, of: "threads" };
    /// An external service that signs users in: its tokens are checked with the keys at
    /// `<URL>/.well-known/jwks.json`, and its users get an account here at first sight. Unless
    /// `registration.local` is `on`, its ids are the ids here, and nobody registers here.
    auth_service: Option<HttpUrl> = "auth_service_url" "AUTH_SERVICE_URL" "" Maybe(URL);
    /// What the `aud` of its tokens must name. Without it a token that names an audience must name
    /// `public_url`, and one that names none is taken: then whatever that service signs for anybody
    /// is good here.
    auth_service_audience: Option<String> = "auth_service_audience" "AUTH_SERVICE_AUDIENCE" "" Maybe(AUDIENCE);
    /// The secret that it signs with (HS256), where it has no key set; then its tokens need not
    /// name their issuer.
    auth_service_secret: Option<Secret> = "auth_service_secret" "AUTH_SERVICE_SECRET" "" Maybe(TOKEN_SECRET) => secret;
    /// Other services whose tokens are taken. A person is the issuer and the subject together,
    /// unless `ids` is `shared`: then the subject is the user's id, for one issuer at most, and
    /// only where nobody registers here.
    issuers: Vec<Issuer> = "issuers" "SELFSAME_ISSUERS" "" Issuers => secret;
    /// Whether registering with an address that has an account is answered like any other
    /// registration: with 202, and a mail that tells its owner. A new account works once the code
    /// that was mailed to its address is given back. Turned off, registering signs in at once, and
    /// anybody can find out which addresses have an account.
    enumeration_safe: bool = "registration.enumeration_safe" "SELFSAME_REGISTRATION_ENUMERATION_SAFE" "true" FLAG;
    /// Whether people may register here. `auto` is off where `AUTH_SERVICE_URL` is set or an issuer
    /// shares its ids, and else on.
    local_registration: LocalRegistration = "registration.local" "SELFSAME_REGISTRATION_LOCAL" "auto"
        Choice(&[("auto", LocalRegistration::Auto), ("on", LocalRegistration::On), ("off", LocalRegistration::Off)]);
    /// Routes that do not ask for a proof of who one is that is at most ten minutes old, for
    /// clients that know nothing of it yet: to be lifted only while they are moved.
    step_up_exempt: Vec<String> = "auth.step_up_exempt" "SELFSAME_STEP_UP_EXEMPT" "" List(STEP_UP_ROUTE);
    /// Who hands mails over. `inbox` sends nothing: in development mode they are shown at
    /// `/dev/mail`; production mode refuses it.
    email_provider: MailProvider = "email.provider" "EMAIL_PROVIDER" "inbox"
        Choice(&[("inbox", MailProvider::Inbox), ("smtp", MailProvider::Smtp), ("resend", MailProvider::Resend)]);
    /// Whom mails come from. The name is also what the service calls itself in them.
    email_from: Option<Sender> = "email.from" "EMAIL_FROM" "" Maybe(SENDER);
    /// The SMTP server: `smtps://user:password@host:465` with TLS from the start,
    /// `smtp://user:password@host:587?tls=required` with STARTTLS, `smtp://host:25` without either,
    /// which production mode takes only on this machine.
    smtp_url: Option<Secret> = "email.smtp_url" "SMTP_URL" "" Maybe(SMTP_URL) => secret;
    /// The key of the account with Resend.
    resend_api_key: Option<Secret> = "email.resend_api_key" "RESEND_API_KEY" "" Maybe(SECRET) => secret;
    /// Where the API of Resend is.
    resend_url: HttpUrl = "email.resend_url" "RESEND_API_URL" "https://api.resend.com" URL;
    /// The secret that Resend signs its reports of bounces and complaints with; they go to
    /// `/webhooks/resend`. Without it none are taken.
    resend_webhook_secret: Option<Secret> = "email.resend_webhook_secret" "RESEND_WEBHOOK_SECRET" "" Maybe(WEBHOOK_SECRET) => secret;
    /// How many mails the provider takes a day (UTC), all nodes together; what is beyond waits for
    /// the next day. 0 is no limit.
    email_daily_quota: u32 = "email.daily_quota" "EMAIL_DAILY_QUOTA" "0"
        Number { least: 0, most: 100_000_000, of: "mails" };
    /// A folder with mail templates of one's own, e.g. `password-reset.html` or
    /// `password-reset.de.txt`. Where one is missing or broken, the built-in form is used.
    email_templates: Option<PathBuf> = "email.templates" "SELFSAME_EMAIL_TEMPLATES" "" Maybe(PATH);
    /// A file that every event is appended to, one JSON object a line. Its owner alone can read it,
    /// and its group where the operator lets it; it may be moved away at any time, as by log
    /// rotation.
    events_file: Option<PathBuf> = "events.file" "SELFSAME_EVENTS_FILE" "" Maybe(PATH);
    /// Networks that webhooks may go to although they are not public, e.g. `10.20.0.0/16`, or
    /// `127.0.0.0/8` for this machine itself; by `http://`, too, which goes nowhere else. Where
    /// names are translated for a network of IPv6 alone (DNS64), the translator's prefix belongs
    /// here, e.g. `64:ff9b::/96`: that reaches private IPv4 addresses too, if the translator lets
    /// it.
    webhook_networks: Vec<Network> = "webhooks.allowed_networks" "SELFSAME_WEBHOOKS_ALLOWED_NETWORKS" "" List(NETWORK);
    /// A RabbitMQ that every event is published to: `amqp://user:password@host:5672/vhost` or
    /// `amqps://…` with TLS. What is no letter or digit in user, password and vhost is written as
    /// `%XX`; without a vhost it is `/`. It may be down: events wait for it.
    rabbitmq_url: Option<Secret> = "rabbitmq.url" "RABBITMQ_URL" "" Maybe(AMQP_URL) => secret;
    /// The durable topic exchange for events. The type of an event is its routing key. Declared
    /// where it does not exist.
    rabbitmq_exchange: String = "rabbitmq.exchange" "SELFSAME_RABBITMQ_EXCHANGE" "selfsame.events" AMQP_NAME;
    /// The durable queue from which messages of other services are taken, as docs/messages.md says;
    /// what can't be done goes to the queue of this name with `.parked` behind it. Whoever may
    /// publish to it may do what the service API may, without a token. Empty takes none.
    rabbitmq_inbound: Option<String> = "rabbitmq.inbound_queue" "SELFSAME_RABBITMQ_INBOUND_QUEUE" "selfsame.inbound" Maybe(AMQP_NAME);
    /// How many messages of other services a node handles at once.
    rabbitmq_prefetch: u16 = "rabbitmq.prefetch" "SELFSAME_RABBITMQ_PREFETCH" "32"
        Number { least: 1, most: 1000, of: "messages" };
    /// A NATS server with `JetStream` that every event is published to:
    /// `nats://user:password@host:4222`, or `tls://…`. It may be down: events wait for it.
    nats_url: Option<Secret> = "nats.url" "NATS_URL" "" Maybe(NATS_URL) => secret;
    /// What stands before the type of an event in its subject: `selfsame.profile.updated`.
    nats_prefix: String = "nats.subject_prefix" "SELFSAME_NATS_SUBJECT_PREFIX" "selfsame" NATS_NAME;
    /// The stream that keeps events.
    nats_stream: String = "nats.stream" "SELFSAME_NATS_STREAM" "SELFSAME" NATS_NAME;
    /// Whether the stream is made where it does not exist: in files, one copy, events kept for 30
    /// days. Without it the stream must be there, with the subjects `PREFIX.>`.
    nats_create_stream: bool = "nats.create_stream" "SELFSAME_NATS_CREATE_STREAM" "true" FLAG;
    /// A folder to serve the web interface from instead of the one inside the binary, to work on
    /// it.
    ui_folder: Option<PathBuf> = "ui.folder" "SELFSAME_UI_FOLDER" "" Maybe(PATH);
}
