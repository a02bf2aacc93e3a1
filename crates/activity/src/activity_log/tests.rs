use std::time::Duration;

use selfsame_events::{Changes, Entry, Head, Origin};
use selfsame_primitives::UserId;
use selfsame_store::{Commit, CommitToken, Guard, Store as _, Write, decode};
use selfsame_testbed::{Answer, START, Testbed, User};
use serde_json::{Map, Value, json};

use super::ActivityRecorded;

const DAY: Duration = Duration::from_hours(24);
const PASSWORD: &str = "correct horse battery staple";

async fn read(bed: &Testbed, user: &User, query: &str) -> Answer {
    bed.get(&format!("/v1/account/activity{query}")).by(user).send().await
}

async fn page(bed: &Testbed, user: &User, query: &str) -> Value {
    read(bed, user, query).await.expect(200).data()
}

fn all<'p>(page: &'p Value, pointer: &str) -> Vec<&'p str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default())
        .collect()
}

async fn add(bed: &Testbed, user: &User, body: &Value) -> Answer {
    bed.post("/v1/account/activity", body).by(user).send().await
}

async fn sign_in(bed: &Testbed, name: &str, device: &str) -> User {
    let body = json!({"identifier": name, "password": PASSWORD, "deviceName": device});
    let data = bed.post("/auth/login", &body).send().await.expect(200).data();
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    User { id: text("/user/userId"), token: text("/accessToken"), data: data.clone() }
}

async fn report(bed: &Testbed, user: &User, id: &str) -> Answer {
    bed.post(&format!("/v1/account/activity/{id}/disown"), &json!({})).by(user).send().await
}

/// The id of the newest entry of a type.
async fn newest(bed: &Testbed, user: &User, kind: &str) -> String {
    let page = page(bed, user, &format!("?type={kind}&limit=1")).await;
    page["items"][0]["id"].as_str().unwrap_or_else(|| panic!("no {kind} in {page}")).to_owned()
}

/// Writes entries without a request each: enough that a page of them is full.
async fn fill(bed: &Testbed, user: &User, kinds: &[&str]) {
    let id = UserId::parse(&user.id).unwrap();
    let emitted = |kind: &&str| ActivityRecorded {
        user_id: id.clone(),
        kind: (*kind).to_owned(),
        summary: None,
        data: Map::new(),
        service: Some("shop".into()),
    };
    for some in kinds.chunks(90) {
        let decide = |_: &_| {
            let changes = some
                .iter()
                .map(emitted)
                .fold(Changes::none(), |changes, payload| changes.emit(&payload));
            Ok::<_, selfsame_store::StoreError>((changes, ()))
        };
        bed.app.platform.journal.change(&id, &[], &Origin::default(), decide).await.unwrap();
    }
    bed.events().await;
}

#[tokio::test]
async fn entries_are_listed_the_newest_first_with_their_origin() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    bed.clock.advance(Duration::from_secs(5));
    let call = bed.put("/auth/profile/username", &json!({"username": "countess"})).by(&ada);
    let device = "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0";
    call.header("user-agent", device).header("x-request-id", "req-1").send().await.expect(200);
    let emitted = bed.events().await;
    let page = page(&bed, &ada, "").await;
    assert_eq!(
        all(&page, "/type"),
        ["user.username_updated", "session.created", "user.registered"]
    );
    let session = page["items"][1]["session"].clone();
    assert_eq!(
        page["items"][0],
        json!({
            "id": emitted[0].event_id, "type": "user.username_updated", "occurredAt": START.plus(Duration::from_secs(5)),
            "summary": "Username changed to countess", "ip": "127.0.0.1", "device": device, "session": session,
            "current": true, "requestId": "req-1", "source": "account"
        })
    );
    assert_eq!(page["nextCursor"], Value::Null);
    let (others, new_session) =
        (read(&bed, &eve, "").await.expect(200).data(), sign_in(&bed, "countess", "Laptop").await);
    assert_eq!(all(&others, "/type"), ["session.created", "user.registered"]);
    let entry = &self::page(&bed, &ada, "?limit=1").await["items"][0];
    assert_eq!((&entry["type"], &entry["current"]), (&json!("session.created"), &json!(false)));
    assert_eq!(self::page(&bed, &new_session, "?limit=1").await["items"][0]["current"], true);
    bed.events().await;
}

