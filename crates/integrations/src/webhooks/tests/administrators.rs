//! Administrators who have lost their right, and the records of their acts.

use std::sync::Arc;

use selfsame_events::{Changes, Origin, Status};
use selfsame_primitives::UserId;
use selfsame_store::{Faults, FaultyStore, Item, MemoryStore, Query, Store as _, StoreError};
use selfsame_testbed::identity::administrators::set_administrator;
use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use super::URL;

/// Every act that changes a webhook: method, path suffix and body.
fn acts() -> [(&'static str, &'static str, Value); 4] {
    let nothing = || json!({});
    [
        ("PATCH", "", json!({"description": "Search"})),
        ("POST", "/rotate-secret", nothing()),
        ("POST", "/enable", nothing()),
        ("DELETE", "", nothing()),
    ]
}

/// An administrator, and the path of a disabled webhook.
async fn administrator() -> (Testbed, User, String) {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    set_administrator(&bed.app.identity, &UserId::parse(&ada.id).unwrap(), true).await.unwrap();
    let input = json!({"url": URL, "enabled": false});
    let made = bed.post("/internal/v1/webhooks", &input).by(&ada).send().await.expect(201).data();
    bed.events().await;
    (bed, ada, format!("/internal/v1/webhooks/{}", made["id"].as_str().unwrap()))
}

async fn act(
    bed: &Testbed,
    by: &User,
    path: &str,
    (method, behind, body): &(&str, &str, Value),
) -> Answer {
    bed.call(method, &format!("{path}{behind}")).by(by).json(body).send().await
}

async fn stored(bed: &Testbed) -> Vec<Item> {
    bed.store.query(&Query::prefix("webhooks", "")).await.unwrap().items
}

#[tokio::test]
async fn an_administrator_suspended_elsewhere_creates_and_changes_no_webhook() {
    let (bed, ada, path) = administrator().await;
    let elsewhere = bed.again(Arc::clone(&bed.store) as _, 1000);
    let user = UserId::parse(&ada.id).unwrap();
    let suspend = |_: &_| Ok::<_, StoreError>((Changes::none().status(Status::Suspended), ()));
    elsewhere.app.platform.journal.change(&user, &[], &Origin::default(), suspend).await.unwrap();
    bed.get("/v1/account").by(&ada).send().await.expect(200);
    let before = stored(&bed).await;
    let input = json!({"url": "https://another.example.org/"});
    bed.post("/internal/v1/webhooks", &input).by(&ada).send().await.problem(403, "forbidden");
    for input in acts() {
        act(&bed, &ada, &path, &input).await.problem(403, "forbidden");
    }
    bed.call("POST", &format!("{path}/test")).by(&ada).send().await.problem(403, "forbidden");
    assert_eq!(stored(&bed).await, before);
    assert!(bed.hooks.take().is_empty());
    assert!(bed.events().await.is_empty());
}

#[tokio::test]
async fn wherever_a_crash_comes_nothing_was_changed_of_which_nothing_is_written() {
    for input in acts() {
        let (mut crashes, mut changes) = (0, 0);
        for step in 0..64 {
            let (bed, ada, path) = administrator().await;
            let before = stored(&bed).await;
            let store =
                FaultyStore::<MemoryStore>::new(Arc::clone(&bed.store), 1, Faults::default());
            let store = Arc::new(store);
            let dying = bed.again(Arc::clone(&store) as _, 1000);
            store.restart();
            store.crash_at(step);
            act(&dying, &ada, &path, &input).await;
            let is_cut = store.is_crashed();
            store.restart();
            let emitted = bed.event_types().await;
            if stored(&bed).await != before {
                changes += 1;
                assert!(
                    emitted.contains(&"webhook.managed".to_owned()),
                    "{input:?}, step {step}: {emitted:?}"
                );
            }
            if !is_cut {
                break;
            }
            crashes += 1;
        }
        assert!(
            (3..64).contains(&crashes),
            "{input:?}: {crashes} crashes, so it was not cut everywhere"
        );
        assert!(changes > 0, "{input:?} changes something");
    }
}
