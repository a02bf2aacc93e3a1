use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};
use selfsame_events::{Changes, Origin};
use selfsame_mail::webhook::sign;
use selfsame_mail::{SendError, Template};
use selfsame_primitives::{EmailAddress, Locale, UserId};
use selfsame_store::{
    Faults, FaultyStore, Guard, Maintenance as _, MemoryStore, Query, Store as _, StoreError, Write,
};
use selfsame_web::Client;
use serde_json::json;

use super::failed_mails;
use selfsame_testbed::bench::{Bench, REPORTS_SECRET, request, settings};

const ADA: &str = "ada@example.org";

fn user() -> UserId {
    UserId::parse("usr_1").unwrap()
}

fn template() -> Template {
    Template::KnownAddress { sign_in_url: "http://127.0.0.1/sign-in".into() }
}

/// Queues a mail to `to`, with a change of its own.
async fn enqueue(app: &selfsame_testbed::app::App, to: &str, template: Template) {
    let recipient = selfsame_testbed::mail_queue::Recipient::user(
        &user(),
        EmailAddress::parse(to).unwrap(),
        Locale::En,
    );
    let mail = app.mail.compose(recipient, template);
    let rule = |_: &_| Ok::<_, StoreError>((mail.apply(Changes::none()), ()));
    app.platform.journal.change(&user(), &[], &Origin::default(), rule).await.unwrap();
}

fn refuse(bench: &Bench, with: impl Fn() -> SendError, times: usize) {
    *bench.refusals.lock().unwrap() = (0..times).map(|_| with()).collect();
}

fn busy() -> SendError {
    SendError::Retry("busy".into())
}

fn outcome(bench: &Bench, value: &str) -> u64 {
    let reading = bench
        .app
        .platform
        .counters
        .readings()
        .find(|reading| reading.metric == super::MAILS)
        .unwrap();
    let selfsame_web::MetricKind::Counter { values, .. } = reading.metric.kind else {
        panic!("not a counter")
    };
    reading.counts[values.iter().position(|known| *known == value).unwrap()]
}

/// What is left of mails in the store, the inbox apart.
async fn left(bench: &Bench) -> Vec<String> {
    let items = bench.store.scan("", None).await.unwrap().items;
    let keys = items.into_iter().map(|item| item.key.to_string());
    keys.filter(|key| {
        key.contains("mail")
            && !key.starts_with("development-inbox")
            && !key.starts_with("mail-quota")
    })
    .collect()
}

#[tokio::test]
async fn a_queued_mail_is_sent_once_and_nothing_is_left_of_it() {
    let bench = Bench::new();
    enqueue(&bench.app, ADA, template()).await;
    assert_eq!(left(&bench).await.len(), 2, "a mail and a queue entry");
    let mails = bench.mails(ADA).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (mails[0].to.as_str(), mails[0].subject.as_str()),
        (ADA, "You have an account already")
    );
    assert_eq!(mails[0].created_at, bench.app.platform.now());
    assert_eq!((bench.mails(ADA).await.len(), left(&bench).await), (1, Vec::new()));
    assert_eq!(outcome(&bench, "sent"), 1);
}

#[tokio::test]
async fn a_queued_mail_reveals_neither_the_address_nor_the_code() {
    let bench = Bench::new();
    enqueue(&bench.app, ADA, Template::PasswordReset { code: "314159".into(), minutes: 10 }).await;
    for item in bench.store.scan("", None).await.unwrap().items {
        let text = format!("{} {}", item.key, String::from_utf8_lossy(&item.body));
        assert!(!text.contains("ada@") && !text.contains("314159"), "{text}");
    }
}

#[tokio::test]
async fn a_mail_to_a_busy_provider_is_retried_after_growing_pauses() {
    let bench = Bench::new();
    refuse(&bench, busy, 3);
    enqueue(&bench.app, ADA, template()).await;
    assert!(bench.mails(ADA).await.is_empty());
    for (pause, left) in [(1, 1), (2, 0)] {
        bench.advance(Duration::from_millis(pause * 1000 - 1));
        assert!(bench.mails(ADA).await.is_empty());
        assert_eq!(bench.refusals.lock().unwrap().len(), left + 1, "not asked before its time");
        bench.advance(Duration::from_millis(1));
        assert!(bench.mails(ADA).await.is_empty());
        assert_eq!(bench.refusals.lock().unwrap().len(), left);
    }
    bench.advance(Duration::from_secs(4));
    assert_eq!(bench.mails(ADA).await.len(), 1);
    assert_eq!((outcome(&bench, "postponed"), outcome(&bench, "sent")), (3, 1));
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_given_up_and_can_be_seen() {
    let bench = Bench::new();
    refuse(&bench, || SendError::GiveUp("no such mailbox".into()), 1);
    enqueue(&bench.app, ADA, template()).await;
    assert!(bench.mails(ADA).await.is_empty());
    let failed = failed_mails(&*bench.app.platform.store, 10).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (failed[0].kind.as_str(), failed[0].reason.as_str()),
        ("known-address", "no such mailbox")
    );
    bench.advance(Duration::from_hours(1));
    assert!(bench.mails(ADA).await.is_empty());
    assert_eq!(outcome(&bench, "failed"), 1);
}

