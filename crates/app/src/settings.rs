//! What an operator decides, as far as the features care.

use std::time::Duration;

use selfsame_activity::ActivitySettings;
use selfsame_identity::settings::IdentitySettings;
use selfsame_integrations::webhook_delivery::AddressPolicy;
use selfsame_mail_queue::MailSettings;
use selfsame_media::pictures::PictureSettings;
use selfsame_platform::PublicUrls;
use selfsame_profiles::settings::GallerySettings;

/// What an operator decides: what each crate takes, and what several do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the service is reached from outside.
    pub urls: PublicUrls,
    /// No answer is older than this, even when nobody says that something has changed.
    pub profile_cache_ttl: Duration,
    /// How long activity entries are kept.
    pub activity_retention: Duration,
    /// How long an alias is good for.
    pub alias_expiry: Duration,
    /// Which pictures are taken.
    pub pictures: PictureSettings,
    /// Which files galleries take, and how.
    pub gallery: GallerySettings,
    /// What is decided about who somebody is.
    pub identity: IdentitySettings,
    /// What is decided about mail.
    pub mail: MailSettings,
    /// What is decided about live events and alerts.
    pub activity: ActivitySettings,
    /// Which addresses webhooks may go to.
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
