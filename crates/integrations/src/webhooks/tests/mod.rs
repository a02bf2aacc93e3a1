//! Webhooks through HTTP, with a client that records its deliveries.

mod administrators;
mod changes;
mod lost_claim;
mod recovery;

use std::time::Duration;

use selfsame_events::{backlog, dead_letters};
use selfsame_mail::webhook::{Headers, signing_key, verify};
use selfsame_primitives::{Keys, Secret, UserId};
use selfsame_store::{Query, Store};
use selfsame_testbed::identity::administrators::set_administrator;
use selfsame_testbed::identity::service_tokens::ServiceTokens;
use selfsame_testbed::integrations::webhook_delivery::WebhookError;
use selfsame_testbed::{Answer, ReceivedDelivery, Testbed, User};
use serde_json::{Value, json};

const URL: &str = "https://hooks.example.org/selfsame";
const HOUR: Duration = Duration::from_hours(1);

async fn token(bed: &Testbed, scopes: &[&str]) -> String {
    let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let keys = Keys::from_master(&[42; 32]);
    let tokens =
        ServiceTokens { store: &*bed.store, keys: &keys, random: &*bed.app.platform.random };
    tokens.create("operations", &scopes, bed.app.platform.now()).await.unwrap().0
}

/// A testbed whose webhooks are managed by a service.
struct Scene {
    bed: Testbed,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let bed = Testbed::new();
        let token = token(&bed, &["webhooks:manage"]).await;
        Self { bed, token }
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let call = self.bed.call(method, path).token(&self.token);
        match body {
            Some(body) => call.json(&body).send().await,
            None => call.send().await,
        }
    }

    /// Creates an endpoint; returns its id and its secret.
    async fn made(&self, url: &str, types: &[&str]) -> (String, String) {
        let body = json!({"url": url, "eventTypes": types});
        let data = self.call("POST", "/internal/v1/webhooks", Some(body)).await.expect(201).data();
        (data["id"].as_str().unwrap().to_owned(), data["secret"].as_str().unwrap().to_owned())
    }

    async fn shown(&self, id: &str) -> Value {
        self.call("GET", &format!("/internal/v1/webhooks/{id}"), None).await.expect(200).data()
    }

    async fn deliveries(&self, id: &str, query: &str) -> Value {
        let path = format!("/internal/v1/webhooks/{id}/deliveries");
        self.call("GET", &format!("{path}{query}"), None).await.expect(200).data()
    }

    async fn enabled(&self, id: &str) -> Value {
        self.call("POST", &format!("/internal/v1/webhooks/{id}/enable"), None)
            .await
            .expect(200)
            .data()
    }

    async fn test(&self, id: &str) -> Value {
        self.call("POST", &format!("/internal/v1/webhooks/{id}/test"), None)
            .await
            .expect(200)
            .data()
    }

    /// Changes a user's profile, which is one event.
    async fn change(&self, user: &User, bio: &str) {
        let body = json!({"bio": bio});
        self.bed.put("/v1/profile", &body).by(user).send().await.expect(200);
        self.bed.events().await;
    }

    /// The same, after the token has expired.
    async fn change_again(&self, name: &str, bio: &str) {
        let body = json!({"identifier": name, "password": "correct horse battery staple"});
        let data = self.bed.post("/auth/login", &body).send().await.expect(200).data();
        let token = data["accessToken"].as_str().unwrap();
        self.bed.put("/v1/profile", &json!({"bio": bio})).token(token).send().await.expect(200);
        self.bed.events().await;
    }

    fn posted(&self) -> Vec<ReceivedDelivery> {
        self.bed.hooks.take()
    }
}

fn header<'p>(posted: &'p ReceivedDelivery, name: &str) -> &'p str {
    posted.headers[name].to_str().unwrap()
}

fn body(posted: &ReceivedDelivery) -> Value {
    serde_json::from_slice(&posted.body).unwrap()
}

