//! The application with its adapters, for the service and for commands that call it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_activity::ActivitySettings;
use selfsame_app::{Adapters, App, features};
use selfsame_blobs::UploadFormSigner;
use selfsame_events::EventHandler;
use selfsame_identity::settings::{IdentitySettings, RegistrationMode, SendLimits};
use selfsame_images::Format;
use selfsame_integrations::event_catalog::{EventCatalog, redacting_handlers};
use selfsame_integrations::webhook_delivery::AddressPolicy;
use selfsame_mail_queue::MailSettings;
use selfsame_media::pictures::{AcceptedFiles, PictureSettings};
use selfsame_password_hashing::{HashCost, PasswordSettings};
use selfsame_platform::PublicUrls;
use selfsame_profiles::settings::{self, GallerySettings};
use selfsame_store::Store;
use selfsame_tokens::{Ids, Issuer, IssuerKeys, JwksFetcher, TokenSettings};

use crate::failure::Failure;
use crate::fetch::Fetcher;
use crate::settings::{HttpUrl, ImageType, IssuerIds, Mode, Settings};
use crate::webhook_client::HttpsWebhookClient;
use crate::wiring::{Installation, PictureStores, connect_mail};

/// Assembles the application on `store` and the picture stores, with `sinks` as further event
/// handlers and `registration` as the way to register.
pub fn assemble(
    installation: &Installation,
    store: Arc<dyn Store>,
    PictureStores { blobs, uploads }: PictureStores,
    sinks: Vec<Arc<dyn EventHandler>>,
    registration: RegistrationMode,
) -> Result<Arc<App>, Failure> {
    let mail =
        connect_mail(&installation.settings, Arc::clone(&store), Arc::clone(&installation.random))?;
    let Installation { settings, clock, random, keys, restored_at, .. } = installation;
    let uncertified =
        |error| Failure::System { what: "can't read the machine's certificates".to_owned(), error };
    let fetcher = Fetcher::new().map_err(uncertified)?;
    let mut app_settings = app_settings(settings);
    app_settings.identity.registration = registration;
    app_settings.identity.void_before = restored_at.unwrap_or_default();
    let webhook_client =
        HttpsWebhookClient::new(app_settings.webhooks.clone()).map_err(uncertified)?;
    let adapters = Adapters {
        store,
        blobs,
        uploads,
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        keys: Arc::clone(keys),
        sinks: redacting_handlers(sinks, &Arc::new(EventCatalog::of(features()))),
        jwks: Arc::new(Fetched(fetcher)),
        mail,
        webhook_client: Arc::new(webhook_client),
    };
    Ok(App::assemble(adapters, app_settings))
}

/// The upload store of this installation.
#[must_use]
pub fn upload_form_signer(installation: &Installation) -> UploadFormSigner {
    let Installation { settings, keys, .. } = installation;
    settings::upload_form_signer(&gallery(settings), &settings.public_url(), keys)
}

/// The settings in the form that the features take.
fn app_settings(settings: &Settings) -> selfsame_app::Settings {
    selfsame_app::Settings {
        urls: PublicUrls {
            public: settings.public_url(),
            media: settings.media_url(),
            origins: settings.cors_origins.clone(),
        },
        profile_cache_ttl: settings.profile_cache_ttl,
        activity_retention: settings.activity_retention,
        alias_expiry: settings.alias_expiry,
        pictures: pictures(settings),
        gallery: gallery(settings),
        identity: identity(settings),
        mail: MailSettings {
            daily_quota: settings.email_daily_quota,
            shows_inbox: settings.mode == Mode::Development,
            reports: settings.resend_webhook_secret.clone(),
        },
        activity: ActivitySettings {
            live_streams: settings.live_streams,
            alert_mail_from_risk: settings.alert_mail_from_risk,
        },
        webhooks: AddressPolicy { allowed: settings.webhook_networks.clone() },
    }
}

