//! A crash at every step of every operation on avatars: none is lost, no blob is left over.

use selfsame_blobs::Fault;
use selfsame_web::Problem;

use super::rename::hide;
use super::world::{BLUE, GREEN, World, picture, user};
use crate::avatar::rename_blobs;

/// More steps than any operation here has.
const ENOUGH: i64 = 1000;

/// Runs `operate` on a user with an avatar repeatedly, with a crash one step later each time, until
/// it ends without one. Returns the number of steps.
async fn crash_everywhere<P, O>(prepare: P, operate: O) -> i64
where
    P: AsyncFn(&World),
    O: AsyncFn(&World) -> Result<(), Problem>,
{
    let mut most = 0;
    for fault in [Fault::Before, Fault::After] {
        for step in 1.. {
            assert!(step < ENOUGH, "the operation does not end");
            let mut world = World::new().await;
            world.upload(&picture(64, 48, BLUE)).await.unwrap();
            world.collect().await.unwrap();
            prepare(&world).await;
            world.fuse.arm(step, fault);
            let outcome = operate(&world).await;
            let blown = world.fuse.is_blown();
            world.check(&format!("{fault:?} at step {step}")).await;
            if !blown {
                outcome.unwrap();
                most = most.max(step - 1);
                break;
            }
        }
    }
    most
}

async fn nothing(_: &World) {}

#[tokio::test]
async fn a_crash_during_an_upload_loses_nothing_and_leaves_nothing() {
    let file = picture(64, 48, GREEN);
    let steps =
        crash_everywhere(nothing, async |world: &World| world.upload(&file).await.map(drop)).await;
    // The reservation, two different sizes, and what the change loads and commits. The caller is
    // still cached from the last change.
    assert_eq!(steps, 5);
}

#[tokio::test]
async fn a_crash_during_async_processing_loses_no_accepted_file_and_leaves_no_blob() {
    for fault in [Fault::Before, Fault::After] {
        for step in 1.. {
            assert!(step < ENOUGH, "the operation does not end");
            let mut world = World::new().await;
            world.fuse.arm(step, fault);
            let taken = world.send_later(&picture(64, 48, GREEN)).await.is_ok();
            let _ = world.app.relay().drain().await;
            let blown = world.fuse.is_blown();
            world.check(&format!("{fault:?} at step {step}")).await;
            let shown = world.profile().await.avatar.is_some();
            assert!(
                shown || !taken,
                "{fault:?} at step {step}: the file was taken, and there is no picture"
            );
            if !blown {
                assert!(
                    step > 20,
                    "{step} steps: a file is kept, a note goes round, a picture is made"
                );
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_crash_during_a_removal_loses_nothing_and_leaves_nothing() {
    let steps =
        crash_everywhere(nothing, async |world: &World| world.remove().await.map(drop)).await;
    // The avatar that is removed was just uploaded, so it is cached.
    assert_eq!(steps, 1);
}

#[tokio::test]
async fn a_crash_while_a_picture_is_hidden_loses_nothing_and_leaves_nothing() {
    let steps = crash_everywhere(nothing, async |world: &World| {
        let renamed = rename_blobs(&world.profiles(), &user()).await?;
        hide(world, renamed.as_ref()).await
    })
    .await;
    // The profile, the reservation, a read and a write for each of two copies (two sizes are one
    // blob), and the change.
    assert_eq!(steps, 8);
}

#[tokio::test]
async fn a_crash_of_the_collector_loses_nothing_and_leaves_nothing() {
    let replace =
        async |world: &World| world.upload(&picture(64, 48, GREEN)).await.map(drop).unwrap();
    let steps = crash_everywhere(replace, async |world: &World| Ok(world.collect().await?)).await;
    assert!(steps > 10, "{steps} steps: it looks into every shard twice, and deletes");
}

#[tokio::test]
async fn a_crash_while_an_abandoned_upload_is_collected_leaves_nothing() {
    let abandon = async |world: &World| {
        world.fuse.arm(5, Fault::Before);
        world.upload(&picture(64, 48, GREEN)).await.unwrap_err();
        world.fuse.mend();
        world.clock.advance(std::time::Duration::from_hours(1));
    };
    let steps = crash_everywhere(abandon, async |world: &World| Ok(world.collect().await?)).await;
    assert!(steps > 10, "{steps} steps");
}