/// Whether a receiver with `secret` verifies `posted` at `now`.
fn believes(bed: &Testbed, secret: &str, posted: &ReceivedDelivery) -> bool {
    let headers = Headers {
        id: header(posted, "webhook-id"),
        timestamp: header(posted, "webhook-timestamp"),
        signature: header(posted, "webhook-signature"),
    };
    let key = signing_key(&Secret::new(secret)).unwrap();
    verify(&key, headers, &posted.body, bed.app.platform.now()).is_ok()
}

#[tokio::test]
async fn an_event_is_posted_signed_and_in_the_form_of_the_standard() {
    let scene = Scene::new().await;
    let (_, secret) = scene.made(URL, &["profile.updated"]).await;
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let ada = scene.bed.register("ada").await;
    assert!(scene.posted().is_empty(), "other types are not wanted");
    scene.change(&ada, "Notes").await;
    let posted = scene.posted();
    assert_eq!(posted.len(), 1);
    let letter = body(&posted[0]);
    assert_eq!(posted[0].url, URL);
    assert_eq!(header(&posted[0], "content-type"), "application/json");
    assert_eq!(header(&posted[0], "webhook-id"), letter["eventId"]);
    assert_eq!(
        header(&posted[0], "webhook-timestamp"),
        scene.bed.app.platform.now().seconds().to_string()
    );
    assert!(believes(&scene.bed, &secret, &posted[0]));
    assert!(!believes(&scene.bed, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &posted[0]));
    assert_eq!(
        (&letter["type"], &letter["timestamp"]),
        (&letter["eventType"], &letter["occurredAt"])
    );
    assert_eq!(
        (&letter["subject"], &letter["eventType"]),
        (&json!(ada.id), &json!("profile.updated"))
    );
    let keys: Vec<_> = letter.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "type",
            "timestamp",
            "eventId",
            "eventType",
            "occurredAt",
            "subject",
            "sequence",
            "requestId",
            "data"
        ]
    );
}

#[tokio::test]
async fn each_endpoint_gets_what_it_wants_once_and_in_order() {
    let scene = Scene::new().await;
    scene.made("https://a.example.org/", &[]).await;
    scene.made("https://b.example.org/", &["profile.*"]).await;
    let ada = scene.bed.register("ada").await;
    scene.posted();
    for number in 0..5 {
        scene.change(&ada, &format!("Notes {number}")).await;
    }
    let alias = json!({"contextType": "thread", "context": "t1"});
    scene.bed.post("/v1/profile/anonymous-alias", &alias).by(&ada).send().await;
    scene.bed.events().await;
    let posted = scene.posted();
    let sequences = |url: &str| -> Vec<u64> {
        let to = posted.iter().filter(|posted| posted.url == url);
        to.map(|posted| body(posted)["sequence"].as_u64().unwrap()).collect()
    };
    let first = sequences("https://b.example.org/")[0];
    assert_eq!(sequences("https://b.example.org/"), (first..first + 5).collect::<Vec<_>>());
    assert!(sequences("https://a.example.org/").starts_with(&sequences("https://b.example.org/")));
}

#[tokio::test]
async fn a_dead_endpoint_delays_no_other_and_gets_everything_in_order_when_it_is_back() {
    let scene = Scene::new().await;
    let (dead, _) = scene.made("https://dead.example.org/", &["profile.updated"]).await;
    scene.made("https://alive.example.org/", &["profile.updated"]).await;
    scene
        .bed
        .hooks
        .fail("https://dead.example.org/", WebhookError::Broken("connection refused".into()));
    let ada = scene.bed.register("ada").await;
    scene.change(&ada, "One").await;
    scene.change(&ada, "Two").await;
    let posted = scene.posted();
    let to = |url: &str| posted.iter().filter(|posted| posted.url == url).count();
    assert_eq!((to("https://alive.example.org/"), to("https://dead.example.org/")), (2, 1));
    let shown = scene.shown(&dead).await;
    assert_eq!((&shown["enabled"], shown["failingSince"].is_string()), (&json!(true), true));
    let log = scene.deliveries(&dead, "").await;
    assert_eq!(log["items"].as_array().unwrap().len(), 1, "the second event waits for the first");
    let first = &log["items"][0];
    assert_eq!((&first["status"], &first["attempts"]), (&json!("waiting"), &json!(1)));
    assert_eq!(first["error"], "connection refused");
    assert!(first["nextAttemptAt"].as_str() > first["attemptedAt"].as_str());
    scene.bed.hooks.answer("https://dead.example.org/", 200, None);
    scene.bed.clock.advance(Duration::from_secs(2));
    scene.bed.events().await;
    let bios: Vec<_> =
        scene.posted().iter().map(|posted| body(posted)["sequence"].clone()).collect();
    assert_eq!(bios.len(), 2);
    assert!(bios[0].as_u64() < bios[1].as_u64());
    assert_eq!(scene.shown(&dead).await["failingSince"], Value::Null);
    let log = scene.deliveries(&dead, "?status=delivered").await;
    let attempts: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|item| item["attempts"].clone()).collect();
    assert!(
        attempts.len() == 2 && attempts.contains(&json!(2)) && attempts.contains(&json!(1)),
        "{attempts:?}"
    );
    assert_eq!(scene.deliveries(&dead, "?status=waiting").await["items"], json!([]));
}

