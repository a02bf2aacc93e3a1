//! This crate's own state, for tests of private functions: the types of the application that the
//! testbed assembles are those of the crate as it is built without `cfg(test)`.

use std::sync::Arc;

use selfsame_testbed::app::App;

use crate::Profiles;
use crate::settings::ProfilesSettings;

/// The state on the stores of `app`.
pub(crate) fn profiles(app: &App) -> Arc<Profiles> {
    Arc::new(Profiles::new(&app.media, &app.identity, ProfilesSettings::default()))
}