#[tokio::test]
async fn a_page_ends_where_the_next_begins_and_cursors_are_good_for_their_own_list_only() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    let kinds: Vec<String> = (0..7).map(|number| format!("shop.thing_{number}")).collect();
    fill(&bed, &ada, &kinds.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (mut seen, mut query) = (Vec::new(), "?type=shop&limit=3".to_owned());
    for length in [3, 3, 1] {
        let answer = read(&bed, &ada, &query).await.expect(200);
        let page = answer.data();
        assert_eq!(page["items"].as_array().unwrap().len(), length);
        seen.extend(all(&page, "/type").into_iter().map(str::to_owned));
        if let Some(cursor) = page["nextCursor"].as_str() {
            assert_eq!(
                answer.header("link"),
                format!("</v1/account/activity?type=shop&limit=3&cursor={cursor}>; rel=\"next\"")
            );
            query = format!("?type=shop&limit=3&cursor={cursor}");
        }
    }
    assert_eq!(seen, kinds.iter().rev().cloned().collect::<Vec<_>>());
    let cursor = query.rsplit('=').next().unwrap();
    for (user, query) in [
        (&eve, query.clone()),
        (&ada, format!("?type=user&limit=3&cursor={cursor}")),
        (&ada, "?cursor=AAAA".into()),
    ] {
        assert_eq!(read(&bed, user, &query).await.refused_fields(), ["?cursor"], "{query}");
    }
}

#[tokio::test]
async fn types_groups_and_times_choose() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for (hour, kind) in [(1, "order.placed"), (2, "order.sent"), (3, "parcel.lost")] {
        bed.clock.advance(START.plus(Duration::from_hours(hour)).since(bed.app.platform.now()));
        fill(&bed, &ada, &[kind]).await;
    }
    let ada = sign_in(&bed, "ada", "Laptop").await;
    let hour = |hour: u64| START.plus(Duration::from_hours(hour));
    let cases = [
        ("?type=order".to_owned(), vec!["order.sent", "order.placed"]),
        ("?type=order.*,parcel.lost".into(), vec!["parcel.lost", "order.sent", "order.placed"]),
        ("?type=order.sent".into(), vec!["order.sent"]),
        ("?type=orde".into(), vec![]),
        ("?type=activity".into(), vec!["parcel.lost", "order.sent", "order.placed"]),
        (format!("?from={}&type=order,parcel", hour(2)), vec!["parcel.lost", "order.sent"]),
        (format!("?to={}&type=order,parcel", hour(2)), vec!["order.sent", "order.placed"]),
        (format!("?from={}&to={}", hour(2), hour(2)), vec!["order.sent"]),
        (format!("?to={}", hour(0)), vec!["session.created", "user.registered"]),
        (format!("?from={}", hour(4)), vec![]),
        ("?to=2020-01-01T00:00:00Z".into(), vec![]),
    ];
    for (query, expected) in cases {
        let page = page(&bed, &ada, &query).await;
        assert_eq!(all(&page, "/type"), expected, "{query}");
        assert_eq!(page["nextCursor"], Value::Null, "{query}");
    }
    bed.events().await;
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused_by_name() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let many = format!("?type={}", ["user"; 11].join(","));
    let cases = [
        ("?limit=0", "?limit"),
        ("?limit=101", "?limit"),
        ("?limit=many", "?limit"),
        ("?type=", "?type"),
        ("?type=User", "?type"),
        ("?type=*", "?type"),
        (&many, "?type"),
        ("?from=yesterday", "?from"),
        ("?to=2026-13-01T00:00:00Z", "?to"),
        ("?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "?from"),
        ("?kind=user", "?kind"),
        ("?type=user&type=media", "?type"),
    ];
    for (query, field) in cases {
        assert_eq!(read(&bed, &ada, query).await.refused_fields(), [field], "{query}");
    }
}