#[tokio::test]
async fn the_id_of_an_event_stays_and_the_time_of_the_try_does_not() {
    let scene = Scene::new().await;
    let (_, secret) = scene.made(URL, &["profile.updated"]).await;
    scene.bed.hooks.answer(URL, 500, None);
    let ada = scene.bed.register("ada").await;
    scene.change(&ada, "One").await;
    scene.bed.clock.advance(Duration::from_secs(5));
    scene.bed.hooks.answer(URL, 200, None);
    scene.bed.events().await;
    let posted = scene.posted();
    assert_eq!(posted.len(), 2);
    assert_eq!(header(&posted[0], "webhook-id"), header(&posted[1], "webhook-id"));
    assert_ne!(header(&posted[0], "webhook-timestamp"), header(&posted[1], "webhook-timestamp"));
    assert_eq!(posted[0].body, posted[1].body);
    assert!(believes(&scene.bed, &secret, &posted[1]));
}

#[tokio::test]
async fn retry_after_is_heeded_as_seconds_and_as_a_date() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    let ada = scene.bed.register("ada").await;
    scene.bed.hooks.answer(URL, 503, Some("600"));
    scene.change(&ada, "One").await;
    scene.posted();
    scene.bed.clock.advance(Duration::from_secs(599));
    scene.bed.events().await;
    assert!(scene.posted().is_empty());
    // The testbed begins at 2027-01-15T08:00:00Z.
    scene.bed.hooks.answer(URL, 429, Some("Fri, 15 Jan 2027 09:00:00 GMT"));
    scene.bed.clock.advance(Duration::from_secs(1));
    scene.bed.events().await;
    assert_eq!(scene.posted().len(), 1);
    assert_eq!(
        scene.deliveries(&id, "").await["items"][0]["nextAttemptAt"],
        "2027-01-15T09:00:00.000Z"
    );
    scene.bed.hooks.answer(URL, 503, Some("999999999"));
    scene.bed.clock.advance(HOUR);
    scene.bed.events().await;
    // A `Retry-After` of years is not respected.
    scene.bed.hooks.answer(URL, 200, None);
    scene.bed.clock.advance(8 * HOUR);
    scene.bed.events().await;
    assert_eq!(scene.deliveries(&id, "?status=delivered").await["items"][0]["attempts"], 4);
}

#[tokio::test]
async fn gone_disables_at_once_and_what_waits_is_sent_when_it_is_enabled() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    let ada = scene.bed.register("ada").await;
    scene.bed.hooks.answer(URL, 410, None);
    scene.change(&ada, "One").await;
    assert_eq!(scene.posted().len(), 1);
    let shown = scene.shown(&id).await;
    assert_eq!((&shown["enabled"], &shown["disabledReason"]), (&json!(false), &json!("gone")));
    scene.change(&ada, "Two").await;
    scene.bed.clock.advance(9 * HOUR);
    scene.bed.events().await;
    assert!(scene.posted().is_empty(), "nothing is sent to a disabled endpoint");
    scene.bed.hooks.answer(URL, 200, None);
    assert_eq!(scene.enabled(&id).await["enabled"], true);
    scene.bed.events().await;
    assert_eq!(scene.posted().len(), 1);
    scene.change_again("ada", "Three").await;
    assert_eq!(scene.posted().len(), 1);
}

