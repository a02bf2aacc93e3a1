//! Monitoring through HTTP, by attackers and owners.

use selfsame_events::DeliveryAttempt;
use std::net::IpAddr;
use std::time::Duration;

use selfsame_store::Maintenance as _;
use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

pub(super) const PASSWORD: &str = "correct horse battery staple";
const HOME: [u8; 4] = [203, 0, 113, 7];
const ELSEWHERE: [u8; 4] = [198, 51, 100, 9];
pub(super) const LAPTOP: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
pub(super) const THIEF: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36";

/// A user who has signed in with their laptop at home.
pub(super) async fn settled(bed: &Testbed, name: &str) -> User {
    let body = json!({
        "email": format!("{name}@example.org"), "username": name, "displayName": name, "password": PASSWORD,
    });
    let answer =
        bed.post("/auth/register", &body).from(HOME).header("user-agent", LAPTOP).send().await;
    let data = answer.expect(201).data();
    bed.events().await;
    bed.clock.advance(Duration::from_hours(24));
    User {
        id: data["user"]["userId"].as_str().unwrap().to_owned(),
        token: data["accessToken"].as_str().unwrap().to_owned(),
        data,
    }
}

pub(super) async fn login(
    bed: &Testbed,
    name: &str,
    password: &str,
    from: [u8; 4],
    device: &str,
) -> Answer {
    let body = json!({"identifier": name, "password": password});
    bed.post("/auth/login", &body)
        .from(IpAddr::from(from))
        .header("user-agent", device)
        .send()
        .await
}

/// The alerts since the last call.
async fn alerts(bed: &Testbed) -> Vec<Value> {
    let events = bed.events().await;
    let alerts = events.into_iter().filter(|event| event.event_type == "security.alert");
    alerts.map(|event| event.data).collect()
}

fn kinds(alerts: &[Value]) -> Vec<(&str, u64)> {
    alerts
        .iter()
        .map(|alert| (alert["kind"].as_str().unwrap(), alert["risk"].as_u64().unwrap()))
        .collect()
}

/// The mails to `name`, the newest first: their subjects and texts.
pub(super) async fn mails(bed: &Testbed, name: &str) -> Vec<(String, String)> {
    bed.app.mail.drain().await.unwrap();
    let list = bed
        .get(&format!("/dev/mail/messages?to={name}%40example.org"))
        .send()
        .await
        .expect(200)
        .json();
    let text = |mail: &Value, part: &str| mail[part].as_str().unwrap().to_owned();
    list.as_array()
        .unwrap()
        .iter()
        .map(|mail| (text(mail, "subject"), text(mail, "text")))
        .collect()
}

/// Every stored item, as far as it fits onto a page.
async fn items(bed: &Testbed) -> usize {
    bed.store.scan("", None).await.unwrap().items.len()
}