#[tokio::test]
async fn a_rare_type_costs_five_hundred_entries_a_request_and_is_found_by_going_on() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut kinds = vec!["needle.here"];
    kinds.extend(std::iter::repeat_n("hay.straw", 1200));
    fill(&bed, &ada, &kinds).await;
    let (mut query, mut lengths) = ("?type=needle".to_owned(), Vec::new());
    loop {
        let page = page(&bed, &ada, &query).await;
        lengths.push(page["items"].as_array().unwrap().len());
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        query = format!("?type=needle&cursor={cursor}");
    }
    assert_eq!(lengths, [0, 0, 1]);
    let reading = bed
        .app
        .platform
        .counters
        .readings()
        .find(|reading| reading.metric.name == "activity_entries_read")
        .unwrap();
    assert_eq!((reading.sum, reading.counts.iter().sum::<u64>()), (1203, 3));
    let straw = page(&bed, &ada, "?type=hay&limit=100").await;
    assert_eq!(straw["items"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn entries_go_when_their_time_is_over_and_times_are_found_among_gaps() {
    let bed = Testbed::with(|settings| settings.activity_retention = DAY * 10);
    bed.register("ada").await;
    for day in 1..=12 {
        bed.clock.advance(START.plus(DAY * day).since(bed.app.platform.now()));
        let ada = sign_in(&bed, "ada", "Laptop").await;
        fill(&bed, &ada, &["day.begun"]).await;
    }
    let ada = sign_in(&bed, "ada", "Laptop").await;
    let days = page(&bed, &ada, "?type=day&limit=100").await;
    assert_eq!(days["items"].as_array().unwrap().len(), 10, "those of the third day on");
    let until = START.plus(DAY * 5);
    let early = page(&bed, &ada, &format!("?type=day&to={until}")).await;
    assert_eq!(all(&early, "/occurredAt"), [5, 4, 3].map(|day| START.plus(DAY * day).to_string()));
    let gone = page(&bed, &ada, &format!("?to={}", START.plus(DAY))).await;
    assert_eq!(gone, json!({"items": [], "nextCursor": null}));
    bed.events().await;
}

/// Nested lists.
fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
}

#[tokio::test]
async fn data_that_could_not_be_parsed_again_are_refused_and_store_nothing() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let body = |levels| json!({"type": "order.placed", "data": {"deep": nested(levels)}});
    for levels in [32, 100, 120] {
        assert_eq!(add(&bed, &ada, &body(levels)).await.refused_fields(), ["/data"], "{levels}");
    }
    add(&bed, &ada, &body(31)).await.expect(201);
    let orders = page(&bed, &ada, "?type=order").await;
    assert_eq!(orders["items"].as_array().unwrap().len(), 1);
    assert_eq!(orders["items"][0]["data"]["deep"], nested(31));
    bed.events().await;
}

#[tokio::test]
async fn an_entry_that_can_not_be_read_hides_no_other() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    fill(&bed, &ada, &["order.placed", "order.sent", "order.lost"]).await;
    let id = UserId::parse(&ada.id).unwrap();
    let head = bed.store.get(&Head::key(&id)).await.unwrap().unwrap();
    let newest = decode::<Head>(&head.body).unwrap().sequence;
    let deep = format!("entry/1\n{{\"data\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let queries = [
        "?type=order".to_owned(),
        format!("?type=order&to={}", bed.app.platform.now()),
        format!("?type=order&from={START}&to={}", bed.app.platform.now()),
    ];
    for (damaged, left) in [
        (newest - 1, vec!["order.lost", "order.placed"]),
        (newest, vec!["order.placed"]),
        (newest - 2, vec![]),
    ] {
        let write = Write::put(Entry::key(&id, damaged), Guard::Any, deep.clone());
        let token = CommitToken::generate(&*bed.app.platform.random);
        bed.store.commit(Commit { token, writes: vec![write] }).await.unwrap();
        for query in &queries {
            let page = page(&bed, &ada, query).await;
            assert_eq!(
                (all(&page, "/type"), &page["nextCursor"]),
                (left.clone(), &Value::Null),
                "{query}"
            );
        }
    }
}

