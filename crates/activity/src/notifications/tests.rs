use std::time::Duration;

use selfsame_events::{Changes, DeliveryAttempt, EventPayload, Origin};
use selfsame_primitives::UserId;
use selfsame_testbed::{Answer, Testbed, User};
use serde::Serialize;
use serde_json::{Value, json};

const DAY: Duration = Duration::from_hours(24);
const PASSWORD: &str = "correct horse battery staple";

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Alert {
    kind: &'static str,
    risk: u8,
}

impl EventPayload for Alert {
    const TYPE: &'static str = "security.alert";
    const SUMMARY: &'static str = "Something was noticed.";
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Made {
    media_id: &'static str,
}

impl EventPayload for Made {
    const TYPE: &'static str = "media.ready";
    const SUMMARY: &'static str = "A picture is made.";
}

#[derive(Serialize, schemars::JsonSchema)]
struct Failed {
    reason: &'static str,
}

impl EventPayload for Failed {
    const TYPE: &'static str = "media.failed";
    const SUMMARY: &'static str = "No picture was made.";
}

/// Emits a payload a millisecond later than the one before, so that ids and emission have the same
/// order.
async fn notify<F: EventPayload>(bed: &Testbed, user: &User, payload: F) {
    bed.clock.advance(Duration::from_millis(1));
    let id = UserId::parse(&user.id).unwrap();
    let decide = |_: &_| Ok::<_, selfsame_store::StoreError>((Changes::none().emit(&payload), ()));
    bed.app.platform.journal.change(&id, &[], &Origin::default(), decide).await.unwrap();
    bed.events().await;
}

async fn alert(bed: &Testbed, user: &User, kind: &'static str) {
    notify(bed, user, Alert { kind, risk: 60 }).await;
}

async fn picture(bed: &Testbed, user: &User) {
    notify(bed, user, Made { media_id: "aB3cD4eF" }).await;
}

async fn read(bed: &Testbed, user: &User, query: &str) -> Answer {
    let path = "/v1/account/notifications";
    bed.get(&format!("{path}{query}")).by(user).send().await
}

async fn page(bed: &Testbed, user: &User, query: &str) -> Value {
    read(bed, user, query).await.expect(200).data()
}

/// The kinds on the first page, and the number of unread ones.
async fn kinds(bed: &Testbed, user: &User, query: &str) -> (Vec<String>, u64) {
    let page = page(bed, user, query).await;
    let items = page["items"].as_array().unwrap();
    let kinds = items.iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect();
    (kinds, page["unreadCount"].as_u64().unwrap())
}

async fn sign_in(bed: &Testbed, name: &str) -> User {
    let body = json!({"identifier": name, "password": PASSWORD});
    let data = bed.post("/auth/login", &body).send().await.expect(200).data();
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    User { id: text("/user/userId"), token: text("/accessToken"), data: data.clone() }
}

async fn prefer(bed: &Testbed, user: &User, preferences: &Value) {
    bed.put("/v1/profile/preferences", preferences).by(user).send().await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn a_changed_password_notifies_its_owner_and_no_other_user() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    let body = json!({"currentPassword": PASSWORD, "newPassword": "a bridge of very old and quiet stones"});
    bed.post("/v1/account/password", &body).by(&ada).send().await.expect(200);
    let events = bed.events().await;
    let page = page(&bed, &ada, "").await;
    assert_eq!(
        page,
        json!({
            "items": [{
                "id": events[0].event_id, "kind": "user.password_changed", "class": "security",
                "title": "Your password was changed",
                "body": "If this was not you, look at your activity and choose a new password at once.",
                "createdAt": events[0].occurred_at, "readAt": null, "link": "/account/security"
            }],
            "nextCursor": null, "unreadCount": 1
        })
    );
    assert_eq!(kinds(&bed, &eve, "").await, (vec![], 0));
}

#[tokio::test]
async fn a_new_notification_is_an_event_of_its_own_that_leads_to_no_other() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut stream = bed.get("/v1/account/events").by(&ada).open().await;
    assert!(stream.next().await.is_some());
    alert(&bed, &ada, "token_reuse").await;
    let frames = stream.next().await.unwrap();
    let events: Vec<Value> = frames
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let types: Vec<_> = events.iter().map(|event| event["eventType"].as_str().unwrap()).collect();
    assert_eq!(types, ["security.alert", "notification.created"]);
    let id = &events[0]["eventId"];
    let expected = json!({"userId": ada.id, "notificationId": id, "kind": "security.alert", "class": "security"});
    assert_eq!(events[1]["data"], expected);
    assert_eq!(&page(&bed, &ada, "").await["items"][0]["id"], id);
    assert_eq!(stream.ready(), None);
    let activity =
        bed.get("/v1/account/activity?type=notification").by(&ada).send().await.expect(200);
    assert_eq!(activity.data()["items"], json!([]), "the alert is there by itself");
}