fn link(text: &str) -> String {
    let (_, token) = text.split_once("/undo?token=").unwrap();
    token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

fn figure(bed: &Testbed, metric: &str, value: &str) -> u64 {
    let reading =
        bed.app.platform.counters.readings().find(|reading| reading.metric.name == metric).unwrap();
    let selfsame_web::MetricKind::Counter { values, .. } = reading.metric.kind else {
        panic!("not a counter")
    };
    reading.counts[values.iter().position(|known| *known == value).unwrap()]
}

#[tokio::test]
async fn a_sign_in_from_elsewhere_is_mailed_and_one_from_home_is_not() {
    let bed = Testbed::new();
    settled(&bed, "ada").await;
    let before = mails(&bed, "ada").await.len();
    login(&bed, "ada", PASSWORD, HOME, LAPTOP).await.expect(200);
    assert_eq!(alerts(&bed).await, [Value::Null; 0]);
    login(&bed, "ada", PASSWORD, ELSEWHERE, THIEF).await.expect(200);
    let found = alerts(&bed).await;
    assert_eq!(kinds(&found), [("new_device", 60)]);
    let evidence = &found[0]["evidence"];
    assert_eq!(
        (&evidence["device"], &evidence["network"]),
        (&json!("Chrome on Windows"), &json!("198.51.100.0/24"))
    );
    let mails = mails(&bed, "ada").await;
    assert_eq!((mails.len(), mails[0].0.as_str()), (before + 1, "A new sign-in to your account"));
    assert!(mails[0].1.contains("Chrome on Windows"), "{}", mails[0].1);
}

#[tokio::test]
async fn a_new_network_alone_is_an_entry_and_no_mail() {
    let bed = Testbed::new();
    settled(&bed, "ada").await;
    let before = mails(&bed, "ada").await.len();
    login(&bed, "ada", PASSWORD, ELSEWHERE, LAPTOP).await.expect(200);
    assert_eq!(kinds(&alerts(&bed).await), [("new_network", 15)]);
    assert_eq!(mails(&bed, "ada").await.len(), before);
    assert_eq!(figure(&bed, "security_alert_mails", "low_risk"), 1);
}

#[tokio::test]
async fn an_operator_decides_from_which_risk_on_there_is_mail() {
    for (from_risk, expected) in [(15, 1), (16, 0)] {
        let bed = Testbed::with(|settings| settings.activity.alert_mail_from_risk = from_risk);
        settled(&bed, "ada").await;
        let before = mails(&bed, "ada").await.len();
        login(&bed, "ada", PASSWORD, ELSEWHERE, LAPTOP).await.expect(200);
        alerts(&bed).await;
        assert_eq!(mails(&bed, "ada").await.len() - before, expected, "{from_risk}");
    }
}

#[tokio::test]
async fn the_fifth_wrong_password_raises_an_alert_and_an_unknown_name_stores_nothing() {
    let bed = Testbed::new();
    settled(&bed, "ada").await;
    let before = items(&bed).await;
    for network in 0..30 {
        login(&bed, "nobody", "a guess", [198, 51, network, 1], THIEF)
            .await
            .problem(401, "invalid_credentials");
    }
    bed.events().await;
    assert_eq!(items(&bed).await, before, "nothing is written about a name that nobody has");
    for network in 0..4 {
        login(&bed, "ada", "a guess", [198, 51, network, 1], THIEF)
            .await
            .problem(401, "invalid_credentials");
    }
    assert_eq!(alerts(&bed).await, [Value::Null; 0]);
    login(&bed, "ada@example.org", "a guess", [198, 51, 9, 1], THIEF)
        .await
        .problem(401, "invalid_credentials");
    let found = alerts(&bed).await;
    assert_eq!(kinds(&found), [("failed_sign_ins", 50)]);
    assert_eq!(found[0]["evidence"]["failures"], 5, "whatever name of the account was used");
    assert_eq!(found[0]["evidence"]["networks"].as_array().unwrap().len(), 5);
    let mails = mails(&bed, "ada").await;
    assert_eq!(mails[0].0, "Please look at your account");
    assert!(mails[0].1.contains("wrong passwords"), "{}", mails[0].1);
}

#[tokio::test]
async fn a_flood_of_wrong_passwords_writes_next_to_nothing_and_mails_once() {
    let bed = Testbed::new();
    settled(&bed, "ada").await;
    let before = mails(&bed, "ada").await.len();
    for number in 0..500_u32 {
        // As many as unknown clients may try at one account in an hour.
        if number % 50 == 49 {
            bed.clock.advance(Duration::from_hours(1));
        }
        let [_, _, high, low] = number.to_be_bytes();
        login(&bed, "ada", "a guess", [198, 51 + high, low, 1], THIEF)
            .await
            .problem(401, "invalid_credentials");
    }
    let emitted = bed.event_types().await;
    assert_eq!(emitted.iter().filter(|emitted| *emitted == "security.sign_ins_refused").count(), 6);
    assert_eq!(emitted.len(), 12);
    assert_eq!(mails(&bed, "ada").await.len(), before + 1);
    assert_eq!(figure(&bed, "security_alert_mails", "repeated"), 5);
}

#[tokio::test]
async fn guessing_at_the_code_of_a_forgotten_password_is_found_fast_or_slow() {
    let bed = Testbed::new();
    settled(&bed, "ada").await;
    for (pause, email) in
        [(0, "ada@example.org"), (0, "nobody@example.org"), (20, "ada@example.org")]
    {
        for _ in 0..3 {
            bed.clock.advance(Duration::from_mins(pause));
            let body = json!({"email": email, "otp": "000000", "newPassword": "a sentence that nobody knows"});
            bed.post("/auth/password/reset", &body)
                .from(ELSEWHERE)
                .send()
                .await
                .problem(400, "otp_invalid");
        }
        let found = alerts(&bed).await;
        match (email, pause) {
            ("nobody@example.org", _) => assert_eq!(kinds(&found), []),
            (_, 0) => assert_eq!(kinds(&found), [("otp_guessing", 30)]),
            _ => assert_eq!(kinds(&found), [("otp_guessing", 50)]),
        }
    }
    assert!(mails(&bed, "ada").await[0].1.contains("wrong codes"));
}

#[tokio::test]
async fn a_stolen_token_is_mailed_with_a_link_that_ends_all_sessions() {
    let bed = Testbed::new();
    let ada = settled(&bed, "ada").await;
    let spent = json!({"refreshToken": ada.data["refreshToken"]});
    let successor = bed.post("/auth/refresh", &spent).send().await.expect(200).data();
    let successor = json!({"refreshToken": successor["refreshToken"]});
    bed.post("/auth/refresh", &successor).send().await.expect(200);
    let other = login(&bed, "ada", PASSWORD, HOME, LAPTOP).await.expect(200).data();
    bed.clock.advance(Duration::from_mins(1));
    bed.post("/auth/refresh", &spent).from(ELSEWHERE).send().await.problem(401, "unauthenticated");
    assert_eq!(kinds(&alerts(&bed).await), [("token_reuse", 90)]);
    let mail = mails(&bed, "ada").await.remove(0);
    let undone =
        bed.post("/auth/undo", &json!({"token": link(&mail.1)})).send().await.expect(200).data();
    assert_eq!(undone["nextStep"], "reset_password");
    let token = other["accessToken"].as_str().unwrap();
    bed.get("/v1/account/sessions").token(token).send().await.problem(401, "unauthenticated");
    login(&bed, "ada", PASSWORD, HOME, LAPTOP).await.problem(401, "invalid_credentials");
    bed.events().await;
}

/// The code in the newest mail to an address.
async fn code(bed: &Testbed, name: &str) -> String {
    let text = mails(bed, name).await.remove(0).1;
    text.lines().find(|line| line.starts_with("    ")).unwrap().trim().to_owned()
}

pub(super) async fn take_address(bed: &Testbed, thief: &str) {
    let post = async |path: &str, body: Value| {
        bed.post(path, &body)
            .token(thief)
            .from(ELSEWHERE)
            .header("user-agent", THIEF)
            .send()
            .await
            .expect(200);
    };
    post("/auth/profile/email/initiate", json!({"newEmail": "thief@example.org"})).await;
    let otp = code(bed, "thief").await;
    post("/auth/profile/email/complete", json!({"newEmail": "thief@example.org", "otp": otp}))
        .await;
    bed.clock.advance(Duration::from_secs(1));
    let body = json!({"currentPassword": PASSWORD, "newPassword": "a bridge of very old and quiet stones"});
    post("/v1/account/password", body).await;
}

/// The attacker changes everything before monitoring evaluates the sign-in.
#[tokio::test]
async fn the_link_of_any_alert_restores_an_account_whose_address_was_changed() {
    for which in 0..3 {
        let bed = Testbed::new();
        let ada = settled(&bed, "ada").await;
        let before = mails(&bed, "ada").await.len();
        let thief = login(&bed, "ada", PASSWORD, ELSEWHERE, THIEF).await.expect(200).data();
        bed.clock.advance(Duration::from_secs(5));
        take_address(&bed, thief["accessToken"].as_str().unwrap()).await;
        bed.clock.advance(Duration::from_secs(5));
        let found = alerts(&bed).await;
        let change = ("change_after_new_device", 90);
        assert_eq!(kinds(&found), [("new_device", 60), change, change]);
        let thiefs = mails(&bed, "thief").await;
        assert!(
            thiefs.iter().all(|(subject, _)| !subject.contains("look at")),
            "no alert goes to the thief"
        );
        let owners = mails(&bed, "ada").await;
        assert_eq!(owners.len(), before + 4, "three alerts, and the change of the address");
        let alerts: Vec<_> =
            owners.iter().filter(|(subject, _)| !subject.contains("address")).collect();
        let token = link(&alerts[which].1);
        let undone =
            bed.post("/auth/undo", &json!({"token": token})).send().await.expect(200).data();
        assert_eq!(undone["email"], "ada@example.org");
        let present = json!({"refreshToken": ada.data["refreshToken"]});
        bed.post("/auth/refresh", &present).send().await.problem(401, "unauthenticated");
        // The attacker got a mail about the new password with an undo link, which is void now.
        let own = thiefs.iter().find(|(_, text)| text.contains("/undo?token=")).unwrap();
        bed.post("/auth/undo", &json!({"token": link(&own.1)}))
            .send()
            .await
            .problem(400, "invalid_request");
        assert_eq!(kinds(&self::alerts(&bed).await), [], "what the owner takes back is no attack");
    }
}

#[tokio::test]
async fn mass_profile_reads_are_reported_once_an_hour() {
    let bed = Testbed::new();
    settled(&bed, "ada").await;
    let here = login(&bed, "ada", PASSWORD, HOME, LAPTOP).await.expect(200).data();
    let token = here["accessToken"].as_str().unwrap();
    let mut others = Vec::new();
    for number in 0..700 {
        let body = json!({"email": format!("u{number}@example.net"), "password": PASSWORD});
        let answer =
            bed.post("/auth/register", &body).from([198, 51, 100, 1]).send().await.expect(201);
        others.push(answer.data()["user"]["userId"].as_str().unwrap().to_owned());
    }
    bed.events().await;
    // The inbox keeps the newest 500 mails: those that follow are newer than the many of this test.
    bed.app.mail.drain().await.unwrap();
    bed.clock.advance(Duration::from_secs(1));
    for other in &others {
        bed.get(&format!("/v1/profile/{other}")).token(token).send().await.expect(200);
        bed.get(&format!("/v1/profile/{other}")).from(ELSEWHERE).send().await.expect(200);
        bed.get("/v1/profile").token(token).send().await.expect(200);
    }
    let found = alerts(&bed).await;
    assert_eq!(kinds(&found), [("mass_profile_reads", 65)]);
    let profiles = found[0]["evidence"]["profiles"].as_u64().unwrap();
    assert!((600..700).contains(&profiles), "{profiles}");
    let readers = ["user", "anonymous"].map(|caller| figure(&bed, "mass_profile_readers", caller));
    assert_eq!(readers, [1, 1]);
    assert!(mails(&bed, "ada").await[0].1.contains("very many profiles"));
}

#[tokio::test]
async fn an_event_that_is_delivered_twice_is_evaluated_once() {
    let bed = Testbed::new();
    settled(&bed, "ada").await;
    login(&bed, "ada", PASSWORD, ELSEWHERE, THIEF).await.expect(200);
    let events = bed.events().await;
    let before = items(&bed).await;
    let handlers = bed.app.event_handlers();
    let monitoring = handlers.iter().find(|handler| handler.name() == "monitoring").unwrap();
    for event in events.iter().filter(|event| monitoring.handles(&event.event_type)) {
        monitoring.handle(event, DeliveryAttempt::ONLY).await.unwrap();
    }
    assert_eq!(items(&bed).await, before);
    assert_eq!(alerts(&bed).await, [Value::Null; 0]);
}

#[tokio::test]
async fn an_alert_mail_is_in_the_language_of_its_recipient() {
    let bed = Testbed::new();
    settled(&bed, "ada").await;
    let language = json!({"language": "de"});
    let here = login(&bed, "ada", PASSWORD, HOME, LAPTOP).await.expect(200).data();
    let token = here["accessToken"].as_str().unwrap();
    bed.put("/v1/profile/preferences", &language).token(token).send().await.expect(200);
    login(&bed, "ada", PASSWORD, ELSEWHERE, THIEF).await.expect(200);
    alerts(&bed).await;
    assert!(
        mails(&bed, "ada").await[0].1.contains("Das war ich nicht"),
        "{:?}",
        mails(&bed, "ada").await[0]
    );
}
