//! The settings of all features.

use std::time::Duration;

use selfsame_activity::ActivitySettings;
use selfsame_identity::settings::IdentitySettings;
use selfsame_integrations::webhook_delivery::AddressPolicy;
use selfsame_mail_queue::MailSettings;
use selfsame_media::pictures::PictureSettings;
use selfsame_platform::PublicUrls;
use selfsame_profiles::settings::GallerySettings;

/// The settings of each crate, and those that several share.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public URLs of the service.
    pub urls: PublicUrls,
    /// The maximum age of a cached user, even if no change was observed.
    pub profile_cache_ttl: Duration,
    /// How long activity entries are stored.
    pub activity_retention: Duration,
    /// How long an alias lasts.
    pub alias_expiry: Duration,
    /// The limits of pictures.
    pub pictures: PictureSettings,
    /// The settings of galleries.
    pub gallery: GallerySettings,
    /// The settings of authentication.
    pub identity: IdentitySettings,
    /// The settings of mail.
    pub mail: MailSettings,
    /// The settings of live streams and alerts.
    pub activity: ActivitySettings,
    /// The addresses that webhooks may connect to.
    pub webhooks: AddressPolicy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            urls: PublicUrls::default(),
            profile_cache_ttl: Duration::from_mins(5),
            activity_retention: Duration::from_hours(365 * 24),
            alias_expiry: Duration::from_hours(720),
            pictures: PictureSettings::default(),
            gallery: GallerySettings::default(),
            identity: IdentitySettings::default(),
            mail: MailSettings::default(),
            activity: ActivitySettings::default(),
            webhooks: AddressPolicy::default(),
        }
    }
}
