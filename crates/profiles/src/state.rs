//! What the features of this crate share.

use std::fmt;
use std::sync::Arc;

use selfsame_identity::Identity;
use selfsame_identity::authentication::Authenticates;
use selfsame_media::Media;
use selfsame_platform::Platform;
use selfsame_users::Users;

use crate::settings::ProfilesSettings;

/// What people show.
pub struct Profiles {
    /// What is beneath.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// Where pictures are kept, and what makes them.
    pub media: Arc<Media>,
    /// Who somebody is.
    pub identity: Arc<Identity>,
    /// What the operator decided.
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
    /// The profiles of those whom `identity` knows.
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