#[tokio::test]
async fn what_would_be_tried_hours_later_is_tried_when_the_endpoint_is_enabled() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    scene.bed.hooks.answer(URL, 500, None);
    let ada = scene.bed.register("ada").await;
    scene.change(&ada, "One").await;
    for _ in 0..30 {
        scene.bed.clock.advance(HOUR);
        scene.bed.events().await;
    }
    scene.posted();
    scene.bed.hooks.answer(URL, 200, None);
    scene.bed.events().await;
    assert!(scene.posted().is_empty(), "its next try is hours away");
    scene.enabled(&id).await;
    scene.bed.events().await;
    assert_eq!(scene.posted().len(), 1);
}

#[tokio::test]
async fn three_days_without_a_success_disable_and_leave_a_dead_letter() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    let ada = scene.bed.register("ada").await;
    scene.bed.hooks.fail(URL, WebhookError::Refused("hooks.example.org leads to 10.0.0.1".into()));
    scene.change(&ada, "One").await;
    let mut hours = 0;
    while scene.shown(&id).await["enabled"] == true {
        scene.bed.clock.advance(HOUR);
        scene.bed.events().await;
        hours += 1;
        assert!(hours < 100, "it is disabled at last");
    }
    assert!(hours >= 72, "but not before three days: {hours} hours");
    assert_eq!(scene.shown(&id).await["disabledReason"], "failing");
    let log = scene.deliveries(&id, "").await;
    let tries = scene.posted().len();
    assert_eq!(log["items"][0]["attempts"], tries);
    assert!((15..=24).contains(&tries), "{tries} tries");
}

#[tokio::test]
async fn a_rotated_secret_and_the_one_before_are_both_signed_with_for_a_day() {
    let scene = Scene::new().await;
    let (id, before) = scene.made(URL, &[]).await;
    let rotated = scene
        .call("POST", &format!("/internal/v1/webhooks/{id}/rotate-secret"), None)
        .await
        .expect(200)
        .data();
    let after = rotated["secret"].as_str().unwrap();
    assert_eq!(rotated["formerSecretUntil"], "2027-01-16T08:00:00.000Z");
    scene.test(&id).await;
    let both = scene.posted().remove(0);
    assert_eq!(header(&both, "webhook-signature").split(' ').count(), 2);
    assert!(believes(&scene.bed, &before, &both) && believes(&scene.bed, after, &both));
    scene.bed.clock.advance(Duration::from_hours(24));
    scene.test(&id).await;
    let one = scene.posted().remove(0);
    assert!(!believes(&scene.bed, &before, &one) && believes(&scene.bed, after, &one));
    assert_eq!(scene.shown(&id).await["formerSecretUntil"], Value::Null);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_sealed() {
    let scene = Scene::new().await;
    let (id, secret) = scene.made(URL, &[]).await;
    let plain = secret.trim_start_matches("whsec_");
    let stored = scene.bed.store.query(&Query::prefix("webhooks", "")).await.unwrap().items;
    assert!(!stored.is_empty());
    assert!(stored.iter().all(|item| !String::from_utf8_lossy(&item.body).contains(plain)));
    for path in ["/internal/v1/webhooks".to_owned(), format!("/internal/v1/webhooks/{id}")] {
        let answer = scene.call("GET", &path, None).await.expect(200);
        assert!(!String::from_utf8_lossy(&answer.bytes).contains(plain));
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("\"secret\""));
    }
}

