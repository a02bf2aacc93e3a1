//! Settings: one ordered table drives defaults, files, the environment, validation and the
//! reference.

mod brokers;
mod issuers;
mod kinds;
mod load;
mod reference;
mod rules;
mod table;
#[cfg(test)]
mod tests;
mod values;

pub use load::{DEFAULT_FILE, InvalidSettings, Sources, Wrong};
pub use reference::{commented_file, markdown};
pub(crate) use rules::warnings;
pub use table::{Setting, Settings, TABLE};
pub(crate) use values::is_private;
pub use values::{
    HttpUrl, ImageType, Issuer, IssuerIds, LocalRegistration, LogFormat, LogLevel, MailProvider,
    MasterKey, Mode,
};

/// The file in the data folder that holds the master key where no setting does.
pub const MASTER_KEY_FILE: &str = "master.key";

impl Settings {
    /// The public URL of the service, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        self.public_url
            .as_ref()
            .map_or_else(|| format!("http://{}", self.listen), ToString::to_string)
    }

    /// Whether users may register here.
    #[must_use]
    pub fn registers_locally(&self) -> bool {
        match self.local_registration {
            LocalRegistration::On => true,
            LocalRegistration::Off => false,
            LocalRegistration::Auto => {
                self.auth_service.is_none() && self.sharing_issuers().next().is_none()
            }
        }
    }

    /// The issuers of `issuers` whose ids are this service's.
    pub(super) fn sharing_issuers(&self) -> impl Iterator<Item = &Issuer> {
        self.issuers.iter().filter(|issuer| issuer.ids == IssuerIds::Shared)
    }

    /// The public URL of pictures.
    #[must_use]
    pub fn media_url(&self) -> String {
        self.cdn.as_ref().map_or_else(|| self.public_url(), |host| format!("https://{host}"))
    }
}
