//! Avatars that are processed after the response, for clients that send `Prefer: respond-async`
//! (RFC 7240 §4.1).
//!
//! The file is a blob that no route serves; a record holds its status, and the event in the same
//! commit has the subscriber process it. The file is dropped for garbage collection in that commit,
//! due in four days, so that it is deleted even if its event ends as a dead letter.

use std::sync::Arc;

use std::time::Duration;

use ::http::HeaderMap;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use selfsame_blobs::{BlobName, MediaType};
use selfsame_events::{Changes, Event, EventPayload, HandlerError, Loaded, Origin, user_key};
use selfsame_images::Crop;
use selfsame_primitives::{Timestamp, UserId, new_ulid, stored};
use selfsame_store::{Key, Record, StoreError, decode};
use selfsame_web::{IfMatch, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::form::Form;
use super::http::{STORED, UPLOADS, refusal};
use super::{FOLDERS, rule};
use crate::Profiles;
use selfsame_identity::authentication::SignedIn;
use selfsame_media::blob_gc::LONGEST;
use selfsame_media::{pictures::problem::of_blobs, pictures::problem::picture_problem};
use selfsame_users::{records::MediaStatus, records::Profile, records::StoredPicture};

/// Nothing of an upload is stored for longer. Its event is given up before.
const RETENTION: Duration = LONGEST;
/// The folder of files that are not processed yet.
const INCOMING: &str = "incoming";

/// An upload, at `avatar-upload/{id}` of the user's partition.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AvatarUpload {
    pub(super) id: String,
    pub(super) status: MediaStatus,
    file: BlobName,
    /// `x`, `y`, width and height as fractions of the upright picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crop: Option<[f64; 4]>,
    /// Code and text of what is wrong with the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<(String, String)>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Record for AvatarUpload {
    const KIND: &'static str = "avatar-upload";
}

impl AvatarUpload {
    fn key(user: &UserId, id: &str) -> Key {
        user_key(user, format!("avatar-upload/{id}"))
    }

    fn write(&self, user: &UserId, changes: Changes) -> Changes {
        changes.put_until(Self::key(user, &self.id), self, self.created_at.plus(RETENTION))
    }

    fn crop(&self) -> Option<Crop> {
        self.crop.map(|[x, y, width, height]| Crop { x, y, width, height })
    }

    fn is_open(&self) -> bool {
        matches!(self.status, MediaStatus::Pending | MediaStatus::Processing)
    }
}

/// A file for a picture has arrived; the picture is made later.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarUploaded {
    /// Whose.
    #[serde(deserialize_with = "stored::text")]
    pub user_id: UserId,
    /// Names the upload.
    pub upload_id: String,
}

impl EventPayload for AvatarUploaded {
    const TYPE: &'static str = "profile.avatar_uploaded";
    const SUMMARY: &'static str =
        "The file of a new picture has arrived; the picture is made later.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "uploadId": "01JHKQ2Y7CF3M8N5T9V1WXZ4AB"})
    }
}

/// No picture could be made of a file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarFailed {
    /// Whose.
    pub user_id: UserId,
    /// Names the upload.
    pub upload_id: String,
    /// `image_invalid`, `image_too_large` or `image_type_unsupported`.
    pub code: String,
}

impl EventPayload for AvatarFailed {
    const TYPE: &'static str = "profile.avatar_failed";
    const SUMMARY: &'static str =
        "No picture could be made of the file of a new picture; the old one stays.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "uploadId": "01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "code": "image_invalid"})
    }
}

/// Whether the client asks for an asynchronous response.
pub(super) fn prefers_async(headers: &HeaderMap) -> bool {
    let given = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut preferences = given.flat_map(|list| list.split(','));
    preferences.any(|preference| {
        preference
            .split([';', '='])
            .next()
            .unwrap_or_default()
            .trim()
            .eq_ignore_ascii_case("respond-async")
    })
}

