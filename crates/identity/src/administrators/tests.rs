use selfsame_primitives::UserId;
use selfsame_testbed::Testbed;
use selfsame_testbed::identity::administrators::set_administrator;
use serde_json::json;

#[tokio::test]
async fn becoming_an_administrator_emits_one_event() {
    let bed = Testbed::new();
    let ada = UserId::parse(&bed.register("ada").await.id).unwrap();
    set_administrator(&bed.app.identity, &ada, true).await.unwrap();
    set_administrator(&bed.app.identity, &ada, true).await.unwrap();
    set_administrator(&bed.app.identity, &ada, false).await.unwrap();
    let events = bed.events().await;
    let events: Vec<_> =
        events.iter().map(|event| (event.event_type.as_str(), event.data.clone())).collect();
    let role = |administrator: bool| ("user.role_changed", json!({"administrator": administrator}));
    assert_eq!(events, [role(true), role(false)]);
}

#[tokio::test]
async fn a_missing_user_does_not_become_an_administrator() {
    let bed = Testbed::new();
    assert!(
        set_administrator(&bed.app.identity, &UserId::parse("usr_nobody").unwrap(), true)
            .await
            .is_err()
    );
}