#[tokio::test]
async fn a_test_has_no_sequence_and_can_not_be_repeated() {
    let scene = Scene::new().await;
    let (id, secret) = scene.made(URL, &["user.registered"]).await;
    let sent = scene.test(&id).await;
    assert_eq!(
        (&sent["status"], &sent["code"], &sent["attempts"]),
        (&json!("delivered"), &json!(204), &json!(1))
    );
    let posted = scene.posted().remove(0);
    assert!(believes(&scene.bed, &secret, &posted));
    let letter = body(&posted);
    assert_eq!(
        (&letter["type"], &letter["subject"], &letter["sequence"]),
        (&json!("webhook.test"), &Value::Null, &Value::Null)
    );
    assert_eq!(letter["data"], json!({"endpointId": id}));
    assert!(scene.bed.events().await.is_empty());
    let event = sent["eventId"].as_str().unwrap();
    let replay = format!("/internal/v1/webhooks/{id}/deliveries/{event}/replay");
    scene.call("POST", &replay, None).await.problem(409, "conflict");
    scene.bed.hooks.answer(URL, 302, None);
    let failed = scene.test(&id).await;
    assert_eq!(
        (&failed["status"], &failed["error"]),
        (&json!("failed"), &json!("answered 302; redirects are not followed"))
    );
}

#[tokio::test]
async fn an_event_is_sent_once_more_by_hand() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    let ada = scene.bed.register("ada").await;
    scene.change(&ada, "One").await;
    let first = scene.posted().remove(0);
    let event = header(&first, "webhook-id").to_owned();
    let replay = |event: &str| format!("/internal/v1/webhooks/{id}/deliveries/{event}/replay");
    let again = scene.call("POST", &replay(&event), None).await.expect(200).data();
    assert_eq!((&again["attempts"], &again["status"]), (&json!(2), &json!("delivered")));
    let second = scene.posted().remove(0);
    assert_eq!((header(&second, "webhook-id"), &second.body), (event.as_str(), &first.body));
    scene.call("POST", &replay("01JD3Z5K8QW4N6R7T9V2X0Y1AB"), None).await.problem(404, "not_found");
    scene.call("POST", &replay("nothing"), None).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_waits_for_a_removed_endpoint_is_discarded() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    scene.bed.hooks.answer(URL, 500, None);
    let ada = scene.bed.register("ada").await;
    scene.change(&ada, "One").await;
    let subscription = format!("webhook.{id}");
    let store: &dyn Store = &*scene.bed.store;
    assert_eq!(backlog(store, &subscription).await.unwrap(), 1);
    scene.call("DELETE", &format!("/internal/v1/webhooks/{id}"), None).await.expect(204);
    scene
        .call("DELETE", &format!("/internal/v1/webhooks/{id}"), None)
        .await
        .problem(404, "not_found");
    scene.bed.events().await;
    scene.bed.events().await;
    assert_eq!(backlog(store, &subscription).await.unwrap(), 0);
    assert!(dead_letters(store, &subscription).await.unwrap().is_empty());
    let stored = scene.bed.store.query(&Query::prefix("webhooks", "")).await.unwrap().items;
    assert!(
        stored.iter().all(|item| !String::from_utf8_lossy(&item.body).contains(&id)),
        "and forgotten"
    );
}

#[tokio::test]
async fn the_log_comes_page_by_page_newest_first_and_ends_after_thirty_days() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    let ada = scene.bed.register("ada").await;
    for number in 0..3 {
        scene.change(&ada, &format!("Notes {number}")).await;
    }
    scene.bed.clock.advance(Duration::from_hours(30));
    scene.change_again("ada", "Later").await;
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = scene.deliveries(&id, &query).await;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["eventId"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted_by(|left, right| left > right), "{seen:?}");
    let path = format!("/internal/v1/webhooks/{id}/deliveries");
    scene.call("GET", &format!("{path}?status=lost"), None).await.problem(400, "invalid_request");
    let foreign = query.replace("limit=2", "limit=2&status=failed");
    scene.call("GET", &format!("{path}{foreign}"), None).await.problem(400, "invalid_request");
    scene.bed.clock.advance(Duration::from_hours(29 * 24));
    assert_eq!(scene.deliveries(&id, "").await["items"].as_array().unwrap().len(), 1);
    scene.bed.clock.advance(Duration::from_hours(2 * 24));
    assert_eq!(scene.deliveries(&id, "").await["items"], json!([]));
}

