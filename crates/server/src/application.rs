//! The application behind the ports, for the service and for commands that do what callers do.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_accounts::catalog::outward;
use selfsame_accounts::gallery::{self, GallerySettings};
use selfsame_accounts::mail::MailSettings;
use selfsame_accounts::otp::SendLimits;
use selfsame_accounts::passwords::{HashCost, PasswordSettings};
use selfsame_accounts::pictures::{PictureSettings, Taken};
use selfsame_accounts::tokens::{Ids, Issuer, IssuerKeys, JwksSource, TokenSettings};
use selfsame_accounts::webhooks::AddressPolicy;
use selfsame_accounts::{App, Parts, Registration, Shared};
use selfsame_blobs::Desk;
use selfsame_events::Reactor;
use selfsame_images::Format;
use selfsame_items::ItemStore;

use crate::courier::HttpsCourier;
use crate::failure::Failure;
use crate::fetch::Fetcher;
use crate::settings::{HttpUrl, ImageType, IssuerIds, Mode, Settings};
use crate::wiring::{Installation, PicturePlaces, connect_mail};

/// Puts the application together on `store` and the places of pictures; its events go to `sinks`,
/// too, and people register as `registration` says.
pub fn assemble(
    installation: &Installation,
    store: Arc<dyn ItemStore>,
    PicturePlaces { blobs, uploads }: PicturePlaces,
    sinks: Vec<Arc<dyn Reactor>>,
    registration: Registration,
) -> Result<Shared, Failure> {
    let mail =
        connect_mail(&installation.settings, Arc::clone(&store), Arc::clone(&installation.random))?;
    let Installation { settings, clock, random, keys, restored_at, .. } = installation;
    let uncertified =
        |error| Failure::System { what: "can't read the machine's certificates".to_owned(), error };
    let fetcher = Fetcher::new().map_err(uncertified)?;
    let void_before = restored_at.unwrap_or_default();
    let settings = selfsame_accounts::Settings { registration, void_before, ..decided(settings) };
    let courier = HttpsCourier::new(settings.webhooks.clone()).map_err(uncertified)?;
    Ok(App::new(Parts {
        store,
        blobs,
        uploads,
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        keys: Arc::clone(keys),
        sinks: outward(sinks),
        jwks: Arc::new(Fetched(fetcher)),
        mail,
        courier: Arc::new(courier),
        settings,
    }))
}

/// Where this installation takes uploads in.
#[must_use]
pub fn desk(installation: &Installation) -> Desk {
    gallery::desk(&decided(&installation.settings), &installation.keys)
}

/// The operator's decisions, as the features name them.
fn decided(settings: &Settings) -> selfsame_accounts::Settings {
    let passwords = PasswordSettings::default();
    let threads = if settings.hashing_threads == 0 { usize::MAX } else { settings.hashing_threads };
    let cost = HashCost {
        memory: settings.argon2_memory,
        passes: settings.argon2_passes,
        ..HashCost::OWASP
    };
    selfsame_accounts::Settings {
        public_url: settings.public_url(),
        media_url: settings.media_url(),
        profile_cache_ttl: settings.profile_cache_ttl,
        activity_retention: settings.activity_retention,
        alias_expiry: settings.alias_expiry,
        pictures: pictures(settings),
        gallery: GallerySettings {
            max_bytes: settings.media_max_size,
            formats: settings.media_formats.clone(),
            upload_expiry: settings.media_upload_expiry,
            per_profile: settings.medias_per_profile,
            bucket: settings.media_bucket.clone(),
            region: settings.aws_region.clone(),
        },
        origins: settings.cors_origins.clone(),
        tokens: TokenSettings {
            access: settings.access_token_life,
            session: settings.refresh_token_life,
            issuers: issuers(settings),
            ..TokenSettings::default()
        },
        local_registration: settings.registers_locally(),
        step_up_exempt: settings.step_up_exempt.clone(),
        passwords: PasswordSettings {
            shortest: settings.password_shortest,
            shortest_with_second_factor: settings.password_shortest_with_second_factor,
            cost,
            threads,
            ..passwords
        },
        otp_limits: match settings.mode {
            Mode::Development => SendLimits::DEVELOPMENT,
            Mode::Production => {
                SendLimits { client_hourly: settings.code_mails, ..SendLimits::PRODUCTION }
            }
        },
        mail: MailSettings {
            daily_quota: settings.email_daily_quota,
            shows_inbox: settings.mode == Mode::Development,
            reports: settings.resend_webhook_secret.clone(),
        },
        live_streams: settings.live_streams,
        alert_mail_from_risk: settings.alert_mail_from_risk,
        webhooks: AddressPolicy { allowed: settings.webhook_networks.clone() },
        ..selfsame_accounts::Settings::default()
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
        avatars: Taken {
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

/// An external service that users come from as they are: it and this service share their ids,
/// unless people register here too.
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

/// Key sets of other issuers, over the network.
struct Fetched(Fetcher);

#[async_trait]
impl JwksSource for Fetched {
    async fn fetch(&self, url: &str) -> Result<Bytes, String> {
        self.0.get(url).await.map_err(|error| error.to_string())
    }
}
