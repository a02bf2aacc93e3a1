//! The stored items after a crash while an alias is created.

use std::sync::Arc;

use selfsame_events::Head;
use selfsame_store::{Faults, FaultyStore, Guard, Maintenance as _, MemoryStore, Write};
use selfsame_web::Client;

use super::super::place::AliasContext;
use super::super::rule::AliasCommand;
use super::super::{list, operation, resolve};
use super::*;
use crate::testing::profiles;
use selfsame_identity::authentication::SignedIn;
use selfsame_testbed::app::App;

/// The application of `scene` on a store with injected faults.
fn faulty(scene: &AliasScene, faults: Faults) -> (Arc<App>, Arc<FaultyStore<MemoryStore>>) {
    let store = FaultyStore::<MemoryStore>::new(Arc::clone(&scene.bench.store), 1, faults);
    let store = Arc::new(store);
    let app = scene.bench.on_another(Arc::clone(&store) as _, 77);
    (app, store)
}

async fn caller(app: &App, person: &Person) -> SignedIn {
    let client = Client { request_id: "r".into(), ip: [203, 0, 113, 7].into(), device: None };
    let person = app.users.cache.get(&person.user).await.unwrap().unwrap();
    SignedIn::visiting(person, app.platform.now(), client)
}

#[tokio::test]
async fn after_a_crash_at_any_step_there_is_one_alias_and_every_owner_is_found() {
    let mut crashes = 0;
    for step in 0..32 {
        let scene = AliasScene::new();
        let ada = scene.person("ada").await;
        let (app, store) = faulty(&scene, Faults::default());
        let caller = caller(&app, &ada).await;
        let alias_context = AliasContext::parse('/', "room", "chat_room", None).unwrap();
        store.restart();
        store.crash_at(step);
        let first = operation::current_or_new(&profiles(&app), &caller, &alias_context).await;
        crashes += u32::from(store.is_crashed());
        store.restart();
        let second =
            operation::current_or_new(&profiles(&app), &caller, &alias_context).await.unwrap();
        if let Ok(first) = first {
            assert_eq!(first.id, second.id, "step {step}");
        }
        let (active, _) = list::active(&profiles(&app), &ada.user, None, 100, None).await.unwrap();
        assert_eq!(active.len(), 1, "step {step}");
        let emitted = scene.bench.told(&ada.user).await;
        assert_eq!(
            emitted.iter().filter(|kind| *kind == "alias.created").count(),
            1,
            "step {step}"
        );
        let holders = scene.bench.store.scan("alias/", None).await.unwrap().items;
        let names = scene.bench.store.scan("alias-name/", None).await.unwrap().items;
        assert!((1..=2).contains(&holders.len()) && names.len() == holders.len(), "step {step}");
        assert!(holders.iter().all(|item| resolve(&profiles(&app), item).unwrap() == ada.user));
    }
    assert!((5..32).contains(&crashes), "{crashes} crashes: the scenario was not cut everywhere");
}

#[tokio::test]
async fn nothing_is_written_for_an_erased_user() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let (app, _) = faulty(&scene, Faults::default());
    let caller = caller(&app, &ada).await;
    let delete = Write::delete(Head::key(&ada.user), Guard::Any);
    app.platform.journal.commit(vec![delete]).await.unwrap();
    let alias_context = AliasContext::parse('/', "room", "chat_room", None).unwrap();
    operation::create(&profiles(&app), &caller, &alias_context, AliasCommand::Other)
        .await
        .unwrap_err();
    let remaining = scene.bench.store.scan("alias", None).await.unwrap();
    assert_eq!(remaining.items, []);
}

#[tokio::test]
async fn a_caller_who_disconnects_has_an_alias_all_the_same() {
    let scene = AliasScene::new();
    let ada = scene.person("ada").await;
    let (app, _) = faulty(&scene, Faults { interleave: 1000, ..Faults::default() });
    let caller = caller(&app, &ada).await;
    let alias_context = AliasContext::parse('/', "room", "chat_room", None).unwrap();
    let profiles = profiles(&app);
    tokio::select! {
        biased;
        _ = operation::create(&profiles, &caller, &alias_context, AliasCommand::Any) => panic!("there was no time for that"),
        () = std::future::ready(()) => {}
    }
    let mut turns = 0;
    while scene.bench.told(&ada.user).await.last().is_none_or(|kind| kind != "alias.created") {
        turns += 1;
        assert!(turns < 1000, "the alias is never put on");
        tokio::task::yield_now().await;
    }
    let names = scene.bench.store.scan("alias-name/", None).await.unwrap();
    assert_eq!(names.items.len(), 1);
}
