//! The life cycle of a gallery's ids: free, pending, shown, and free again. No rule creates or
//! loses an id.

use selfsame_primitives::Timestamp;

use selfsame_users::{
    records::DeclaredFile, records::Gallery, records::Media, records::MediaStatus,
    records::ReceivedFile, records::StoredPicture,
};

/// A requested picture.
#[derive(Clone, Debug)]
pub(super) struct RequestUpload {
    pub(super) ticket: String,
    pub(super) position: Option<u32>,
    pub(super) declared: DeclaredFile,
    /// The extension of its file's name.
    pub(super) extension: &'static str,
    pub(super) due: Timestamp,
}

/// The upload key of the picture `id`.
pub(super) fn upload_key(id: &str, extension: &str) -> String {
    format!("uploads/profile-images/{id}.{extension}")
}

/// The number of ids that are in use.
pub(super) fn in_use(gallery: &Gallery) -> usize {
    gallery.media.iter().filter(|media| media.status != MediaStatus::Error).count()
}

/// Takes the next free id for `upload`, as long as fewer than `most` are in use; `None` where there
/// is none.
pub(super) fn request(
    gallery: &mut Gallery,
    upload: RequestUpload,
    most: usize,
    now: Timestamp,
) -> Option<Media> {
    if in_use(gallery) >= most || gallery.allocated.is_empty() {
        return None;
    }
    let id = gallery.allocated.remove(0);
    let media = Media {
        upload: upload_key(&id, upload.extension),
        id,
        ticket: upload.ticket,
        status: MediaStatus::Pending,
        wanted: upload.position,
        declared: upload.declared,
        due: upload.due,
        received: None,
        confirmed: false,
        picture: None,
        error: None,
        created_at: now,
        updated_at: now,
    };
    // A failed picture under this id is replaced.
    gallery.media.retain(|known| known.id != media.id);
    gallery.media.push(media.clone());
    gallery.media_version += 1;
    Some(media)
}

/// The file of the pending picture `id` has arrived: the picture is active. `None` where it was not
/// pending.
pub(super) fn mark_arrived(
    gallery: &mut Gallery,
    id: &str,
    received: ReceivedFile,
    due: Timestamp,
    now: Timestamp,
) -> Option<Media> {
    let media = gallery.media.iter_mut().find(|media| media.id == id)?;
    if media.status != MediaStatus::Pending {
        return None;
    }
    *media = Media {
        status: MediaStatus::Processing,
        received: Some(received),
        due,
        updated_at: now,
        ..media.clone()
    };
    let media = media.clone();
    let last = gallery.active.len();
    let position =
        media.wanted.map_or(last, |wanted| last.min((wanted as usize).saturating_sub(1)));
    gallery.active.insert(position, media.id.clone());
    gallery.media_version += 1;
    Some(media)
}

/// The picture `id` with that `ticket` is processed: it is shown. `None` where it is not expected
/// any more.
pub(super) fn show(
    gallery: &mut Gallery,
    (id, ticket): (&str, &str),
    picture: StoredPicture,
    now: Timestamp,
) -> Option<Media> {
    let media = processing(gallery, id, ticket)?;
    media.status = MediaStatus::Ready;
    media.picture = Some(picture);
    media.updated_at = now;
    let media = media.clone();
    gallery.media_version += 1;
    Some(media)
}

/// The picture `id` with that `ticket` can't be processed: the error stays readable, and the id is
/// free. `None` where it is not expected any more.
pub(super) fn fail(
    gallery: &mut Gallery,
    (id, ticket): (&str, &str),
    error: &str,
    now: Timestamp,
) -> Option<Media> {
    let media = processing(gallery, id, ticket)?;
    media.status = MediaStatus::Error;
    media.error = Some(error.to_owned());
    media.updated_at = now;
    let media = media.clone();
    give_back(gallery, id);
    Some(media)
}

fn processing<'g>(gallery: &'g mut Gallery, id: &str, ticket: &str) -> Option<&'g mut Media> {
    let is_it = |media: &&mut Media| {
        media.id == id && media.ticket == ticket && media.status == MediaStatus::Processing
    };
    gallery.media.iter_mut().find(is_it)
}

/// Removes the picture `id`, whatever its status, and frees the id. Returns its record.
pub(super) fn remove(gallery: &mut Gallery, id: &str) -> Option<Media> {
    let at = gallery.media.iter().position(|media| media.id == id)?;
    let media = gallery.media.remove(at);
    // The id of a failed picture is free already.
    if media.status == MediaStatus::Error {
        gallery.media_version += 1;
    } else {
        give_back(gallery, id);
    }
    Some(media)
}

fn give_back(gallery: &mut Gallery, id: &str) {
    gallery.active.retain(|active| active != id);
    gallery.allocated.push(id.to_owned());
    gallery.media_version += 1;
}

