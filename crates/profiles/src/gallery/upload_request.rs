//! Handing out upload forms.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{Timestamp, new_ulid, short_id};
use selfsame_store::Key;
use selfsame_web::{Code, Detail, Problem};
use serde::Serialize;
use serde_json::{Value, json};

use super::operation::{LATE, change};
use super::request::{MediaRequest, ValidRequest, checked};
use super::rule::{self, RequestUpload};
use super::{due, own, store_primary, uploads};
use crate::Profiles;
use selfsame_identity::authentication::By;
use selfsame_identity::authentication::SignedIn;
use selfsame_users::{records::Claim, records::Gallery, records::Media};

/// Where a file goes, and the form that it goes with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadResponse {
    /// The picture's id.
    pub media_id: String,
    /// Where the form is sent to.
    pub upload_url: String,
    /// `POST`.
    pub upload_method: &'static str,
    /// The fields of the form, which stand before the file.
    pub upload_headers: BTreeMap<String, String>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Takes a free id of the caller's profile for the picture that `request` describes.
pub(super) async fn request_upload(
    profiles: &Profiles,
    caller: &SignedIn,
    profile: &str,
    request: &MediaRequest,
) -> Result<UploadResponse, Problem> {
    // Ownership is checked first: others learn nothing from the faults of their request.
    let before = own(profiles, caller, profile).await?;
    let checked = checked(request, &profiles.settings.gallery)?;
    if before.primary {
        store_primary(profiles, caller).await?;
    }
    let media = take(profiles, caller, &before, &checked).await?;
    let direct = uploads::form(profiles, &media).await?;
    Ok(UploadResponse {
        media_id: media.id,
        upload_url: direct.url,
        upload_method: direct.method,
        upload_headers: direct.fields,
        expires_at: direct.expires_at,
    })
}

async fn take(
    profiles: &Profiles,
    caller: &SignedIn,
    before: &Gallery,
    checked: &ValidRequest,
) -> Result<Media, Problem> {
    let most = profiles.settings.gallery.per_profile;
    // The operator may have raised the number of ids per profile: then one more is made.
    let extra = (super::operation::ids(before).len() < most)
        .then(|| short_id(8, &*profiles.platform.random));
    let keys: Vec<Key> = extra.iter().map(|id| Media::claim(id)).collect();
    let ticket = new_ulid(profiles.platform.now(), &*profiles.platform.random);
    let decide = |gallery: &mut Gallery, loaded: &Loaded| {
        let now = loaded.now();
        let mut changes = Changes::none();
        let is_claimed = loaded.has_any(extra.as_ref().map(|id| Media::claim(id)).as_ref())?;
        if let Some(id) = extra.as_ref().filter(|_| !is_claimed)
            && super::operation::ids(gallery).len() < most
        {
            gallery.allocated.push(id.clone());
            changes = changes.put(Media::claim(id), &Claim::of(caller.id().clone()));
        }
        let upload = RequestUpload {
            ticket: ticket.clone(),
            position: checked.position,
            declared: checked.declared.clone(),
            extension: checked.extension(),
            due: now.plus(profiles.settings.gallery.upload_expiry).plus(LATE),
        };
        let media = rule::request(gallery, upload, most, now).ok_or_else(|| full(most))?;
        Ok::<_, Problem>((due::schedule(caller.id(), &gallery.id, &media, changes), media))
    };
    change(profiles, (By::Owner(caller), &before.id), &keys, decide).await
}

fn full(most: usize) -> Problem {
    Problem::new(Code::Conflict, Detail::GalleryFull { max: most })
}

pub(super) fn example() -> Value {
    json!({
        "mediaId": "aB3cD4eF",
        "uploadUrl": "https://id.example.com/uploads/selfsame-media",
        "uploadMethod": "POST",
        "uploadHeaders": {
            "Content-Type": "image/jpeg",
            "key": "uploads/profile-images/aB3cD4eF.jpg",
            "policy": "eyJleHBpcmF0aW9uIjoiMjAyNi0wMS0zMVQxMDozMDowMC4wMDBaIiwiY29uZGl0aW9ucyI6W119",
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": "selfsame/20260131/us-east-1/s3/aws4_request",
            "x-amz-date": "20260131T093000Z",
            "x-amz-signature": "9f8e5c1d2b3a4f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8"
        },
        "expiresAt": "2026-01-31T10:30:00.000Z"
    })
}