fn identity(settings: &Settings) -> IdentitySettings {
    let threads = if settings.hashing_threads == 0 { usize::MAX } else { settings.hashing_threads };
    let cost = HashCost {
        memory: settings.argon2_memory,
        passes: settings.argon2_passes,
        ..HashCost::OWASP
    };
    IdentitySettings {
        tokens: TokenSettings {
            access: settings.access_token_life,
            session: settings.refresh_token_life,
            issuers: issuers(settings),
            ..TokenSettings::default()
        },
        passwords: PasswordSettings {
            shortest: settings.password_shortest,
            shortest_with_second_factor: settings.password_shortest_with_second_factor,
            cost,
            threads,
            ..PasswordSettings::default()
        },
        local_registration: settings.registers_locally(),
        step_up_exempt: settings.step_up_exempt.clone(),
        otp_limits: match settings.mode {
            Mode::Development => SendLimits::DEVELOPMENT,
            Mode::Production => {
                SendLimits { client_hourly: settings.code_mails, ..SendLimits::PRODUCTION }
            }
        },
        ..IdentitySettings::default()
    }
}

fn gallery(settings: &Settings) -> GallerySettings {
    GallerySettings {
        max_bytes: settings.media_max_size,
        formats: settings.media_formats.clone(),
        upload_expiry: settings.media_upload_expiry,
        per_profile: settings.medias_per_profile,
        bucket: settings.media_bucket.clone(),
        region: settings.aws_region.clone(),
    }
}

fn pictures(settings: &Settings) -> PictureSettings {
    let format = |kind: &ImageType| match kind {
        ImageType::Jpeg => Format::Jpeg,
        ImageType::Png => Format::Png,
        ImageType::Gif => Format::Gif,
        ImageType::Webp => Format::WebP,
    };
    PictureSettings {
        avatars: AcceptedFiles {
            max_bytes: usize::try_from(settings.image_max_size).unwrap_or(usize::MAX),
            formats: settings.image_types.iter().map(format).collect(),
        },
        thumbnail: settings.thumbnails.then_some(settings.thumbnail_size),
        ..PictureSettings::default()
    }
}

fn issuers(settings: &Settings) -> Vec<Issuer> {
    let service = settings.auth_service.iter().map(|url| auth_service(settings, url));
    service.chain(settings.issuers.iter().map(configured)).collect()
}

/// The external service of `AUTH_SERVICE_URL`: it and this service share their ids, unless users
/// register here too.
fn auth_service(settings: &Settings, url: &HttpUrl) -> Issuer {
    let secret = settings.auth_service_secret.clone().map(IssuerKeys::Shared);
    Issuer {
        issuer: url.as_str().to_owned(),
        audience: settings.auth_service_audience.clone(),
        keys: secret.unwrap_or_else(|| IssuerKeys::Url(format!("{url}/.well-known/jwks.json"))),
        ids: if settings.registers_locally() { Ids::Own } else { Ids::Shared },
        create_users: true,
        may_be_unnamed: settings.auth_service_secret.is_some(),
    }
}

fn configured(issuer: &crate::settings::Issuer) -> Issuer {
    let secret = issuer.hs256_secret.clone().map(IssuerKeys::Shared);
    let own = || issuer.id_prefix.clone().map_or(Ids::Own, Ids::Prefixed);
    Issuer {
        issuer: issuer.issuer.clone(),
        audience: Some(issuer.audience.clone()),
        keys: secret
            .unwrap_or_else(|| IssuerKeys::Url(issuer.jwks_url.clone().unwrap_or_default())),
        ids: if issuer.ids == IssuerIds::Shared { Ids::Shared } else { own() },
        create_users: issuer.create_users,
        may_be_unnamed: false,
    }
}

/// Fetches key sets of other issuers over the network.
struct Fetched(Fetcher);

#[async_trait]
impl JwksFetcher for Fetched {
    async fn fetch(&self, url: &str) -> Result<Bytes, String> {
        self.0.get(url).await.map_err(|error| error.to_string())
    }
}
