//! The state that the features of this crate share.

use std::fmt;
use std::sync::Arc;

use selfsame_identity::Identity;
use selfsame_identity::authentication::Authenticates;
use selfsame_mail_queue::MailQueue;
use selfsame_platform::Platform;
use selfsame_users::Users;

use crate::streams::LiveStreams;

/// Alerts of at least this risk are mailed by default. `docs/monitoring.md` shows how it was
/// chosen.
pub(crate) const MAIL_FROM_RISK: u8 = 40;

/// The settings of this crate.
#[derive(Clone, Debug)]
pub struct ActivitySettings {
    /// Most open streams of all users together; each takes a connection.
    pub live_streams: usize,
    /// Alerts of at least this risk are mailed; 101 for none.
    pub alert_mail_from_risk: u8,
}

impl Default for ActivitySettings {
    fn default() -> Self {
        Self { live_streams: 5_000, alert_mail_from_risk: MAIL_FROM_RISK }
    }
}

/// Activity log, notifications, live streams and monitoring.
pub struct Activity {
    /// The platform.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// The mail queue.
    pub mail: Arc<MailQueue>,
    /// Authentication.
    pub identity: Arc<Identity>,
    /// The open streams. The server runs the polling, and closes the streams when it stops.
    pub streams: Arc<LiveStreams>,
    /// The settings of this crate.
    pub settings: ActivitySettings,
}

impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Activity")
    }
}

impl Authenticates for Activity {
    fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Activity {
    /// The state over `identity`. `streams` observes the commits of the journal.
    #[must_use]
    pub fn new(
        identity: &Arc<Identity>,
        streams: Arc<LiveStreams>,
        settings: ActivitySettings,
    ) -> Self {
        Self {
            platform: Arc::clone(&identity.platform),
            users: Arc::clone(&identity.users),
            mail: Arc::clone(&identity.mail),
            identity: Arc::clone(identity),
            streams,
            settings,
        }
    }
}