#[tokio::test]
async fn a_code_that_could_not_be_sent_in_its_ten_minutes_is_not_sent_later() {
    let bench = Bench::new();
    refuse(&bench, busy, 1);
    enqueue(&bench.app, ADA, Template::PasswordReset { code: "314159".into(), minutes: 10 }).await;
    assert!(bench.mails(ADA).await.is_empty());
    bench.advance(Duration::from_mins(10));
    assert!(bench.mails(ADA).await.is_empty());
    assert_eq!(failed_mails(&*bench.app.platform.store, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_days_quota_holds_across_nodes_and_the_rest_goes_tomorrow() {
    let mut limited = settings();
    limited.mail.daily_quota = 5;
    let bench = Arc::new(Bench::with(limited.clone()));
    let other = Bench::on(Arc::clone(&bench.store), Arc::clone(&bench.clock), limited, 2);
    for _ in 0..12 {
        enqueue(&bench.app, ADA, template()).await;
    }
    let (one, two) = tokio::join!(bench.app.mail.drain(), other.app.mail.drain());
    one.unwrap();
    two.unwrap();
    // A node that lost a race leaves the entry for the next round.
    assert_eq!(bench.mails(ADA).await.len(), 5);
    assert_eq!(outcome(&bench, "deferred") + outcome(&other, "deferred"), 7);
    bench.advance(Duration::from_hours(24));
    assert_eq!(bench.mails(ADA).await.len(), 10);
    bench.advance(Duration::from_hours(24));
    assert_eq!(bench.mails(ADA).await.len(), 12);
}

#[tokio::test]
async fn a_part_of_the_quota_is_reserved_for_recovery_mails() {
    let mut limited = settings();
    limited.mail.daily_quota = 10;
    let bench = Bench::with(limited);
    let change = || Template::EmailChange { code: "314159".into(), minutes: 10 };
    let reset = || Template::PasswordReset { code: "314159".into(), minutes: 10 };
    let sent = async |template: &dyn Fn() -> Template| {
        let before = bench.mails(ADA).await.len();
        for _ in 0..20 {
            enqueue(&bench.app, ADA, template()).await;
        }
        bench.mails(ADA).await.len() - before
    };
    assert_eq!((sent(&change).await, sent(&template).await, sent(&reset).await), (8, 1, 1));
}

#[tokio::test]
async fn decoys_and_mails_to_suppressed_addresses_do_not_count_on_the_quota() {
    let mut limited = settings();
    limited.mail.daily_quota = 10;
    let bench = Bench::with(limited);
    let reset = || Template::PasswordReset { code: "314159".into(), minutes: 10 };
    let body = json!({"type": "email.complained", "data": {"to": ["eve@example.org"]}}).to_string();
    assert_eq!(report(&bench, &body, REPORTS_SECRET).await, StatusCode::NO_CONTENT);
    for round in 0..2 {
        for number in 0..20 {
            let email = format!("nobody{round}.{number}@example.org");
            let requested = bench.post("/auth/password/forgot", json!({ "email": email })).await;
            assert_eq!(requested.status, StatusCode::ACCEPTED);
            enqueue(&bench.app, "eve@example.org", reset()).await;
        }
        // In the first round decoys are gone before a real mail comes, in the second they wait side
        // by side.
        if round == 0 {
            bench.app.mail.drain().await.unwrap();
        }
    }
    for _ in 0..11 {
        enqueue(&bench.app, ADA, reset()).await;
    }
    assert_eq!(bench.mails(ADA).await.len(), 10);
    assert_eq!((outcome(&bench, "suppressed"), outcome(&bench, "deferred")), (40, 1));
}

#[tokio::test]
async fn tries_of_one_mail_on_one_day_count_once() {
    let mut limited = settings();
    limited.mail.daily_quota = 2;
    let bench = Bench::with(limited);
    refuse(&bench, busy, 5);
    enqueue(&bench.app, ADA, template()).await;
    for _ in 0..5 {
        assert!(bench.mails(ADA).await.is_empty());
        bench.advance(Duration::from_secs(20));
    }
    assert_eq!(bench.mails(ADA).await.len(), 1);
    enqueue(&bench.app, ADA, template()).await;
    enqueue(&bench.app, ADA, template()).await;
    assert_eq!(bench.mails(ADA).await.len(), 2);
}

async fn report(bench: &Bench, body: &str, secret: &str) -> StatusCode {
    let key =
        selfsame_mail::webhook::signing_key(&selfsame_primitives::Secret::new(secret)).unwrap();
    let time = bench.app.platform.now().seconds().to_string();
    let signed: Request<_> = request("POST", "/webhooks/resend")
        .header("svix-id", "msg_1")
        .header("svix-timestamp", &time)
        .header("svix-signature", sign(&key, "msg_1", &time, body.as_bytes()))
        .body(axum::body::Body::from(body.to_owned()))
        .unwrap();
    bench.send(signed).await.status
}

#[tokio::test]
async fn an_address_that_bounced_or_complained_gets_no_more_mail_until_it_is_released() {
    for (kind, bounce) in [("email.bounced", "Permanent"), ("email.complained", "")] {
        let bench = Bench::new();
        let body =
            json!({"type": kind, "data": {"to": ["ADA@example.org"], "bounce": {"type": bounce}}})
                .to_string();
        assert_eq!(report(&bench, &body, REPORTS_SECRET).await, StatusCode::NO_CONTENT);
        enqueue(&bench.app, ADA, template()).await;
        enqueue(&bench.app, "eve@example.org", template()).await;
        assert_eq!(
            (bench.mails(ADA).await.len(), bench.mails("eve@example.org").await.len()),
            (0, 1)
        );
        assert_eq!(outcome(&bench, "suppressed"), 1);
        assert!(bench.app.mail.unsuppress(&EmailAddress::parse(ADA).unwrap()).await.unwrap());
        enqueue(&bench.app, ADA, template()).await;
        assert_eq!(bench.mails(ADA).await.len(), 1);
    }
}

#[tokio::test]
async fn the_owner_of_an_address_that_gets_no_mail_sees_why() {
    for (kind, bounce, status_name) in
        [("email.bounced", "Permanent", "bounced"), ("email.complained", "", "complained")]
    {
        let bench = Bench::new();
        let (ada, eve) = (bench.register(ADA).await, bench.register("eve@example.org").await);
        let body =
            json!({"type": kind, "data": {"to": [ADA], "bounce": {"type": bounce}}}).to_string();
        assert_eq!(report(&bench, &body, REPORTS_SECRET).await, StatusCode::NO_CONTENT);
        for path in ["/v1/account", "/user/profile"] {
            let shown = bench.with_token("GET", path, &ada.access()).await;
            assert_eq!(shown.text("/data/emailProblem"), status_name);
        }
        let other = bench.with_token("GET", "/v1/account", &eve.access()).await;
        assert_eq!(other.json["data"]["emailProblem"], serde_json::Value::Null);
        bench.app.mail.unsuppress(&EmailAddress::parse(ADA).unwrap()).await.unwrap();
        let shown = bench.with_token("GET", "/v1/account", &ada.access()).await;
        assert_eq!(shown.json["data"]["emailProblem"], serde_json::Value::Null);
    }
}

#[tokio::test]
async fn a_report_that_is_not_signed_by_the_provider_changes_nothing() {
    let bench = Bench::new();
    let body = json!({"type": "email.complained", "data": {"to": [ADA]}}).to_string();
    let forged = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(report(&bench, &body, forged).await, StatusCode::UNAUTHORIZED);
    let bare = bench
        .post("/webhooks/resend", json!({"type": "email.complained", "data": {"to": [ADA]}}))
        .await;
    assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
    assert_eq!(report(&bench, "[]", REPORTS_SECRET).await, StatusCode::BAD_REQUEST);
    enqueue(&bench.app, ADA, template()).await;
    assert_eq!(bench.mails(ADA).await.len(), 1);
}

#[tokio::test]
async fn without_a_secret_reports_are_not_accepted() {
    let mut quiet = settings();
    quiet.mail.reports = None;
    let bench = Bench::with(quiet);
    assert_eq!(report(&bench, "{}", REPORTS_SECRET).await, StatusCode::NOT_FOUND);
}

async fn get(bench: &Bench, path: &str) -> selfsame_testbed::bench::BenchAnswer {
    get_from(bench, path, [127, 0, 0, 1]).await
}

async fn get_from(
    bench: &Bench,
    path: &str,
    address: [u8; 4],
) -> selfsame_testbed::bench::BenchAnswer {
    let client = Client { request_id: "r".into(), ip: address.into(), device: None };
    bench
        .send(request("GET", path).extension(client).body(axum::body::Body::empty()).unwrap())
        .await
}

#[tokio::test]
async fn the_inbox_is_a_bare_list_newest_first_and_by_address() {
    let bench = Bench::new();
    for (number, to) in [ADA, "eve@example.org", ADA].into_iter().enumerate() {
        enqueue(
            &bench.app,
            to,
            Template::PasswordReset { code: format!("00000{number}"), minutes: 10 },
        )
        .await;
        bench.advance(Duration::from_millis(1));
    }
    bench.app.mail.drain().await.unwrap();
    let all = get(&bench, "/dev/mail/messages").await.json;
    let to: Vec<_> =
        all.as_array().unwrap().iter().map(|mail| mail["to"].as_str().unwrap()).collect();
    assert_eq!(to, [ADA, "eve@example.org", ADA]);
    let own = get(&bench, "/dev/mail/messages?to=ADA%40example.org").await.json;
    assert_eq!(own.as_array().unwrap().len(), 2);
    assert!(own[0]["text"].as_str().unwrap().contains("000002"), "the newest first");
    let names: Vec<_> = own[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["id", "to", "subject", "text", "html", "createdAt"]);
    let page = get(&bench, &format!("/dev/mail/messages/{}", own[0]["id"].as_str().unwrap())).await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(get(&bench, "/dev/mail/messages/nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_kind_of_mail_has_a_preview() {
    let bench = Bench::new();
    let all = get(&bench, "/dev/mail/previews?language=ja").await.json;
    assert_eq!(all.as_array().unwrap().len(), selfsame_mail::KINDS.len());
    assert_eq!(get(&bench, "/dev/mail/previews/password-reset/ja").await.status, StatusCode::OK);
    for nothing in ["/dev/mail/previews/password-reset/xx", "/dev/mail/previews/nothing/en"] {
        assert_eq!(get(&bench, nothing).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn in_production_there_is_no_inbox() {
    let mut production = settings();
    production.mail.shows_inbox = false;
    let bench = Bench::with(production);
    let paths = [
        "/dev/mail/messages",
        "/dev/mail/messages/x",
        "/dev/mail/previews",
        "/dev/mail/previews/password-reset/en",
    ];
    for path in paths {
        assert_eq!(get(&bench, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_inbox_is_shown_to_callers_on_the_same_machine_only() {
    let bench = Bench::new();
    for path in ["/dev/mail/messages", "/dev/mail/previews", "/dev/mail/previews/password-reset/en"]
    {
        assert_eq!(get(&bench, path).await.status, StatusCode::OK, "{path}");
        for elsewhere in [[192, 0, 2, 7], [10, 0, 0, 1]] {
            assert_eq!(
                get_from(&bench, path, elsewhere).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn the_inbox_is_shown_under_a_name_of_this_machine_and_through_no_proxy() {
    let bench = Bench::new();
    for path in ["/dev/mail/messages", "/dev/mail/previews", "/dev/mail/previews/password-reset/en"]
    {
        for (name, value, status) in [
            ("host", "localhost:8080", StatusCode::OK),
            ("host", "evil.example:8080", StatusCode::NOT_FOUND),
            ("x-forwarded-for", "127.0.0.1", StatusCode::NOT_FOUND),
        ] {
            let client = Client { request_id: "r".into(), ip: [127, 0, 0, 1].into(), device: None };
            let requested = request("GET", path).extension(client).header(name, value);
            let answer = bench.send(requested.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(answer.status, status, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn the_inbox_keeps_the_newest_five_hundred() {
    let bench = Bench::new();
    for number in 0..503 {
        let to = if number < 10 { "early@example.org" } else { ADA };
        enqueue(&bench.app, to, template()).await;
        bench.app.mail.drain().await.unwrap();
        bench.advance(Duration::from_millis(1));
    }
    let (mut stored, mut query) = (0, Query::prefix("development-inbox", "m/"));
    loop {
        let page = bench.store.query(&query).await.unwrap();
        stored += page.items.len();
        match page.next {
            Some(next) => query = query.after(Some(next)),
            None => break,
        }
    }
    assert_eq!(stored, 500);
    assert_eq!(
        bench.mails("early@example.org").await.len(),
        7,
        "the oldest three are gone from the list of their address too"
    );
}

/// However often the store fails and the process dies, a mail that was committed arrives, and one
/// that was not does not.
#[tokio::test]
async fn no_mail_is_lost_or_made_up_whatever_the_store_does() {
    for seed in 0..60 {
        let bench = Bench::new();
        let faults = Faults { unavailable: 15, unknown: 15, ..Faults::default() };
        let store =
            Arc::new(FaultyStore::<MemoryStore>::new(Arc::clone(&bench.store), seed, faults));
        let app = bench.on_another(store, seed);
        let mut requested = 0;
        for _ in 0..6 {
            let recipient = selfsame_testbed::mail_queue::Recipient::user(
                &user(),
                EmailAddress::parse(ADA).unwrap(),
                Locale::En,
            );
            let mail = app.mail.compose(recipient, template());
            let rule = |_: &_| Ok::<_, StoreError>((mail.apply(Changes::none()), ()));
            requested += usize::from(
                app.platform.journal.change(&user(), &[], &Origin::default(), rule).await.is_ok(),
            );
            // A step that fails is a process that died there; another one goes on once the lease is
            // over.
            drop(app.mail.drain().await);
            bench.advance(Duration::from_mins(2));
        }
        bench.app.mail.drain().await.unwrap();
        let mails = bench.mails(ADA).await.len();
        assert!(mails >= requested && mails <= 6, "seed {seed}: {mails} of {requested}");
        assert_eq!(left(&bench).await, Vec::<String>::new(), "seed {seed}");
    }
}

/// Replaces the items whose partitions start with `prefix` and whose sort keys contain `part` by an
/// unreadable body.
async fn damage(bench: &Bench, prefix: &str, part: &str, body: &'static str) {
    for item in bench.store.scan(prefix, None).await.unwrap().items {
        if item.key.sort.contains(part) {
            bench
                .app
                .platform
                .journal
                .commit(vec![Write::put(item.key, Guard::Any, body)])
                .await
                .unwrap();
        }
    }
}

async fn quarantined(bench: &Bench) -> Vec<(String, usize)> {
    selfsame_events::quarantine::counts(&*bench.store).await.unwrap()
}

#[tokio::test]
async fn a_damaged_queue_entry_or_mail_is_set_aside_and_all_other_mail_is_sent() {
    let bench = Bench::new();
    enqueue(&bench.app, "eve@example.org", template()).await;
    damage(&bench, "mail-queue/", "", "mail-slip/1\n{").await;
    enqueue(&bench.app, "bob@example.org", template()).await;
    damage(&bench, "user/", "mail/", "mail/1\n{").await;
    for _ in 0..40 {
        enqueue(&bench.app, ADA, template()).await;
    }
    bench.app.mail.drain().await.unwrap();
    assert_eq!(bench.mails(ADA).await.len(), 40);
    let failed = failed_mails(&*bench.store, 10).await.unwrap();
    assert_eq!(failed.len(), 1, "the unreadable mail");
    assert!(failed[0].reason.contains("quarantine"), "{}", failed[0].reason);
    // Eve's mail was damaged as well, and no queue entry leads to it any more.
    assert_eq!(quarantined(&bench).await, [("mail".to_owned(), 1), ("mail-slip".to_owned(), 1)]);
}

#[tokio::test]
async fn queue_entries_of_a_later_release_stay_and_block_no_others() {
    let bench = Bench::new();
    for _ in 0..200 {
        enqueue(&bench.app, "eve@example.org", template()).await;
    }
    damage(&bench, "mail-queue/", "", "mail-slip/2\n{}").await;
    bench.clock.advance(Duration::from_secs(1));
    for _ in 0..20 {
        enqueue(&bench.app, ADA, template()).await;
    }
    bench.app.mail.drain().await.unwrap();
    assert_eq!(bench.mails(ADA).await.len(), 20);
    assert_eq!(quarantined(&bench).await, []);
    let entries = bench.store.scan("mail-queue/", None).await.unwrap().items;
    assert_eq!(entries.len(), 200);
}

#[tokio::test]
async fn mail_that_a_clock_far_ahead_has_postponed_is_sent_once_it_is_right_again() {
    let bench = Bench::new();
    let right = bench.app.platform.now();
    bench.clock.set(right.plus(Duration::from_hours(24 * 400)));
    enqueue(&bench.app, ADA, template()).await;
    bench.clock.set(right);
    bench.clock.advance(Duration::from_mins(1));
    assert_eq!(bench.mails(ADA).await.len(), 1);
}