/// Stores the file of `form`, to be processed later.
pub(super) async fn accept(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    form: Form,
) -> Result<AvatarUpload, Problem> {
    let (user, profile_key) = (caller.id(), Profile::key(caller.id()));
    let stem = profiles.platform.keys.name(INCOMING, &[&(*profiles.platform.random).bytes::<16>()]);
    // The real format shows when the file is decoded; until then no route serves it.
    let file = BlobName::new(INCOMING, &stem, MediaType::Jpeg).map_err(|_| Problem::internal())?;
    let expected = profiles.media.blob_gc.reserve([file.clone()].into()).await?;
    profiles
        .media
        .blob_gc
        .write([(file.clone(), form.upload.into_bytes().into())])
        .await
        .map_err(of_blobs)?;
    let (id, drop_slot) = (
        new_ulid(profiles.platform.now(), &*profiles.platform.random),
        profiles.media.blob_gc.drop_slot_after(RETENTION),
    );
    let crop = form.crop.map(|crop| [crop.x, crop.y, crop.width, crop.height]);
    let decide = |loaded: &Loaded| {
        let profile: Profile = loaded.get(&profile_key)?.ok_or_else(Problem::not_found)?;
        if_match.check(profile.version)?;
        let upload = AvatarUpload {
            id: id.clone(),
            status: MediaStatus::Pending,
            file: file.clone(),
            crop,
            error: None,
            created_at: loaded.now(),
            updated_at: loaded.now(),
        };
        let payload = AvatarUploaded { user_id: user.clone(), upload_id: id.clone() };
        let changes =
            upload.write(user, drop_slot.take(vec![file.clone()], Changes::none().emit(&payload)));
        Ok::<_, Problem>((expected.apply(loaded, changes)?, upload))
    };
    let keys = [profile_key.clone(), expected.key().clone()];
    caller.change(&profiles.platform, &keys, decide).await
}

/// The upload `id` of `user`.
pub(super) async fn find(
    profiles: &Profiles,
    user: &UserId,
    id: &str,
) -> Result<Option<AvatarUpload>, StoreError> {
    let is_ulid = id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let item = if is_ulid {
        profiles.platform.store.get(&AvatarUpload::key(user, id)).await?
    } else {
        None
    };
    Ok(item.map(|item| decode(&item.body)).transpose()?)
}

/// Processes the file of `event`, unless that was done.
pub(super) fn make(
    profiles: Arc<Profiles>,
    event: &Event,
) -> BoxFuture<'_, Result<(), HandlerError>> {
    Box::pin(async move {
        let payload: AvatarUploaded = serde_json::from_value(event.data.clone())
            .map_err(|error| HandlerError::GiveUp(error.to_string()))?;
        let origin = Origin { request_id: event.request_id.clone(), ..Origin::default() };
        make_one(&profiles, &payload, &origin)
            .await
            .map_err(|problem| HandlerError::Retry(problem.in_words()))
    })
}

async fn make_one(
    profiles: &Profiles,
    payload: &AvatarUploaded,
    origin: &Origin,
) -> Result<(), Problem> {
    let user = &payload.user_id;
    let Some(upload) =
        find(profiles, user, &payload.upload_id).await?.filter(AvatarUpload::is_open)
    else {
        return Ok(());
    };
    let Some(file) = profiles.media.blobs.get(&upload.file, None).await.map_err(of_blobs)? else {
        return fail(
            profiles,
            user,
            &upload,
            ("image_invalid", "The file is not there any more."),
            origin,
        )
        .await;
    };
    begin(profiles, user, &upload, origin).await?;
    let taken = &profiles.media.settings.avatars;
    match profiles.media.pictures.process_in_background(&file.bytes, taken, upload.crop()).await {
        Ok(outputs) => {
            let named = FOLDERS.name(&profiles.media, outputs, profiles.platform.now());
            let (blobs, avatar) = named.map_err(|_| Problem::internal())?;
            let expected = profiles.media.blob_gc.reserve(blobs.keys().cloned().collect()).await?;
            profiles.media.blob_gc.write(blobs).await.map_err(of_blobs)?;
            show(profiles, user, &upload, &avatar, &expected, origin).await?;
            profiles.platform.counters.add(&UPLOADS, STORED);
            Ok(())
        }
        Err(refused) => {
            let (code, detail) = picture_problem(&refused, &taken.formats)?;
            fail(profiles, user, &upload, (code.as_str(), &detail.to_string()), origin).await?;
            profiles.platform.counters.add(&UPLOADS, refusal(code));
            Ok(())
        }
    }
}

