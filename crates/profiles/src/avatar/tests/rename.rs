//! New URLs for an avatar whose visibility is narrowed.

use selfsame_events::{Changes, Origin};
use selfsame_web::{Code, Problem};

use super::world::{BLUE, GREEN, World, picture, user};
use crate::avatar::{AvatarBlobRename, rename_blobs};
use selfsame_users::records::Profile;
use selfsame_users::visibility::Visibility;

/// Applies the rename as a change of privacy does.
pub(super) async fn hide(world: &World, renamed: Option<&AvatarBlobRename>) -> Result<(), Problem> {
    let mut keys = vec![Profile::key(&user())];
    keys.extend(renamed.map(|renamed| renamed.key().clone()));
    let (user_id, origin) = (user(), Origin::default());
    let change = world.app.platform.journal.change(&user_id, &keys, &origin, |loaded| {
        let mut profile: Profile =
            loaded.get(&Profile::key(&user()))?.ok_or_else(Problem::not_found)?;
        profile.privacy.avatar = Visibility::Private;
        let mut changes = Changes::none();
        if let Some(renamed) = renamed {
            changes = renamed.apply(loaded, &mut profile, changes)?;
        }
        Ok::<_, Problem>((changes.put(Profile::key(&user()), &profile.changed(loaded.now())), ()))
    });
    change.await?;
    world.app.media.blob_gc.wake();
    Ok(())
}

#[tokio::test]
async fn a_hidden_picture_has_new_urls_and_the_old_ones_are_deleted() {
    let mut world = World::new().await;
    world.upload(&picture(520, 160, BLUE)).await.unwrap();
    let (old, before) = (world.kept(), world.profile().await.avatar.unwrap());
    let renamed = rename_blobs(&world.profiles(), &user()).await.unwrap();
    assert_eq!(
        world.profile().await.avatar.as_ref(),
        Some(&before),
        "nothing changes before the commit"
    );
    hide(&world, renamed.as_ref()).await.unwrap();
    world.collect().await.unwrap();
    assert!(old.is_disjoint(&world.kept()));
    assert_eq!(world.kept(), world.shown().await);
    assert_eq!(world.kept().len(), 3);
    let after = world.profile().await.avatar.unwrap();
    assert_eq!((after.uploaded_at, after.file_size), (before.uploaded_at, before.file_size));
    world.check("after hiding").await;
}

#[tokio::test]
async fn a_user_without_a_picture_needs_no_new_urls() {
    let world = World::new().await;
    assert!(rename_blobs(&world.profiles(), &user()).await.unwrap().is_none());
    hide(&world, None).await.unwrap();
}

#[tokio::test]
async fn copies_of_a_picture_that_was_changed_meanwhile_are_not_used() {
    let mut world = World::new().await;
    world.upload(&picture(64, 48, BLUE)).await.unwrap();
    let renamed = rename_blobs(&world.profiles(), &user()).await.unwrap();
    world.upload(&picture(64, 48, GREEN)).await.unwrap();
    assert_eq!(hide(&world, renamed.as_ref()).await.unwrap_err().code, Code::Conflict);
    world.check("after a race").await;
}
