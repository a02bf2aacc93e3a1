//! Crashes at every step, and random faults: no id, picture or file is lost or left over.

use futures_util::future::join_all;
use selfsame_blobs::Fault;
use selfsame_events::{Changes, Loaded, Origin};
use selfsame_primitives::{Random, SeededRandom};
use selfsame_web::Problem;

use super::unsteady::{PROFILE, Plan, World, file, user};
use crate::gallery::operation::{MediaRef, change, delete};
use crate::gallery::rename_galleries;
use selfsame_identity::authentication::By;
use selfsame_users::{records::Gallery, records::MediaStatus};

/// More steps than any operation here has.
const ENOUGH: u32 = 1000;

/// Runs `operate` after `prepare`, with a crash one step later each time, until it ends without
/// one; `verify` then checks the stores. Returns the number of steps.
async fn die_everywhere<T, P, O, J>(prepare: P, operate: O, verify: J) -> u32
where
    P: AsyncFn(&World),
    O: AsyncFn(&World) -> T,
    J: AsyncFn(&World, T, &str),
{
    let mut most = 0;
    for fault in [Fault::Before, Fault::After] {
        for step in 1.. {
            assert!(step < ENOUGH, "the operation does not end");
            let mut world = World::new(7).await;
            prepare(&world).await;
            world.fault_plan.plan(Plan::Dies(step, fault));
            let outcome = operate(&world).await;
            let died = world.fault_plan.is_dead();
            let context = format!("{fault:?} at step {step}");
            world.check(&context).await;
            verify(&world, outcome, &context).await;
            if !died {
                most = most.max(step - 1);
                break;
            }
        }
    }
    most
}

async fn nothing(_: &World) {}

/// A picture that is shown.
async fn shown(world: &World) {
    let ticket = world.request_upload().await.unwrap();
    world.send(&ticket, &file()).await.unwrap();
    world.app.relay().drain().await.unwrap();
    assert_eq!(world.gallery().await.media[0].status, MediaStatus::Ready);
}

#[tokio::test]
async fn a_crash_anywhere_between_request_and_picture_loses_no_file_that_was_acknowledged() {
    let whole = async |world: &World| {
        let Ok(ticket) = world.request_upload().await else { return false };
        let Some(etag) = world.send(&ticket, &file()).await else { return false };
        let _ = world.complete(&ticket, &etag, file().len()).await;
        world.work().await;
        true
    };
    let verify = async |world: &World, acknowledged: bool, context: &str| {
        let ready =
            world.gallery().await.media.iter().any(|media| media.status == MediaStatus::Ready);
        assert!(ready || !acknowledged, "{context}: the file was taken, and there is no picture");
    };
    let steps = die_everywhere(nothing, whole, verify).await;
    assert!(steps > 30, "{steps} steps");
}

#[tokio::test]
async fn a_crash_while_a_picture_is_deleted_leaves_nothing() {
    let remove = async |world: &World| {
        let drop_slot = world.app.media.blob_gc.drop_slot();
        let id = world.app.clone();
        let media = crate::gallery::load(&crate::testing::profiles(&id), &user())
            .await?
            .media()
            .next()
            .unwrap()
            .id
            .clone();
        let user = user();
        let which = MediaRef { user: &user, profile: PROFILE, media: &media };
        let decide = |gallery: &mut Gallery, _: &Loaded| {
            let (changes, _) = delete(gallery, which, &drop_slot).ok_or_else(Problem::not_found)?;
            Ok::<_, Problem>((changes, ()))
        };
        change(&world.profiles(), (By::Other(&user, &Origin::default()), PROFILE), &[], decide)
            .await
    };
    let verify = async |world: &World, outcome: Result<(), Problem>, context: &str| {
        assert!(outcome.is_err() || world.gallery().await.media.is_empty(), "{context}");
    };
    let steps = die_everywhere(shown, remove, verify).await;
    // The journal may have cached what it would load.
    assert!(
        (2..=3).contains(&steps),
        "{steps} steps: what is read, what is loaded, and the change"
    );
}

#[tokio::test]
async fn a_crash_while_a_gallery_is_hidden_keeps_its_pictures_under_one_name() {
    let hide = async |world: &World| {
        let user = user();
        let renamed = rename_galleries(&world.profiles(), &user).await?;
        let keys: Vec<_> = renamed.keys().cloned().collect();
        let decide =
            |loaded: &Loaded| Ok::<_, Problem>((renamed.apply(loaded, Changes::none())?, ()));
        world.app.platform.journal.change(&user, &keys, &Origin::default(), decide).await
    };
    let verify = async |world: &World, _: Result<(), Problem>, context: &str| {
        assert_eq!(world.gallery().await.media[0].status, MediaStatus::Ready, "{context}");
    };
    let steps = die_everywhere(shown, hide, verify).await;
    let copies = "the gallery, the note, three copies of a read and a write each, and the change";
    assert!((9..=10).contains(&steps), "{steps} steps: {copies}");
}

#[tokio::test]
async fn a_crash_of_the_sweep_leaves_nothing() {
    let expired = async |world: &World| {
        world.request_upload().await.unwrap();
        let ticket = world.request_upload().await.unwrap();
        world.send(&ticket, b"no picture").await;
        world.clock.advance(std::time::Duration::from_hours(3));
    };
    let sweep = async |world: &World| world.work().await;
    let verify = async |world: &World, (): (), context: &str| {
        assert!(world.gallery().await.active.is_empty(), "{context}");
    };
    let steps = die_everywhere(expired, sweep, verify).await;
    assert!(steps > 10, "{steps} steps");
}

/// A user who uploads, completes, deletes and reports failures, under random faults.
async fn busy(world: &World, seed: u64) {
    let random = SeededRandom::new(seed);
    let random: &dyn Random = &random;
    for _ in 0..6 {
        let Ok(ticket) = world.request_upload().await else { continue };
        let bad = random.below(4) == 0;
        let sent = if bad { vec![b'x'; 2000] } else { file() };
        let Some(etag) = world.send(&ticket, &sent).await else { continue };
        if random.below(2) == 0 {
            let etag = if random.below(5) == 0 { "wrong" } else { &etag };
            let _ = world.complete(&ticket, etag, sent.len()).await;
        }
        if random.below(3) == 0 {
            world.work().await;
        }
    }
}

#[tokio::test]
async fn random_faults_leave_every_id_picture_and_file_consistent() {
    let mut pictures = 0;
    for seed in 0..40 {
        let mut world = World::new(seed).await;
        world.fault_plan.plan(Plan::Fails(SeededRandom::new(seed)));
        join_all((0..4).map(|n| busy(&world, seed * 10 + n))).await;
        world.check(&format!("seed {seed}")).await;
        let gallery = world.gallery().await;
        assert!(gallery.media.len() <= 5 && gallery.active.len() <= 5);
        pictures += gallery.active.len();
    }
    assert!(pictures > 40, "only {pictures} pictures: nearly everything fails");
}
