//! What the features of this crate share.

use std::fmt;
use std::sync::Arc;

use selfsame_identity::Identity;
use selfsame_identity::authentication::Authenticates;
use selfsame_mail_queue::MailQueue;
use selfsame_platform::Platform;
use selfsame_users::Users;

use crate::streams::LiveStreams;

/// What has at least this risk is mailed, unless the operator decides otherwise.
/// `docs/monitoring.md` shows how it was chosen.
pub(crate) const MAIL_FROM_RISK: u8 = 40;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct ActivitySettings {
    /// How many pages may follow events at once, of all users together; each takes a connection.
    pub live_streams: usize,
    /// Alerts of at least this risk are mailed; 101 for none.
    pub alert_mail_from_risk: u8,
}

impl Default for ActivitySettings {
    fn default() -> Self {
        Self { live_streams: 5_000, alert_mail_from_risk: MAIL_FROM_RISK }
    }
}

/// What people are shown of their accounts.
pub struct Activity {
    /// What is beneath.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// Where mail goes.
    pub mail: Arc<MailQueue>,
    /// Who somebody is.
    pub identity: Arc<Identity>,
    /// The open streams; whoever serves requests has it run, and closes it when it stops.
    pub streams: Arc<LiveStreams>,
    /// What the operator decided.
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
    /// The activity of those whom `identity` knows. `streams` observes the commits of the journal.
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
