//! This crate's own state, for tests that call what is not public: the types of the application
//! that the testbed assembles are those of the crate as it is built without tests.

use std::sync::Arc;

use selfsame_testbed::app::App;

use crate::Profiles;
use crate::settings::ProfilesSettings;

/// The profiles on the stores of `app`.
pub(crate) fn profiles(app: &App) -> Arc<Profiles> {
    Arc::new(Profiles::new(&app.media, &app.identity, ProfilesSettings::default()))
}
