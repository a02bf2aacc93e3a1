//! What settings must be together.

use super::load::Wrong;
use super::{MASTER_KEY_FILE, Mode, Settings};

/// Whether this program can send traces.
pub(super) const CAN_TRACE: bool = cfg!(feature = "otel");

/// Whether this program can use Amazon's services.
pub(super) const CAN_USE_AWS: bool = cfg!(feature = "aws");

/// What is wrong with `settings`, though each of them is right.
pub(super) fn broken(settings: &Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if settings.mode == Mode::Production {
        wrong.extend(unsafe_for_others(settings));
    }
    wrong.extend(settings.traces_endpoint.as_ref().filter(|_| !CAN_TRACE).map(|endpoint| {
        Wrong(format!(
            "traces.endpoint is \"{endpoint}\", but this program was built without OpenTelemetry. Build it with \
             `--features otel`, or unset traces.endpoint and OTEL_EXPORTER_OTLP_ENDPOINT"
        ))
    }));
    wrong.extend(settings.avatars_bucket.as_ref().filter(|_| !CAN_USE_AWS).map(|bucket| {
        Wrong(format!(
            "images.s3_bucket is \"{bucket}\", but this program was built without Amazon S3. Build it with \
             `--features aws`, or unset images.s3_bucket and S3_BUCKET_AVATARS"
        ))
    }));
    wrong
}

fn unsafe_for_others(settings: &Settings) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if !settings.public_url.as_ref().is_some_and(super::HttpUrl::is_https) {
        let found = settings.public_url.as_ref().map_or("not set".into(), |url| format!("\"{url}\""));
        wrong.push(Wrong(format!(
            "public_url is {found}; production mode takes only an https:// URL (set public_url or SELFSAME_PUBLIC_URL)"
        )));
    }
    let file = settings.data.join(MASTER_KEY_FILE);
    if settings.master_key.is_none() && !file.is_file() {
        wrong.push(Wrong(format!(
            "master_key is not set and {} does not exist; production mode does not make one up. Set master_key or \
             SELFSAME_MASTER_KEY to 64 random hexadecimal digits (openssl rand -hex 32) and keep a copy",
            file.display()
        )));
    }
    let endpoint = settings.s3_endpoint.as_ref().filter(|endpoint| !endpoint.is_https());
    wrong.extend(endpoint.map(|endpoint| {
        Wrong(format!("aws.s3_endpoint is \"{endpoint}\"; production mode takes only an https:// URL"))
    }));
    let insecure = settings.cors_origins.iter().filter(|origin| !origin.starts_with("https://"));
    wrong.extend(insecure.map(|origin| {
        Wrong(format!("http.cors_origins holds \"{origin}\"; production mode takes only https:// origins"))
    }));
    wrong
}