/// Lets `decide` change the upload, as long as it is pending.
async fn change(
    profiles: &Profiles,
    user: &UserId,
    upload: &AvatarUpload,
    origin: &Origin,
    more: &[Key],
    decide: impl Fn(AvatarUpload, &Loaded) -> Result<Changes, Problem>,
) -> Result<(), Problem> {
    let key = AvatarUpload::key(user, &upload.id);
    let keys: Vec<Key> = more.iter().chain([&key]).cloned().collect();
    let rule = |loaded: &Loaded| {
        let open = loaded.get::<AvatarUpload>(&key)?.filter(AvatarUpload::is_open);
        let changes = open.map(|upload| decide(upload, loaded)).transpose()?;
        Ok::<_, Problem>((changes.unwrap_or_else(Changes::none), ()))
    };
    profiles.platform.journal.change(user, &keys, origin, rule).await
}

async fn begin(
    profiles: &Profiles,
    user: &UserId,
    upload: &AvatarUpload,
    origin: &Origin,
) -> Result<(), Problem> {
    change(profiles, user, upload, origin, &[], |upload, loaded| {
        let begun =
            AvatarUpload { status: MediaStatus::Processing, updated_at: loaded.now(), ..upload };
        Ok(begun.write(user, Changes::none()))
    })
    .await
}

async fn show(
    profiles: &Profiles,
    user: &UserId,
    upload: &AvatarUpload,
    avatar: &StoredPicture,
    expected: &selfsame_media::blob_gc::ReservedBlobs,
    origin: &Origin,
) -> Result<(), Problem> {
    let (old, file, profile_key) = (
        profiles.media.blob_gc.drop_slot(),
        profiles.media.blob_gc.drop_slot(),
        Profile::key(user),
    );
    let keys = [profile_key.clone(), expected.key().clone()];
    change(profiles, user, upload, origin, &keys, |upload, loaded| {
        let Some(before) = loaded.get::<Profile>(&profile_key)? else { return Ok(Changes::none()) };
        let now = loaded.now();
        let avatar = StoredPicture { uploaded_at: now, ..avatar.clone() };
        let (_, changes) = rule::replaced(&profiles.platform.urls, user, before, avatar, now, &old);
        let changes = file.take(vec![upload.file.clone()], expected.apply(loaded, changes)?);
        let done = AvatarUpload { status: MediaStatus::Ready, updated_at: now, ..upload };
        Ok(done.write(user, changes))
    })
    .await?;
    profiles.media.blob_gc.wake();
    Ok(())
}

async fn fail(
    profiles: &Profiles,
    user: &UserId,
    upload: &AvatarUpload,
    (code, text): (&str, &str),
    origin: &Origin,
) -> Result<(), Problem> {
    let file = profiles.media.blob_gc.drop_slot();
    change(profiles, user, upload, origin, &[], |upload, loaded| {
        let payload = AvatarFailed {
            user_id: user.clone(),
            upload_id: upload.id.clone(),
            code: code.to_owned(),
        };
        let changes = file.take(vec![upload.file.clone()], Changes::none().emit(&payload));
        let error = Some((code.to_owned(), text.to_owned()));
        let failed =
            AvatarUpload { status: MediaStatus::Error, error, updated_at: loaded.now(), ..upload };
        Ok(failed.write(user, changes))
    })
    .await?;
    profiles.media.blob_gc.wake();
    Ok(())
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::AvatarUpload>();
    }
}
