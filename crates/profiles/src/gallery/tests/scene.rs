//! A user with a profile, and the steps of an upload.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_store::{Store as _, decode};
use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use selfsame_testbed::profiles::settings::GallerySettings;
use selfsame_testbed::users::records::Galleries;

pub(super) struct Scene {
    pub(super) bed: Testbed,
    pub(super) ada: User,
    /// `/profiles/{id}/media`
    pub(super) media: String,
}

impl Scene {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(adjust: impl FnOnce(&mut GallerySettings)) -> Self {
        let bed = Testbed::with(|settings| {
            // Hours pass in these tests, so sessions must outlast them.
            settings.identity.tokens.access = Duration::from_hours(1000);
            adjust(&mut settings.gallery);
        });
        let ada = bed.register("ada").await;
        let profiles = bed.get("/profiles").by(&ada).send().await.expect(200).data();
        let id = profiles["items"][0]["profileId"].as_str().unwrap().to_owned();
        bed.events().await;
        Self { bed, ada, media: format!("/profiles/{id}/media") }
    }

    /// Requests an upload.
    pub(super) async fn request_upload(&self) -> Value {
        self.bed.post(&self.media, &request()).by(&self.ada).send().await.expect(200).json()
    }

    /// Uploads `file` with the form in `ticket`, using nothing but that response.
    pub(super) async fn send(&self, ticket: &Value, file: &[u8]) -> Answer {
        let url = ticket["uploadUrl"].as_str().unwrap();
        let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
        let fields = ticket["uploadHeaders"].as_object().unwrap();
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        self.bed.call("POST", path).body(FORM, form(&fields, Some(file))).send().await
    }

    /// Completes the upload.
    pub(super) async fn complete(&self, ticket: &Value, etag: &str, size: usize) -> Answer {
        let body = json!({"uploadSuccess": true, "s3ETag": etag, "actualSize": size});
        self.bed.post(&self.one(ticket), &body).by(&self.ada).send().await
    }

    /// All steps up to a picture that is shown.
    pub(super) async fn shown(&self, file: &[u8]) -> Value {
        let ticket = self.request_upload().await;
        let etag = self.send(&ticket, file).await.expect(204).header("etag").to_owned();
        self.complete(&ticket, &etag, file.len()).await.expect(200);
        self.bed.events().await;
        let view = self.bed.get(&self.one(&ticket)).by(&self.ada).send().await.expect(200).json();
        assert_eq!(view["status"], "ready", "{view}");
        view
    }

    /// The URL of one picture.
    pub(super) fn one(&self, ticket: &Value) -> String {
        let profile = self.media.split('/').nth(2).unwrap();
        let media = ticket["mediaId"].as_str().unwrap();
        format!("/profiles/{profile}/media/{media}")
    }

    /// The picture's status, for its owner.
    pub(super) async fn status(&self, ticket: &Value) -> String {
        let view = self.bed.get(&self.one(ticket)).by(&self.ada).send().await.expect(200).json();
        view["status"].as_str().unwrap().to_owned()
    }

    /// What the owner sees of the gallery.
    pub(super) async fn list(&self) -> Value {
        self.bed.get(&self.media).by(&self.ada).send().await.expect(200).json()
    }

    /// How many more uploads may be requested.
    pub(super) async fn free(&self) -> u64 {
        self.list().await["free"].as_u64().unwrap()
    }

    /// The ids of the gallery: free, and active.
    pub(super) async fn ids(&self) -> (Vec<String>, Vec<String>) {
        let profile = self.media.strip_suffix("/media").unwrap();
        let data = self.bed.get(profile).by(&self.ada).send().await.expect(200).data();
        let ids = |name: &str| serde_json::from_value::<Vec<String>>(data[name].clone()).unwrap();
        (ids("allocatedMediaIds"), ids("activeMediaIds"))
    }

    /// Runs the background tasks: expiry of uploads and garbage collection of blobs.
    pub(super) async fn sweep(&self) {
        self.bed.sweep().await;
    }

    /// Only the blobs that are shown are stored.
    pub(super) async fn check_blobs(&self) {
        let item = self.bed.store.get(&Galleries::key(&user(&self.ada))).await.unwrap().unwrap();
        let galleries: Galleries = decode(&item.body).unwrap();
        let pictures = galleries.media().filter_map(|media| media.picture.clone());
        let names =
            pictures.flat_map(|shown| [Some(shown.original), Some(shown.medium), shown.thumbnail]);
        let shown: BTreeSet<_> = names.flatten().collect();
        let stored: BTreeSet<_> =
            self.bed.blobs.names().iter().map(|name| name.as_str().to_owned()).collect();
        assert_eq!(stored, shown);
    }
}

pub(super) fn user(user: &User) -> selfsame_primitives::UserId {
    selfsame_primitives::UserId::parse(&user.id).unwrap()
}

/// The documented request.
pub(super) fn request() -> Value {
    let meta = json!({"size": 2_048_576, "format": "png", "width": 1440, "height": 1920});
    json!({"mediaType": "image", "mediaMeta": STANDARD.encode(meta.to_string()), "mediaOrder": 9})
}

pub(super) const FORM: &str = "multipart/form-data; boundary=edge";

/// A form of `fields` with `file` behind them.
pub(super) fn form(fields: &[(&str, &str)], file: Option<&[u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let field =
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(field.as_bytes());
    }
    if let Some(file) = file {
        let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}

/// A picture of more than 1024 bytes; another one for each `seed`.
pub(super) fn picture(seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let pixels: Vec<u8> = (0..40 * 30 * 3).map(|_| next()).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 40, 30);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}