#[tokio::test]
async fn an_event_that_is_delivered_again_notifies_once_also_after_a_deletion() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.clock.advance(Duration::from_millis(1));
    let id = UserId::parse(&ada.id).unwrap();
    let decide = |_: &_| {
        let payload = Alert { kind: "token_reuse", risk: 90 };
        Ok::<_, selfsame_store::StoreError>((Changes::none().emit(&payload), ()))
    };
    bed.app.platform.journal.change(&id, &[], &Origin::default(), decide).await.unwrap();
    let event = bed.events().await.remove(0);
    let handler = bed
        .app
        .event_handlers()
        .into_iter()
        .find(|handler| handler.name() == "notifications")
        .unwrap();
    handler.handle(&event, DeliveryAttempt::ONLY).await.unwrap();
    assert_eq!(kinds(&bed, &ada, "").await, (vec!["security.alert".into()], 1));
    let path = format!("/v1/account/notifications/{}", event.event_id);
    assert_eq!(
        bed.delete(&path).by(&ada).send().await.expect(200).data(),
        json!({"unreadCount": 0})
    );
    handler.handle(&event, DeliveryAttempt::ONLY).await.unwrap();
    assert_eq!(kinds(&bed, &ada, "").await, (vec![], 0));
    bed.delete(&path).by(&ada).send().await.problem(404, "not_found");
    bed.events().await;
}

#[tokio::test]
async fn news_follow_the_preferences_and_security_does_not() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    prefer(&bed, &ada, &json!({"notifications": {"inApp": false}})).await;
    picture(&bed, &ada).await;
    alert(&bed, &ada, "failed_sign_ins").await;
    assert_eq!(kinds(&bed, &ada, "").await, (vec!["security.alert".into()], 1));
    prefer(&bed, &ada, &json!({"notifications": {"inApp": true}})).await;
    picture(&bed, &ada).await;
    assert_eq!(
        kinds(&bed, &ada, "").await,
        (vec!["media.ready".into(), "security.alert".into()], 2)
    );
    let withheld = bed
        .app
        .platform
        .counters
        .readings()
        .find(|reading| reading.metric.name == "notifications_withheld");
    assert_eq!(withheld.unwrap().counts, [1, 0]);
}

#[tokio::test]
async fn an_upload_reported_as_failed_by_its_owner_creates_no_notification() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    notify(&bed, &ada, Failed { reason: "not_uploaded" }).await;
    assert_eq!(kinds(&bed, &ada, "").await, (vec![], 0));
    notify(&bed, &ada, Failed { reason: "unusable" }).await;
    assert_eq!(kinds(&bed, &ada, "").await, (vec!["media.failed".into()], 1));
}

#[tokio::test]
async fn texts_follow_the_language_of_the_reader_and_the_kind_of_alert() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    alert(&bed, &ada, "new_device").await;
    let title = async || page(&bed, &ada, "").await["items"][0]["title"].clone();
    assert_eq!(title().await, "A sign-in on a new device");
    prefer(&bed, &ada, &json!({"language": "de"})).await;
    assert_eq!(title().await, "Anmeldung auf einem neuen Gerät");
    prefer(&bed, &ada, &json!({"language": "ja"})).await;
    assert_eq!(title().await, "新しい端末でサインインがありました");
    alert(&bed, &ada, "unheard_of").await;
    assert_eq!(title().await, "アカウントへの攻撃と思われる動きがありました");
}

#[tokio::test]
async fn reading_one_or_all_counts_exactly() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for _ in 0..4 {
        picture(&bed, &ada).await;
    }
    let all = page(&bed, &ada, "").await;
    let id = |index: usize| all["items"][index]["id"].as_str().unwrap().to_owned();
    let read_one = async || {
        let path = format!("/v1/account/notifications/{}/read", id(1));
        bed.post(&path, &json!({})).by(&ada).send().await.expect(200).data()
    };
    let unread = |count: u64| json!({"unreadCount": count});
    assert_eq!(read_one().await, unread(3));
    bed.clock.advance(Duration::from_secs(9));
    assert_eq!(read_one().await, unread(3));
    let read_at = page(&bed, &ada, "").await["items"][1]["readAt"].clone();
    assert_eq!(read_at, all["items"][0]["createdAt"], "when it was read first");
    assert_eq!(page(&bed, &ada, "?unread=true").await["items"].as_array().unwrap().len(), 3);
    let path = "/v1/account/notifications/read";
    let up_to = bed.post(path, &json!({"upTo": id(2)})).by(&ada).send().await;
    assert_eq!(up_to.expect(200).data(), unread(1));
    assert_eq!(page(&bed, &ada, "?unread=true").await["items"][0]["id"], id(0));
    assert_eq!(bed.post(path, &json!({})).by(&ada).send().await.expect(200).data(), unread(0));
    picture(&bed, &ada).await;
    assert_eq!(kinds(&bed, &ada, "?unread=true").await.1, 1);
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_there_and_what_makes_no_sense_is_refused() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    alert(&bed, &eve, "token_reuse").await;
    let others = page(&bed, &eve, "").await["items"][0]["id"].as_str().unwrap().to_owned();
    for id in ["nothing", "01JD3Z5K8QW4N6R7T9V2X0Y1AB", others.as_str()] {
        let path = format!("/v1/account/notifications/{id}");
        let read = format!("/v1/account/notifications/{id}/read");
        bed.post(&read, &json!({})).by(&ada).send().await.problem(404, "not_found");
        bed.delete(&path).by(&ada).send().await.problem(404, "not_found");
    }
    let cases = [
        ("?limit=0", "?limit"),
        ("?limit=101", "?limit"),
        ("?unread=maybe", "?unread"),
        ("?cursor=AA", "?cursor"),
        ("?type=a", "?type"),
    ];
    for (query, field) in cases {
        assert_eq!(read(&bed, &ada, query).await.refused_fields(), [field], "{query}");
    }
    let all = "/v1/account/notifications/read";
    for (body, field) in [
        (json!({"upTo": "now"}), "/upTo"),
        (json!({"upTo": 7}), "/upTo"),
        (json!({"all": true}), "/all"),
    ] {
        assert_eq!(bed.post(all, &body).by(&ada).send().await.refused_fields(), [field], "{body}");
    }
    assert_eq!(kinds(&bed, &eve, "").await.1, 1);
}

