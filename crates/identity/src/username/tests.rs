use std::time::Duration;

use selfsame_testbed::{Answer, START, Testbed, User};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_hours(24);

async fn change_username(bed: &Testbed, user: &User, name: &str) -> Answer {
    bed.put("/auth/profile/username", &json!({"username": name})).by(user).send().await
}

async fn find(bed: &Testbed, name: &str) -> Answer {
    bed.get(&format!("/v1/profile/by-username/{name}")).send().await
}

/// Signs in anew, since tokens do not last for days.
async fn again(bed: &Testbed, name: &str) -> User {
    let body = json!({"identifier": name, "password": "correct horse battery staple"});
    let data = bed.post("/auth/login", &body).send().await.expect(200).data();
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    User { id: text("/user/userId"), token: text("/accessToken"), data: data.clone() }
}

#[tokio::test]
async fn a_new_username_emits_an_event_and_the_old_one_leads_to_it() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let answer = change_username(&bed, &ada, "new_username").await.expect(200);
    let updated = json!({"username": "new_username", "lastUsernameUpdated": START});
    assert_eq!(
        answer.json(),
        json!({"success": true, "message": "Username updated successfully", "data": updated})
    );
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].event_type.as_str(), &events[0].data),
        (
            "user.username_updated",
            &json!({
                "userId": ada.id, "email": "ada@example.org",
                "oldUsername": "ada", "newUsername": "new_username", "updatedAt": START
            })
        )
    );
    assert_eq!(find(&bed, "new_username").await.expect(200).data()["userId"], ada.id);
    let old = find(&bed, "ADA").await.expect(301);
    assert_eq!(old.header("location"), "/v1/profile/by-username/new_username");
    assert_eq!(old.header("cache-control"), "public, no-cache");
    again(&bed, "new_username").await;
    let login = json!({"identifier": "ada", "password": "correct horse battery staple"});
    bed.post("/auth/login", &login).send().await.problem(401, "invalid_credentials");
    bed.events().await;
}

#[tokio::test]
async fn a_name_changes_once_in_fifteen_days() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    change_username(&bed, &ada, "countess").await.expect(200);
    for (after, text) in [(0, "15 more days"), (3, "12 more days"), (14, "1 more day")] {
        bed.clock.advance(START.plus(DAY * after).since(bed.app.platform.now()));
        let problem = change_username(&bed, &again(&bed, "countess").await, "lovelace")
            .await
            .problem(400, "username_cooldown");
        let expected =
            format!("Username can only be updated once every 15 days. Please wait {text}.");
        assert_eq!((&problem["error"], &problem["success"]), (&json!(expected), &json!(false)));
    }
    bed.clock.advance(DAY);
    change_username(&bed, &again(&bed, "countess").await, "lovelace").await.expect(200);
    let event_types = bed.event_types().await;
    assert_eq!(event_types.iter().filter(|kind| *kind == "user.username_updated").count(), 2);
}

#[tokio::test]
async fn an_old_username_is_reserved_for_thirty_days() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("paul").await, bed.register("eve").await);
    change_username(&bed, &ada, "countess").await.expect(200);
    for name in ["paul", "PAUL", "pau1"] {
        change_username(&bed, &eve, name).await.problem(409, "username_taken");
    }
    find(&bed, "pau1").await.problem(404, "not_found");
    bed.clock.advance(DAY * 30);
    find(&bed, "paul").await.problem(404, "not_found");
    change_username(&bed, &again(&bed, "eve").await, "paul").await.expect(200);
    assert_eq!(find(&bed, "paul").await.expect(200).data()["userId"], eve.id);
    bed.events().await;
}

#[tokio::test]
async fn an_owner_may_take_an_old_name_back_for_good() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    change_username(&bed, &ada, "countess").await.expect(200);
    bed.clock.advance(DAY * 15);
    change_username(&bed, &again(&bed, "countess").await, "ada").await.expect(200);
    bed.clock.advance(DAY * 365);
    assert_eq!(find(&bed, "ada").await.expect(200).data()["userId"], ada.id);
    bed.register("countess").await;
}

#[tokio::test]
async fn a_name_that_shares_a_form_with_the_old_one_is_kept_for_good() {
    let bed = Testbed::new();
    let ada = bed.register("pauI").await;
    change_username(&bed, &ada, "paul").await.expect(200);
    bed.clock.advance(DAY * 31);
    assert_eq!(find(&bed, "paul").await.expect(200).data()["userId"], ada.id);
    let body = json!({"email": "eve@example.org", "username": "pau1", "password": "correct horse battery staple"});
    bed.post("/auth/register", &body).send().await.problem(409, "username_taken");
    bed.events().await;
}

#[tokio::test]
async fn what_is_no_name_and_the_present_name_are_refused() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for name in ["ada", "ab", "a b c", "zoë", "admin", "He1p"] {
        assert_eq!(
            change_username(&bed, &ada, name).await.refused_fields(),
            ["/username"],
            "{name}"
        );
    }
    assert_eq!(bed.event_types().await, Vec::<String>::new());
    change_username(&bed, &ada, "Ada").await.expect(200);
    assert_eq!(find(&bed, "ada").await.expect(200).data()["username"], "Ada");
    assert_eq!(bed.event_types().await, ["user.username_updated"]);
}

#[tokio::test]
async fn a_username_has_one_owner() {
    let bed = Testbed::new();
    let (ada, _) = (bed.register("ada").await, bed.register("eve.example").await);
    for name in ["eve.example", "EVE.EXAMPLE"] {
        let problem = change_username(&bed, &ada, name).await.problem(409, "username_taken");
        assert_eq!(problem["errors"][0]["pointer"], "/username");
    }
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}