/// Shows the pictures in that order; fails where `order` is not exactly the active ones.
pub(super) fn reorder(gallery: &mut Gallery, order: &[String]) -> Result<(), ()> {
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    if sorted(order) != sorted(&gallery.active) {
        return Err(());
    }
    if gallery.active != order {
        gallery.active = order.to_vec();
        gallery.media_version += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gallery() -> Gallery {
        Gallery {
            id: "profile1".into(),
            allocated: (0..5).map(|n| format!("media00{n}")).collect(),
            ..Gallery::empty()
        }
    }

    fn upload(ticket: &str, position: Option<u32>) -> RequestUpload {
        let declared =
            DeclaredFile { size: 2048, format: "jpeg".into(), width: None, height: None };
        let due = Timestamp::default();
        RequestUpload { ticket: ticket.to_owned(), position, declared, extension: "jpg", due }
    }

    fn received() -> ReceivedFile {
        ReceivedFile { etag: "e".into(), size: 2048 }
    }

    fn picture() -> StoredPicture {
        StoredPicture {
            original: String::new(),
            medium: String::new(),
            thumbnail: None,
            content_type: String::new(),
            file_size: 1,
            width: 1,
            height: 1,
            placeholder: String::new(),
            uploaded_at: Timestamp::default(),
        }
    }

    fn take_id(gallery: &mut Gallery, position: Option<u32>) -> Option<String> {
        request(gallery, upload("t", position), 5, Timestamp::default()).map(|media| media.id)
    }

    fn come(gallery: &mut Gallery, id: &str) -> bool {
        mark_arrived(gallery, id, received(), Timestamp::default(), Timestamp::default()).is_some()
    }

    #[test]
    fn a_sixth_picture_is_refused_until_one_is_deleted() {
        let mut gallery = gallery();
        let ids: Vec<_> = (0..5).map(|_| take_id(&mut gallery, None).unwrap()).collect();
        assert_eq!(take_id(&mut gallery, None), None);
        remove(&mut gallery, &ids[2]).unwrap();
        assert_eq!(take_id(&mut gallery, None).as_ref(), Some(&ids[2]));
    }

    #[test]
    fn a_picture_takes_the_requested_position() {
        let mut gallery = gallery();
        let positions = [None, None, Some(1), Some(99), Some(2)];
        let ids: Vec<_> = positions.map(|position| take_id(&mut gallery, position).unwrap()).into();
        assert!(ids.iter().all(|id| come(&mut gallery, id)));
        assert_eq!(
            gallery.active,
            [&ids[2], &ids[4], &ids[0], &ids[1], &ids[3]].map(String::clone)
        );
    }

    #[test]
    fn a_failed_picture_is_listed_until_its_id_is_used_again() {
        let mut gallery = gallery();
        let id = take_id(&mut gallery, None).unwrap();
        assert!(come(&mut gallery, &id));
        fail(&mut gallery, (&id, "t"), "no picture", Timestamp::default()).unwrap();
        assert_eq!(gallery.find(&id).unwrap().error.as_deref(), Some("no picture"));
        assert!(gallery.active.is_empty() && gallery.allocated.contains(&id));
        while take_id(&mut gallery, None).is_some() {}
        assert_eq!(gallery.find(&id).unwrap().status, MediaStatus::Pending);
        assert_eq!(gallery.media.len(), 5);
    }

    #[test]
    fn a_picture_of_another_ticket_is_not_shown() {
        let mut gallery = gallery();
        let id = take_id(&mut gallery, None).unwrap();
        assert!(come(&mut gallery, &id));
        assert_eq!(show(&mut gallery, (&id, "old"), picture(), Timestamp::default()), None);
        assert!(show(&mut gallery, (&id, "t"), picture(), Timestamp::default()).is_some());
        assert_eq!(fail(&mut gallery, (&id, "t"), "late", Timestamp::default()), None);
    }

    #[test]
    fn an_order_must_name_exactly_the_active_ones() {
        let mut gallery = gallery();
        let ids: Vec<_> = (0..3).map(|_| take_id(&mut gallery, None).unwrap()).collect();
        assert!(ids.iter().take(2).all(|id| come(&mut gallery, id)));
        let order =
            |positions: &[usize]| positions.iter().map(|at| ids[*at].clone()).collect::<Vec<_>>();
        for wrong in [&[0][..], &[0, 0], &[0, 1, 2], &[0, 2], &[]] {
            assert_eq!(reorder(&mut gallery, &order(wrong)), Err(()), "{wrong:?}");
        }
        assert_eq!(reorder(&mut gallery, &order(&[1, 0])), Ok(()));
        assert_eq!(gallery.active, order(&[1, 0]));
    }

    proptest! {
        #[test]
        fn each_of_the_five_ids_always_has_one_state(steps in prop::collection::vec((0..7_u8, 0..5_usize), 0..80)) {
            let mut gallery = gallery();
            for (step, which) in steps {
                let id = &format!("media00{which}");
                let now = Timestamp::default();
                match step {
                    0 | 1 => drop(take_id(&mut gallery, None)),
                    2 => drop(come(&mut gallery, id)),
                    3 => drop(show(&mut gallery, (id, "t"), picture(), now)),
                    4 => drop(fail(&mut gallery, (id, "t"), "bad", now)),
                    5 => drop(remove(&mut gallery, id)),
                    _ => {
                        let backwards: Vec<_> = gallery.active.iter().rev().cloned().collect();
                        reorder(&mut gallery, &backwards).unwrap();
                    }
                }
                let has = |status: MediaStatus| gallery.media.iter().filter(move |media| media.status == status);
                let pending = has(MediaStatus::Pending).map(|media| media.id.clone());
                let mut all: Vec<String> = gallery.allocated.iter().chain(&gallery.active).cloned().chain(pending).collect();
                all.sort_unstable();
                prop_assert_eq!(all, (0..5).map(|n| format!("media00{n}")).collect::<Vec<_>>());
                let mut shown: Vec<_> = has(MediaStatus::Processing).chain(has(MediaStatus::Ready)).map(|media| media.id.clone()).collect();
                shown.sort_unstable();
                let mut active = gallery.active.clone();
                active.sort_unstable();
                prop_assert_eq!(shown, active);
                prop_assert!(has(MediaStatus::Error).all(|media| gallery.allocated.contains(&media.id)));
            }
        }
    }
}
