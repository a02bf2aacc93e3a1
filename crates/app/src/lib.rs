//! The assembled application: the list of all features, their states, all settings.
//!
//! Adding a feature is one folder in the crate of its subject and one line in that crate's list.

pub mod installation;
mod settings;
mod state;

use std::sync::LazyLock;

use selfsame_web::{Feature, FeatureInfo};

pub use settings::Settings;
pub use state::{Adapters, App};

/// The state-independent part of every feature, in the order of the documentation.
#[must_use]
pub fn features() -> &'static [FeatureInfo] {
    // Made once: it makes the routes of all features, and a start reads it in five places.
    static FEATURES: LazyLock<Vec<FeatureInfo>> = LazyLock::new(collect);
    &FEATURES
}

fn collect() -> Vec<FeatureInfo> {
    let identity = selfsame_identity::FEATURES.iter().map(Feature::info);
    let profiles = selfsame_profiles::FEATURES.iter().map(Feature::info);
    let activity = selfsame_activity::FEATURES.iter().map(Feature::info);
    let integrations = selfsame_integrations::FEATURES.iter().map(Feature::info);
    let mail = selfsame_mail_queue::FEATURES.iter().map(Feature::info);
    identity.chain(profiles).chain(activity).chain(integrations).chain(mail).collect()
}
