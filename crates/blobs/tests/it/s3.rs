//! The suite on a third-party server of the S3 protocol: at the address `SELFSAME_TEST_S3`, with
//! credentials from the environment. Forms are sent as any client sends them, and that server
//! checks them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on panics")]

use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use bytes::Bytes;
use futures_util::stream;
use selfsame_blobs::conformance::Harness;
use selfsame_blobs::conformance::uploads::UploadHarness;
use selfsame_blobs::upload_form::{Code, Form};
use selfsame_blobs::{
    BlobName, Blobs, MediaType, ReceiveError, S3Settings, UploadInstructions, UploadName, Uploads,
    connect_s3,
};
use selfsame_primitives::{Clock as _, SystemClock, SystemRandom, Timestamp, short_id};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const REGION: &str = "us-east-1";

fn endpoint() -> String {
    std::env::var("SELFSAME_TEST_S3")
        .expect("SELFSAME_TEST_S3 says where a server of S3 is: `./test aws` starts one")
}

struct S3 {
    client: Client,
    settings: S3Settings,
    blobs: Arc<dyn Blobs>,
    uploads: Arc<dyn Uploads>,
}

impl S3 {
    /// Two buckets of its own.
    async fn new() -> Self {
        let name = short_id(16, &SystemRandom).to_ascii_lowercase().replace(['_', '-'], "0");
        let (avatars, media) = (format!("avatars-{name}"), format!("media-{name}"));
        let settings =
            S3Settings { region: REGION.into(), endpoint: Some(endpoint()), avatars, media };
        let client = client().await;
        for bucket in [&settings.avatars, &settings.media] {
            client.create_bucket().bucket(bucket).send().await.unwrap();
        }
        let (blobs, uploads) = connect_s3(settings.clone()).await.unwrap();
        Self { client, settings, blobs, uploads }
    }
}

async fn client() -> Client {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http);
    let config = config.region(Region::new(REGION)).endpoint_url(endpoint()).load().await;
    Client::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build())
}

#[async_trait]
impl Harness for S3 {
    async fn create() -> Self {
        Self::new().await
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs)
    }
}

struct Bucket(S3);

#[async_trait]
impl UploadHarness for Bucket {
    async fn create() -> Self {
        Self(S3::new().await)
    }

    fn uploads(&self) -> Arc<dyn Uploads> {
        Arc::clone(&self.0.uploads)
    }

    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    async fn send(&self, direct: &UploadInstructions, parts: Vec<Bytes>) -> (u16, String) {
        assert_eq!(direct.method, "POST");
        let answer = post(&direct.url, &multipart(direct, &parts.concat())).await;
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let code = answer.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        (status, code.map_or_else(String::new, |(code, _)| code.to_owned()))
    }
}

const BOUNDARY: &str = "between-the-parts-of-the-form";

fn multipart(direct: &UploadInstructions, file: &[u8]) -> Vec<u8> {
    let mut head = String::new();
    for (name, value) in &direct.fields {
        write!(
            head,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"photo\"";
    write!(head, "--{BOUNDARY}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n")
        .unwrap();
    [head.as_bytes(), file, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

/// The whole answer to a POST of a form.
async fn post(url: &str, body: &[u8]) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server may answer, and hang up, before it has read all of what it refuses.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

selfsame_blobs::conformance!(blobs, S3);
selfsame_blobs::conformance!(uploads, Bucket, uploads);

#[tokio::test]
async fn avatars_stand_in_their_bucket_and_other_pictures_and_uploads_in_the_other() {
    let s3 = S3::new().await;
    let bucket = Bucket(s3);
    for folder in ["avatars", "thumb"] {
        let name = BlobName::new(folder, "aaaaaaaaaaaaaaaaaaaaaa", MediaType::Png).unwrap();
        bucket.0.blobs.put(&name, Bytes::from_static(b"x")).await.unwrap();
    }
    let name = UploadName::new("aB3cD4eF", MediaType::Png).unwrap();
    let life = std::time::Duration::from_mins(1);
    let direct = bucket.uploads().form(&name, 1..=1, life, bucket.now()).await.unwrap();
    assert_eq!(bucket.send(&direct, vec![Bytes::from_static(b"x")]).await.0, 204);
    let keys = async |name: &str| {
        let page = bucket.0.client.list_objects_v2().bucket(name).send().await.unwrap();
        page.contents().iter().map(|object| object.key().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(&bucket.0.settings.avatars).await, ["avatars/aaaaaaaaaaaaaaaaaaaaaa.png"]);
    let media = ["thumb/aaaaaaaaaaaaaaaaaaaaaa.png", "uploads/profile-images/aB3cD4eF.png"];
    assert_eq!(keys(&bucket.0.settings.media).await, media);
}

#[tokio::test]
async fn nothing_is_handed_in_to_us() {
    let s3 = S3::new().await;
    let outcome =
        s3.uploads.receive(&Form::new(), Box::pin(stream::empty()), SystemClock.now()).await;
    let Err(ReceiveError::Refused(refusal)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(refusal.code, Code::MethodNotAllowed);
}

#[tokio::test]
async fn what_is_served_from_a_bucket_says_its_type_and_that_it_never_changes() {
    let s3 = S3::new().await;
    let name = BlobName::new("avatars", "aaaaaaaaaaaaaaaaaaaaaa", MediaType::WebP).unwrap();
    s3.blobs.put(&name, Bytes::from_static(b"x")).await.unwrap();
    let found = s3
        .client
        .head_object()
        .bucket(&s3.settings.avatars)
        .key(name.as_str())
        .send()
        .await
        .unwrap();
    assert_eq!(found.content_type(), Some("image/webp"));
    assert_eq!(found.cache_control(), Some("public, max-age=31536000, immutable"));
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_a_failure_and_not_an_empty_one() {
    let s3 = S3::new().await;
    let (avatars, media) = ("not-there".to_owned(), "not-there".to_owned());
    let (blobs, uploads) = connect_s3(S3Settings { avatars, media, ..s3.settings }).await.unwrap();
    assert!(blobs.list("avatars", None).await.is_err());
    assert!(uploads.list(None).await.is_err());
}
