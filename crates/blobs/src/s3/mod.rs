//! Amazon S3, or services with the same protocol.
//!
//! Pictures of users lie in one bucket (`avatars/…`), everything else in another: `original/…`,
//! `medium/…`, `thumb/…` and uploads. Credentials come from where Amazon's tools look for them, and
//! are renewed while the service runs.

mod blobs;
mod uploads;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, ProvideCredentials, Region, RequestChecksumCalculation,
    SharedCredentialsProvider,
};
use aws_sdk_s3::error::{DisplayErrorContext, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use selfsame_primitives::Secret;

use crate::upload_form::SigningKey;
use crate::{BlobError, Blobs, Uploads};

/// Which buckets, and how they are reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct S3Settings {
    /// The region of both buckets, e.g. `us-east-1`.
    pub region: String,
    /// Where another service than Amazon's is reached, e.g. `http://localhost:9000`, without a
    /// slash at its end. Its buckets are named in the path.
    pub endpoint: Option<String>,
    /// The bucket for blobs in the folder `avatars`.
    pub avatars: String,
    /// The bucket for all other blobs and for uploads.
    pub media: String,
}

/// Prepares the use of the buckets. No request is sent yet: they must exist, and the credentials
/// must allow to put, get, delete and list in them.
pub async fn connect_s3(
    settings: S3Settings,
) -> Result<(Arc<dyn Blobs>, Arc<dyn Uploads>), BlobError> {
    let s3 = Arc::new(S3::new(settings).await?);
    Ok((Arc::clone(&s3) as Arc<dyn Blobs>, s3))
}

/// The folder of the bucket for avatars.
const AVATARS: &str = "avatars";
/// One attempt may take so long: 20 MB over 10 Mbit/s.
const ATTEMPT: Duration = Duration::from_secs(20);
/// And all of them so long.
const OPERATION: Duration = Duration::from_mins(1);

struct S3 {
    client: Client,
    credentials: SharedCredentialsProvider,
    settings: S3Settings,
}

impl S3 {
    async fn new(settings: S3Settings) -> Result<Self, BlobError> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let region = Region::new(settings.region.clone());
        let shared = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(region)
            .http_client(http)
            .load()
            .await;
        let none = || BlobError::Unavailable("no source of credentials is known".into());
        let credentials = shared.credentials_provider().ok_or_else(none)?;
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(OPERATION);
        let mut config = Builder::from(&shared)
            .timeout_config(timeouts.build())
            .retry_config(RetryConfig::standard())
            // Not every service with the S3 protocol supports the newer checksums; TLS and content
            // hashes are there anyway.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .force_path_style(settings.endpoint.is_some() || settings.media.contains('.'));
        config.set_endpoint_url(settings.endpoint.clone());
        Ok(Self { client: Client::from_conf(config.build()), credentials, settings })
    }

    /// In which bucket a folder of blobs stands.
    fn bucket(&self, folder: &str) -> &str {
        if folder == AVATARS { &self.settings.avatars } else { &self.settings.media }
    }

    async fn signing_key(&self) -> Result<SigningKey, BlobError> {
        let found = self.credentials.provide_credentials().await.map_err(failed)?;
        let token = found.session_token().map(Secret::new);
        let key = SigningKey::new(
            found.access_key_id(),
            Secret::new(found.secret_access_key()),
            &self.settings.region,
        );
        Ok(key.with_token(token))
    }

    /// Where forms for the bucket of uploads go. A name with dots fits no certificate of Amazon's,
    /// so it stands in the path.
    fn form_url(&self) -> String {
        let S3Settings { region, endpoint, media, .. } = &self.settings;
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        match endpoint {
            Some(endpoint) => format!("{endpoint}/{media}"),
            None if media.contains('.') => format!("https://s3.{region}.{suffix}/{media}"),
            None => format!("https://{media}.s3.{region}.{suffix}/"),
        }
    }
}

fn failed(error: impl std::error::Error) -> BlobError {
    BlobError::Unavailable(DisplayErrorContext(error).to_string())
}

/// Whether there is no such object. That there is no such bucket is a failure.
fn is_absent(error: &SdkError<GetObjectError>) -> bool {
    error.as_service_error().is_some_and(GetObjectError::is_no_such_key)
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn unquoted(etag: Option<&str>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}

/// A size that S3 sends, where a negative one is never meant.
fn bytes(size: Option<i64>) -> u64 {
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0)
}