#[tokio::test]
async fn pages_follow_each_other_and_cursors_are_good_for_their_own_list_only() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    for _ in 0..5 {
        picture(&bed, &ada).await;
    }
    let all: Vec<Value> = page(&bed, &ada, "").await["items"].as_array().unwrap().clone();
    let first = read(&bed, &ada, "?limit=2").await.expect(200);
    let cursor = first.data()["nextCursor"].as_str().unwrap().to_owned();
    let link = format!("</v1/account/notifications?limit=2&cursor={cursor}>; rel=\"next\"");
    assert_eq!(first.header("link"), link);
    // Notifications that arrive meanwhile do not shift the page.
    picture(&bed, &ada).await;
    let second = page(&bed, &ada, &format!("?limit=3&cursor={cursor}")).await;
    assert_eq!(second["items"].as_array().unwrap()[..], all[2..]);
    assert_eq!((&second["nextCursor"], &second["unreadCount"]), (&Value::Null, &json!(6)));
    for (user, query) in [(&eve, ""), (&ada, "&unread=true")] {
        let refused = read(&bed, user, &format!("?cursor={cursor}{query}")).await.refused_fields();
        assert_eq!(refused, ["?cursor"], "{query}");
    }
}

#[tokio::test]
async fn notifications_go_after_ninety_days_and_are_not_counted_then() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    alert(&bed, &ada, "token_reuse").await;
    bed.clock.advance(DAY * 60);
    picture(&bed, &ada).await;
    bed.clock.advance(Duration::from_millis(30 * 24 * 3_600_000 - 2));
    let ada = sign_in(&bed, "ada").await;
    assert_eq!(
        kinds(&bed, &ada, "").await,
        (vec!["media.ready".into(), "security.alert".into()], 2)
    );
    bed.clock.advance(Duration::from_millis(1));
    assert_eq!(kinds(&bed, &ada, "").await, (vec!["media.ready".into()], 1));
    bed.clock.advance(DAY * 61);
    let ada = sign_in(&bed, "ada").await;
    assert_eq!(kinds(&bed, &ada, "").await, (vec![], 0));
    bed.events().await;
}

#[tokio::test]
async fn two_hundred_are_stored_and_news_are_removed_first() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    alert(&bed, &ada, "token_reuse").await;
    for _ in 0..205 {
        picture(&bed, &ada).await;
    }
    let (mut query, mut all) = ("?limit=100".to_owned(), Vec::new());
    loop {
        let page = page(&bed, &ada, &query).await;
        assert_eq!(page["unreadCount"], 200);
        all.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        query = format!("?limit=100&cursor={cursor}");
    }
    assert_eq!((all.len(), &all[199]["kind"]), (200, &json!("security.alert")));
}

async fn upload(bed: &Testbed, user: &User, prefer: &str) {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 64, 64);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[90; 64 * 64]).unwrap();
    let head = b"--edge\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a\"\r\n\r\n";
    let body = [head.as_slice(), &png, b"\r\n--edge--\r\n"].concat();
    let call = bed.call("POST", "/v1/profile/avatar").by(user).header("Prefer", prefer);
    let answer = call.body("multipart/form-data; boundary=edge", body).send().await;
    assert!(answer.status < 300, "{}", answer.json());
    bed.events().await;
}

#[tokio::test]
async fn a_picture_processed_later_creates_a_notification_and_one_in_the_response_does_not() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    upload(&bed, &ada, "return=representation").await;
    assert_eq!(kinds(&bed, &ada, "").await, (vec![], 0));
    upload(&bed, &ada, "respond-async").await;
    assert_eq!(kinds(&bed, &ada, "").await, (vec!["profile.avatar_updated".into()], 1));
}
