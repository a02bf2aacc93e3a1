//! The state that the features of this crate share.

use std::fmt;
use std::sync::Arc;

use selfsame_identity::Identity;
use selfsame_identity::authentication::Authenticates;
use selfsame_media::Media;
use selfsame_platform::Platform;
use selfsame_users::Users;

use crate::settings::ProfilesSettings;

/// Profiles, privacy, pictures and aliases.
pub struct Profiles {
    /// The platform.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// Storage and processing of pictures.
    pub media: Arc<Media>,
    /// Authentication.
    pub identity: Arc<Identity>,
    /// The settings of this crate.
    pub settings: ProfilesSettings,
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profiles")
    }
}

impl Authenticates for Profiles {
    fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Profiles {
    /// The state over `media` and `identity`.
    #[must_use]
    pub fn new(media: &Arc<Media>, identity: &Arc<Identity>, settings: ProfilesSettings) -> Self {
        Self {
            platform: Arc::clone(&identity.platform),
            users: Arc::clone(&identity.users),
            media: Arc::clone(media),
            identity: Arc::clone(identity),
            settings,
        }
    }
}
