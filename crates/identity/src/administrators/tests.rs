use selfsame_primitives::UserId;
use selfsame_testbed::Testbed;
use selfsame_testbed::identity::administrators::set_administrator;
use serde_json::json;

#[tokio::test]
async fn being_made_an_administrator_is_told_once() {
    let bed = Testbed::new();
    let ada = UserId::parse(&bed.register("ada").await.id).unwrap();
    set_administrator(&bed.app.identity, &ada, true).await.unwrap();
    set_administrator(&bed.app.identity, &ada, true).await.unwrap();
    set_administrator(&bed.app.identity, &ada, false).await.unwrap();
    let events = bed.events().await;
    let told: Vec<_> =
        events.iter().map(|event| (event.event_type.as_str(), event.data.clone())).collect();
    let role = |administrator: bool| ("user.role_changed", json!({"administrator": administrator}));
    assert_eq!(told, [role(true), role(false)]);
}

#[tokio::test]
async fn nobody_is_made_an_administrator_who_is_not_there() {
    let bed = Testbed::new();
    assert!(
        set_administrator(&bed.app.identity, &UserId::parse("usr_nobody").unwrap(), true)
            .await
            .is_err()
    );
}