#[tokio::test]
async fn an_address_is_whole_for_thirty_days_and_its_network_then() {
    let bed = Testbed::new();
    bed.register("ada").await;
    bed.clock.advance(Duration::from_millis(30 * 24 * 3_600_000 - 1));
    let ada = sign_in(&bed, "ada", "Laptop").await;
    assert_eq!(page(&bed, &ada, "?type=user.registered").await["items"][0]["ip"], "127.0.0.1");
    bed.clock.advance(Duration::from_millis(1));
    assert_eq!(page(&bed, &ada, "?type=user.registered").await["items"][0]["ip"], "127.0.0.0");
    assert_eq!(page(&bed, &ada, "?type=session&limit=1").await["items"][0]["ip"], "127.0.0.1");
    bed.events().await;
}

#[tokio::test]
async fn summaries_are_in_the_persons_language() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for (language, expected) in [
        ("de", "Angemeldet"),
        ("es", "Inicio de sesión"),
        ("fr", "Connexion"),
        ("ja", "サインインしました"),
    ] {
        bed.put("/v1/profile/preferences", &json!({"language": language}))
            .by(&ada)
            .send()
            .await
            .expect(200);
        let page = page(&bed, &ada, "?type=session").await;
        assert_eq!(all(&page, "/summary"), [expected]);
    }
    bed.events().await;
}

#[tokio::test]
async fn clients_add_activity_of_their_own_kinds() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let body =
        json!({"type": "order.placed", "summary": " Two notebooks ", "data": {"orderId": "4711"}});
    let made = add(&bed, &ada, &body).await.expect(201);
    assert!(
        made.header("ratelimit").starts_with("\"activity\";r=59"),
        "{}",
        made.header("ratelimit")
    );
    let item = made.data();
    assert_eq!(
        (&item["type"], &item["summary"], &item["data"], &item["source"], &item["current"]),
        (
            &json!("order.placed"),
            &json!("Two notebooks"),
            &json!({"orderId": "4711"}),
            &json!("client"),
            &json!(true)
        )
    );
    assert_eq!(page(&bed, &ada, "?type=order").await["items"], json!([item]));
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].event_type.as_str(), &json!(events[0].event_id)),
        ("activity.recorded", &item["id"])
    );
    assert_eq!(
        events[0].data,
        json!({"userId": ada.id, "kind": "order.placed", "summary": "Two notebooks", "data": {"orderId": "4711"}})
    );
    let bare = add(&bed, &ada, &json!({"type": "a"})).await.expect(201).data();
    assert_eq!((&bare["summary"], bare.get("data")), (&json!("a"), None));
    bed.events().await;
    fill(&bed, &ada, &["parcel.sent"]).await;
    let parcel = page(&bed, &ada, "?type=parcel").await["items"][0].clone();
    assert_eq!(
        (&parcel["source"], &parcel["service"], &parcel["ip"]),
        (&json!("service"), &json!("shop"), &Value::Null)
    );
}

