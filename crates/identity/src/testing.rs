//! This crate's own state, for tests that call what is not public: the types of the application
//! that the testbed assembles are those of the crate as it is built without tests.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_password_hashing::PasswordSettings;
use selfsame_testbed::app::App;
use selfsame_tokens::JwksFetcher;

use crate::Identity;
use crate::settings::IdentitySettings;

struct NoIssuers;

#[async_trait]
impl JwksFetcher for NoIssuers {
    async fn fetch(&self, _: &str) -> Result<Bytes, String> {
        Err("there are no other issuers".into())
    }
}

/// The identities on the store, the users and the mail of `app`.
pub(crate) fn identity(app: &App) -> Arc<Identity> {
    let passwords = PasswordSettings::cheap();
    let settings = IdentitySettings { passwords, ..IdentitySettings::default() };
    Arc::new(Identity::new(&app.users, &app.mail, Arc::new(NoIssuers), settings))
}