#[tokio::test]
async fn services_need_the_scope_and_users_must_be_administrators() {
    let bed = Testbed::new();
    let (other, ada) = (token(&bed, &["users:read"]).await, bed.register("ada").await);
    bed.get("/internal/v1/webhooks").token(&other).send().await.problem(403, "forbidden");
    bed.get("/internal/v1/webhooks").by(&ada).send().await.problem(403, "forbidden");
    assert_eq!(
        bed.get("/v1/account").by(&ada).send().await.expect(200).data().get("administrator"),
        None
    );
    set_administrator(&bed.app.identity, &UserId::parse(&ada.id).unwrap(), true).await.unwrap();
    assert_eq!(bed.event_types().await, ["user.role_changed"]);
    let data = bed.get("/internal/v1/webhooks").by(&ada).send().await.expect(200).data();
    assert_eq!(data["items"], json!([]));
    assert!(data["knownTypes"].as_array().unwrap().contains(&json!("profile.updated")));
    assert_eq!(
        bed.get("/v1/account").by(&ada).send().await.expect(200).data()["administrator"],
        true
    );
    let made = bed
        .post("/internal/v1/webhooks", &json!({"url": URL}))
        .by(&ada)
        .send()
        .await
        .expect(201)
        .data();
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    let noted = (events[0].event_type.as_str(), events[0].subject.as_str(), events[0].data.clone());
    assert_eq!(
        noted,
        ("webhook.managed", ada.id.as_str(), json!({"webhookId": made["id"], "act": "created"}))
    );
    set_administrator(&bed.app.identity, &UserId::parse(&ada.id).unwrap(), false).await.unwrap();
    bed.get("/internal/v1/webhooks").by(&ada).send().await.problem(403, "forbidden");
    bed.events().await;
}

#[tokio::test]
async fn administrators_reauthenticate_before_they_change_endpoints() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    set_administrator(&bed.app.identity, &UserId::parse(&ada.id).unwrap(), true).await.unwrap();
    let id = bed
        .post("/internal/v1/webhooks", &json!({"url": URL}))
        .by(&ada)
        .send()
        .await
        .expect(201)
        .data()["id"]
        .clone();
    let id = id.as_str().unwrap();
    bed.clock.advance(Duration::from_mins(11));
    let path = format!("/internal/v1/webhooks/{id}");
    let refused = |answer: Answer| drop(answer.problem(403, "reauthentication_required"));
    refused(bed.post("/internal/v1/webhooks", &json!({"url": URL})).by(&ada).send().await);
    refused(bed.patch(&path, &json!({"url": URL})).by(&ada).send().await);
    refused(bed.delete(&path).by(&ada).send().await);
    refused(bed.call("POST", &format!("{path}/rotate-secret")).by(&ada).send().await);
    bed.get(&path).by(&ada).send().await.expect(200);
    refused(bed.call("POST", &format!("{path}/enable")).by(&ada).send().await);
    let span = json!({"since": "2027-01-15T08:00:00.000Z"});
    refused(bed.post(&format!("{path}/replay"), &span).by(&ada).send().await);
    bed.call("POST", &format!("{path}/test")).by(&ada).send().await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn what_happens_is_counted() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &[]).await;
    scene.test(&id).await;
    scene.bed.hooks.answer(URL, 500, None);
    scene.test(&id).await;
    scene.bed.hooks.fail(URL, WebhookError::Slow("no answer within 15s".into()));
    scene.test(&id).await;
    scene.bed.hooks.answer(URL, 410, None);
    scene.test(&id).await;
    let counts = |name: &str| {
        let reading = scene
            .bed
            .app
            .platform
            .counters
            .readings()
            .find(|reading| reading.metric.name == name)
            .unwrap();
        reading.counts
    };
    assert_eq!(counts("webhook_deliveries"), [1, 1, 1, 0, 1, 0]);
    assert_eq!(counts("webhook_delivery_duration_seconds").iter().sum::<u64>(), 4);
    assert_eq!(counts("webhook_endpoints_disabled"), [0, 1, 0]);
}