#[tokio::test]
async fn additions_of_another_form_are_refused_by_name_and_emit_nothing() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (long, data) = ("a".repeat(65), json!({"text": "x".repeat(4096)}));
    let cases = [
        (json!({}), "/type"),
        (json!({"type": 7}), "/type"),
        (json!({"type": ""}), "/type"),
        (json!({"type": "Order.placed"}), "/type"),
        (json!({"type": "order..placed"}), "/type"),
        (json!({"type": "order placed"}), "/type"),
        (json!({"type": "bestellung.größe"}), "/type"),
        (json!({"type": long}), "/type"),
        (json!({"type": "session.created"}), "/type"),
        (json!({"type": "user"}), "/type"),
        (json!({"type": "security.alert.false"}), "/type"),
        (json!({"type": "a.b", "summary": ""}), "/summary"),
        (json!({"type": "a.b", "summary": "x".repeat(201)}), "/summary"),
        (json!({"type": "a.b", "summary": "two\nlines"}), "/summary"),
        (json!({"type": "a.b", "data": []}), "/data"),
        (json!({"type": "a.b", "data": data}), "/data"),
        (json!({"type": "a.b", "service": "shop"}), "/service"),
    ];
    for (body, field) in cases {
        assert_eq!(add(&bed, &ada, &body).await.refused_fields(), [field], "{body}");
    }
    let wrong = json!({"summary": "", "data": {"text": "x".repeat(4096)}});
    assert_eq!(add(&bed, &ada, &wrong).await.refused_fields(), ["/type", "/summary", "/data"]);
    let wrong = json!({"type": "user.deleted", "summary": "", "colour": 1});
    assert_eq!(add(&bed, &ada, &wrong).await.refused_fields(), ["/colour", "/type", "/summary"]);
    let huge = json!({"type": "a.b", "data": {"text": "x".repeat(9000)}});
    add(&bed, &ada, &huge).await.problem(413, "payload_too_large");
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn additions_are_sixty_a_minute_and_a_thousand_a_day() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let body = json!({"type": "page.seen"});
    for _ in 0..60 {
        add(&bed, &ada, &body).await.expect(201);
    }
    add(&bed, &ada, &body).await.problem(429, "rate_limited");
    let eve = bed.register("eve").await;
    add(&bed, &eve, &body).await.expect(201);
    let mut ada = ada;
    for _ in 0..15 {
        bed.clock.advance(Duration::from_mins(1));
        ada = sign_in(&bed, "ada", "Laptop").await;
        for _ in 0..60 {
            add(&bed, &ada, &body).await.expect(201);
        }
    }
    bed.clock.advance(Duration::from_mins(1));
    let mut emitted = 0;
    while add(&bed, &ada, &body).await.status == 201 {
        emitted += 1;
    }
    // The daily limit of a thousand refills evenly: about eleven in these sixteen minutes.
    assert_eq!(emitted, 1000 - 960 + 11);
    bed.events().await;
}

#[tokio::test]
async fn a_repeated_addition_with_its_key_is_one() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let body = json!({"type": "order.placed"});
    let send = async || {
        let call = bed
            .post("/v1/account/activity", &body)
            .by(&ada)
            .header("idempotency-key", "order-4711");
        call.send().await.expect(201).data()
    };
    assert_eq!(send().await, send().await);
    assert_eq!(page(&bed, &ada, "?type=order").await["items"].as_array().unwrap().len(), 1);
    bed.events().await;
}

#[tokio::test]
async fn a_reported_sign_in_ends_at_once() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.clock.advance(Duration::from_mins(11));
    let thief = sign_in(&bed, "ada", "Laptop").await;
    bed.events().await;
    let entry = newest(&bed, &ada, "session.created").await;
    let answer = report(&bed, &ada, &entry).await.expect(200).data();
    let steps = json!(["change_password", "end_other_sessions"]);
    assert_eq!(answer, json!({"sessionEnded": true, "undone": false, "nextSteps": steps}));
    read(&bed, &thief, "").await.problem(401, "unauthenticated");
    read(&bed, &ada, "").await.expect(200);
    let events = bed.events().await;
    let emitted: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(emitted, ["activity.disowned", "session.ended"]);
    assert_eq!(
        events[0].data,
        json!({"userId": ada.id, "eventId": entry, "disownedType": "session.created"})
    );
    let again = report(&bed, &ada, &entry).await.expect(200).data();
    assert_eq!(again["sessionEnded"], false);
    bed.events().await;
}

#[tokio::test]
async fn reporting_a_change_ends_its_session_and_not_the_callers() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let thief = sign_in(&bed, "ada", "Laptop").await;
    bed.put("/v1/profile", &json!({"bio": "gone"})).by(&thief).send().await.expect(200);
    let entry = newest(&bed, &ada, "profile.updated").await;
    assert_eq!(report(&bed, &ada, &entry).await.expect(200).data()["sessionEnded"], true);
    read(&bed, &thief, "").await.problem(401, "unauthenticated");
    bed.put("/v1/profile", &json!({"bio": "mine"})).by(&ada).send().await.expect(200);
    let own = newest(&bed, &ada, "profile.updated").await;
    assert_eq!(report(&bed, &ada, &own).await.expect(200).data()["sessionEnded"], false);
    read(&bed, &ada, "").await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn entries_that_are_not_there_or_not_ones_own_can_not_be_disowned() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    let entry = newest(&bed, &ada, "session.created").await;
    report(&bed, &eve, &entry).await.problem(404, "not_found");
    for id in [
        "nonsense",
        "01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        &entry.to_lowercase(),
    ] {
        report(&bed, &ada, id).await.problem(404, "not_found");
    }
    assert_eq!(bed.event_types().await, Vec::<String>::new());
    read(&bed, &ada, "").await.expect(200);
}

async fn change_password(bed: &Testbed, user: &User, current: &str, new: &str) {
    let body = json!({"currentPassword": current, "newPassword": new});
    bed.post("/v1/account/password", &body).by(user).send().await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn an_unrecognised_new_password_is_undone_after_reauthentication() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    change_password(&bed, &ada, PASSWORD, "a bridge of very old and quiet stones").await;
    let entry = newest(&bed, &ada, "user.password_changed").await;
    bed.clock.advance(Duration::from_mins(11));
    report(&bed, &ada, &entry).await.problem(403, "reauthentication_required");
    assert_eq!(bed.event_types().await, Vec::<String>::new(), "nothing is done by halves");
    let proof = json!({"password": "a bridge of very old and quiet stones"});
    bed.post("/auth/reauthenticate", &proof).by(&ada).send().await.expect(200);
    let answer = report(&bed, &ada, &entry).await.expect(200).data();
    assert_eq!(
        answer,
        json!({"sessionEnded": false, "undone": true, "nextSteps": ["reset_password"]})
    );
    read(&bed, &ada, "").await.problem(401, "unauthenticated");
    for password in [PASSWORD, "a bridge of very old and quiet stones"] {
        let body = json!({"identifier": "ada", "password": password});
        bed.post("/auth/login", &body).send().await.problem(401, "invalid_credentials");
    }
    let emitted = bed.event_types().await;
    assert_eq!(emitted, ["activity.disowned", "user.changes_undone", "session.ended"]);
}

#[tokio::test]
async fn after_seven_days_nothing_is_undone_any_more() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let new = "a bridge of very old and quiet stones";
    change_password(&bed, &ada, PASSWORD, new).await;
    bed.clock.advance(DAY * 7);
    let body = json!({"identifier": "ada", "password": new});
    let data = bed.post("/auth/login", &body).send().await.expect(200).data();
    let token = data["accessToken"].as_str().unwrap().to_owned();
    let ada = User { token, ..ada };
    let entry = newest(&bed, &ada, "user.password_changed").await;
    let answer = report(&bed, &ada, &entry).await.expect(200).data();
    assert_eq!(
        (&answer["undone"], &answer["nextSteps"][0]),
        (&json!(false), &json!("change_password"))
    );
    read(&bed, &ada, "").await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn another_address_is_undone_only_by_the_link_in_the_old_mailbox() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let thief = sign_in(&bed, "ada", "Laptop").await;
    let email = "thief@example.com";
    bed.post("/auth/profile/email/initiate", &json!({"newEmail": email}))
        .by(&thief)
        .send()
        .await
        .expect(200);
    let otp = code(&bed, email).await;
    let body = json!({"newEmail": email, "otp": otp});
    bed.post("/auth/profile/email/complete", &body).by(&thief).send().await.expect(200);
    let proof = json!({"password": PASSWORD});
    bed.post("/auth/reauthenticate", &proof).by(&ada).send().await.expect(200);
    let entry = newest(&bed, &ada, "user.email_updated").await;
    let answer = report(&bed, &ada, &entry).await.expect(200).data();
    let steps = json!(["follow_link", "change_password", "end_other_sessions"]);
    assert_eq!(answer, json!({"sessionEnded": true, "undone": false, "nextSteps": steps}));
    read(&bed, &thief, "").await.problem(401, "unauthenticated");
    bed.events().await;
}

/// The code in the newest mail to an address.
async fn code(bed: &Testbed, to: &str) -> String {
    bed.app.mail.drain().await.unwrap();
    let mails = bed.get(&format!("/dev/mail/messages?to={to}")).send().await.expect(200).json();
    let text = mails[0]["text"].as_str().unwrap();
    let digits = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6);
    digits.unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}
