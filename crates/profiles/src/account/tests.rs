//! The account through HTTP.

use std::time::Duration;

use selfsame_events::{Changes, Loaded, Origin, user_key};
use selfsame_primitives::UserId;
use selfsame_store::StoreError;
use selfsame_testbed::{Answer, START, Testbed, User};
use selfsame_web::Checks as _;
use serde_json::{Value, json};

async fn account(bed: &Testbed, user: &User) -> Value {
    bed.get("/v1/account").by(user).send().await.expect(200).data()
}

async fn change(bed: &Testbed, user: &User, update: &Value) -> Answer {
    bed.put("/v1/account", update).by(user).send().await
}

#[tokio::test]
async fn a_new_account_has_the_documented_shape() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let data = account(&bed, &john).await;
    assert_eq!(
        data,
        json!({
            "userId": john.id, "username": "john", "name": {"first": null, "last": null},
            "email": "john@example.org", "emailVerified": data["emailVerified"],
            "pendingEmail": null, "emailProblem": null, "phone": null, "phoneCountry": null, "phoneVerified": false, "address": null,
            "pictureUrl": format!("http://127.0.0.1:8080/v1/avatars/{}.svg", john.id),
            "language": "en", "twoFactorEnabled": false,
            "terms": {"accepted": false, "version": null, "acceptedAt": null},
            "createdAt": START, "lastLoginAt": data["lastLoginAt"],
            "preferences": {
                "theme": "auto", "language": "en", "notifications": {"email": true, "push": true, "inApp": true},
                "privacy": {"showOnlineStatus": false, "allowDirectMessages": true, "showReadReceipts": true},
            },
            "version": 0,
        })
    );
    assert!(data["emailVerified"].is_boolean());
    let login = json!({"identifier": "john", "password": "correct horse battery staple"});
    bed.post("/auth/login", &login).send().await.expect(200);
    assert_eq!(account(&bed, &john).await["lastLoginAt"], json!(START));
    bed.events().await;
}

#[tokio::test]
async fn a_change_is_kept_and_told_without_its_values() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let address = json!({"line1": " 1 Market Street", "city": "San Francisco", "region": "CA", "postalCode": "94105", "country": "us"});
    let update = json!({"name": {"first": "John", "last": "Doe"}, "phone": "(415) 555-2671", "address": address});
    let data = change(&bed, &john, &update).await.expect(200).data();
    assert_eq!(data["name"], json!({"first": "John", "last": "Doe"}));
    assert_eq!((&data["phone"], &data["phoneCountry"]), (&json!("+14155552671"), &json!("US")));
    let address = json!({"line1": "1 Market Street", "line2": null, "city": "San Francisco", "region": "CA", "postalCode": "94105", "country": "US"});
    assert_eq!((&data["address"], &data["version"]), (&address, &json!(1)));
    assert_eq!(account(&bed, &john).await, data);
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    let emitted = json!({"userId": john.id, "version": 1, "changed": ["name", "phone", "address"]});
    assert_eq!(
        (events[0].event_type.as_str(), &events[0].data),
        ("user.account_updated", &emitted)
    );
}

#[tokio::test]
async fn absent_parts_stay_and_null_clears() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let full = json!({"name": {"first": "John", "last": "Doe"}, "phone": "+442079460018", "address": {"city": "London", "country": "GB"}});
    change(&bed, &john, &full).await.expect(200);
    let patch = bed.call("PATCH", "/v1/account").by(&john);
    let body = r#"{"name":{"last":null},"address":{"postalCode":"SW1A 1AA"}}"#;
    let data = patch.body("application/merge-patch+json", body).send().await.expect(200).data();
    assert_eq!(data["name"], json!({"first": "John", "last": null}));
    let address = &data["address"];
    assert_eq!((&address["city"], &address["postalCode"]), (&json!("London"), &json!("SW1A 1AA")));
    assert_eq!(data["phone"], "+442079460018");
    let data = change(&bed, &john, &json!({"name": null, "phone": null, "address": null}))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&data["name"], &data["phone"], &data["phoneCountry"], &data["address"]),
        (&json!({"first": null, "last": null}), &Value::Null, &Value::Null, &Value::Null)
    );
    let events = bed.events().await;
    let changed: Vec<_> = events.iter().map(|event| event.data["changed"].clone()).collect();
    assert_eq!(
        changed,
        [
            json!(["name", "phone", "address"]),
            json!(["name", "address"]),
            json!(["name", "phone", "address"])
        ]
    );
}

#[tokio::test]
async fn every_wrong_field_is_named_and_changes_nothing() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let long = "x".repeat(101);
    let update = json!({
        "name": {"first": "x".repeat(51), "last": "Doe"}, "phone": "12", "phoneCountry": "US",
        "address": {"line1": long, "postalCode": "12345678901234567", "country": "XX"}
    });
    let refused = change(&bed, &john, &update).await.refused_fields();
    assert_eq!(
        refused,
        ["/name/first", "/address/line1", "/address/postalCode", "/address/country", "/phone"]
    );
    for (body, pointer) in [
        (json!({"nickname": "J"}), "/nickname"),
        (json!({"name": {"middle": "X"}}), "/name/middle"),
        (json!({"address": {"planet": "Earth"}}), "/address/planet"),
        (json!({"address": {"country": "Germany"}}), "/address/country"),
        (json!({"phone": "030 901820"}), "/phone"),
        (json!({"phone": 4_155_552_671_u64}), "/phone"),
        (json!({"phoneCountry": "US"}), "/phoneCountry"),
    ] {
        assert_eq!(change(&bed, &john, &body).await.refused_fields(), [pointer], "{body}");
    }
    assert_eq!(account(&bed, &john).await["version"], json!(0));
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn a_national_number_is_read_in_the_country_that_is_named_or_lived_in() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let data = change(&bed, &john, &json!({"phone": "030 901820", "phoneCountry": "de"}))
        .await
        .expect(200)
        .data();
    assert_eq!((&data["phone"], &data["phoneCountry"]), (&json!("+4930901820"), &json!("DE")));
    change(&bed, &john, &json!({"address": {"country": "FR"}})).await.expect(200);
    let data = change(&bed, &john, &json!({"phone": "01 42 68 53 00"})).await.expect(200).data();
    assert_eq!((&data["phone"], &data["phoneCountry"]), (&json!("+33142685300"), &json!("FR")));
    bed.events().await;
}

const NEW: &str = "newemail@example.com";

async fn mails(bed: &Testbed, to: &str) -> Vec<String> {
    bed.app.mail.drain().await.unwrap();
    let answer = bed.get(&format!("/dev/mail/messages?to={to}")).send().await.expect(200).json();
    answer
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| mail["text"].as_str().unwrap().to_owned())
        .collect()
}

/// The code in the newest mail to an address.
async fn code(bed: &Testbed, to: &str) -> String {
    let mails = mails(bed, to).await;
    mails[0].lines().find(|line| line.starts_with("    ")).unwrap().trim().to_owned()
}

async fn complete(bed: &Testbed, user: &User, email: &str, otp: &str) -> Answer {
    let body = json!({"newEmail": email, "otp": otp});
    bed.post("/auth/profile/email/complete", &body).by(user).send().await
}

#[tokio::test]
async fn another_email_waits_for_its_code_and_is_then_the_accounts() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update = json!({"email": NEW, "name": {"first": "John"}});
    let data = change(&bed, &john, &update).await.expect(200).data();
    assert_eq!(
        (&data["email"], &data["pendingEmail"], &data["name"]["first"]),
        (&json!("john@example.org"), &json!(NEW), &json!("John"))
    );
    for path in ["/v1/account", "/user/profile"] {
        assert_eq!(bed.get(path).by(&john).send().await.data()["pendingEmail"], NEW, "{path}");
    }
    let otp = code(&bed, NEW).await;
    complete(&bed, &john, NEW, &otp).await.expect(200);
    let data = account(&bed, &john).await;
    assert_eq!((&data["email"], &data["pendingEmail"]), (&json!(NEW), &Value::Null));
    assert_eq!(bed.event_types().await, ["user.account_updated", "user.email_updated"]);
}

#[tokio::test]
async fn an_email_that_waits_is_replaced_by_the_next_and_gone_with_its_code() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    change(&bed, &john, &json!({"email": "first@example.com"})).await.expect(200);
    let body = json!({"newEmail": NEW});
    bed.post("/auth/profile/email/initiate", &body).by(&john).send().await.expect(200);
    assert_eq!(account(&bed, &john).await["pendingEmail"], NEW);
    let first = code(&bed, "first@example.com").await;
    complete(&bed, &john, "first@example.com", &first).await.problem(400, "otp_invalid");
    assert_eq!(account(&bed, &john).await["pendingEmail"], NEW);
    bed.clock.advance(Duration::from_mins(10));
    assert_eq!(account(&bed, &john).await["pendingEmail"], Value::Null);
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn the_present_email_starts_nothing_and_none_is_no_email() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    for same in ["john@example.org", "John@Example.ORG"] {
        let data = change(&bed, &john, &json!({"email": same})).await.expect(200).data();
        assert_eq!(
            (&data["email"], &data["pendingEmail"]),
            (&json!("john@example.org"), &Value::Null)
        );
    }
    for wrong in [Value::Null, json!("john"), json!(""), json!(7)] {
        let refused = change(&bed, &john, &json!({"email": wrong})).await.refused_fields();
        assert_eq!(refused, ["/email"], "{wrong}");
    }
    // The present one needs no reauthentication either.
    bed.clock.advance(Duration::from_mins(11));
    change(&bed, &john, &json!({"email": "john@example.org"})).await.expect(200);
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn another_email_needs_a_proof_and_is_told_to_be_taken_only_with_it() {
    let bed = Testbed::new();
    let (john, _) = (bed.register("john").await, bed.register("eve").await);
    let taken =
        json!({"email": "Eve@example.org", "name": {"first": "John"}, "phone": "+14155552671"});
    let flat = json!({"email": "Eve@example.org", "firstName": "John", "displayName": "Johnny"});
    change(&bed, &john, &taken).await.problem(409, "email_taken");
    bed.post("/user/update", &flat).by(&john).send().await.problem(409, "email_taken");
    bed.clock.advance(Duration::from_mins(10));
    for email in ["eve@example.org", NEW] {
        let update = json!({"email": email, "name": {"first": "John"}});
        change(&bed, &john, &update).await.problem(403, "reauthentication_required");
        let flat = json!({"email": email, "displayName": "Johnny"});
        let answer = bed.post("/user/update", &flat).by(&john).send().await;
        answer.problem(403, "reauthentication_required");
    }
    let data = bed.get("/user/profile").by(&john).send().await.data();
    assert_eq!((&data["version"], &data["pendingEmail"]), (&json!(0), &Value::Null));
    assert_eq!(
        (&data["name"]["first"], &data["profile"]["displayName"]),
        (&Value::Null, &json!("john"))
    );
    assert!(mails(&bed, NEW).await.is_empty());
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn codes_are_counted_together_whichever_route_sends_them_and_too_many_change_nothing() {
    let limits = selfsame_testbed::identity::settings::SendLimits::PRODUCTION;
    let bed = Testbed::with(|settings| settings.identity.otp_limits = limits);
    let john = bed.register("john").await;
    for _ in 0..5 {
        change(&bed, &john, &json!({"email": NEW})).await.expect(200);
        let body = json!({"newEmail": NEW});
        bed.post("/auth/profile/email/initiate", &body).by(&john).send().await.expect(200);
    }
    let update = json!({"email": NEW, "name": {"first": "John"}});
    change(&bed, &john, &update).await.problem(429, "rate_limited");
    let flat = json!({"email": NEW, "bio": "Hello"});
    bed.post("/user/update", &flat).by(&john).send().await.problem(429, "rate_limited");
    let data = bed.get("/user/profile").by(&john).send().await.data();
    assert_eq!((&data["name"]["first"], &data["profile"]["bio"]), (&Value::Null, &json!("")));
    assert_eq!(mails(&bed, NEW).await.len(), 10);
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn a_flat_update_begins_a_change_of_email_too_all_or_nothing() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let wrong = json!({"email": NEW, "firstName": "x".repeat(51)});
    assert_eq!(
        bed.post("/user/update", &wrong).by(&john).send().await.refused_fields(),
        ["/firstName"]
    );
    let stale =
        bed.put("/v1/account", &json!({"email": NEW})).by(&john).header("if-match", "\"9-x\"");
    stale.send().await.problem(412, "version_conflict");
    assert!(mails(&bed, NEW).await.is_empty());
    let update = json!({"email": NEW, "displayName": "Johnny"});
    let data = bed.post("/user/update", &update).by(&john).send().await.expect(200).data();
    assert_eq!(
        (&data["pendingEmail"], &data["profile"]["displayName"]),
        (&json!(NEW), &json!("Johnny"))
    );
    assert_eq!(mails(&bed, NEW).await.len(), 1);
    assert_eq!(bed.event_types().await, ["profile.updated"]);
}

#[tokio::test]
async fn a_stale_write_is_refused_and_what_has_not_changed_is_not_sent_again() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let etag = bed.get("/v1/account").by(&john).send().await.header("etag").to_owned();
    bed.get("/v1/account").by(&john).header("if-none-match", &etag).send().await.expect(304);
    let write = |first: &str| {
        bed.put("/v1/account", &json!({"name": {"first": first}}))
            .by(&john)
            .header("if-match", &etag)
    };
    write("One").send().await.expect(200);
    write("Two").send().await.problem(412, "version_conflict");
    let data = bed
        .get("/v1/account")
        .by(&john)
        .header("if-none-match", &etag)
        .send()
        .await
        .expect(200)
        .data();
    assert_eq!(data["name"]["first"], "One");
    change(&bed, &john, &json!({"name": {"first": " One "}})).await.expect(200);
    assert_eq!(bed.event_types().await, ["user.account_updated"]);
}

#[tokio::test]
async fn contact_data_lie_sealed_in_the_store() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    change(&bed, &john, &json!({"name": {"last": "Featherstone"}, "phone": "+14155552671"}))
        .await
        .expect(200);
    let user = UserId::parse(&john.id).unwrap();
    let item =
        bed.app.platform.store.get(&super::record::Personal::key(&user)).await.unwrap().unwrap();
    let stored = String::from_utf8(item.body.to_vec()).unwrap();
    assert!(stored.starts_with("personal/1\n"), "{stored}");
    assert!(!stored.contains("Featherstone") && !stored.contains("4155552671"), "{stored}");
    bed.events().await;
}

#[tokio::test]
async fn the_complete_user_is_account_and_profile_in_one() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let mut expected = account(&bed, &john).await;
    expected["profile"] = bed.get("/v1/profile").by(&john).send().await.data();
    let answer = bed.get("/user/profile").by(&john).send().await.expect(200);
    assert_eq!(answer.data(), expected);
    let etag = answer.header("etag").to_owned();
    bed.get("/user/profile").by(&john).header("if-none-match", &etag).send().await.expect(304);
}

#[tokio::test]
async fn a_flat_update_changes_account_and_profile_at_once() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update = json!({"firstName": "John", "phone": "020 7946 0018", "country": "GB", "city": "London", "displayName": "Johnny", "location": "London"});
    let data = bed.post("/user/update", &update).by(&john).send().await.expect(200).data();
    assert_eq!((&data["name"]["first"], &data["phone"]), (&json!("John"), &json!("+442079460018")));
    assert_eq!(
        (&data["address"]["city"], &data["profile"]["displayName"]),
        (&json!("London"), &json!("Johnny"))
    );
    assert_eq!(bed.get("/user/profile").by(&john).send().await.data(), data);
    let mut emitted = bed.event_types().await;
    emitted.sort();
    assert_eq!(emitted, ["profile.updated", "user.account_updated"]);
    bed.post("/user/update", &json!({"lastName": "Doe"})).by(&john).send().await.expect(200);
    assert_eq!(bed.event_types().await, ["user.account_updated"]);
    bed.post("/user/update", &json!({"bio": "Hello"})).by(&john).send().await.expect(200);
    assert_eq!(bed.event_types().await, ["profile.updated"]);
}

#[tokio::test]
async fn an_account_can_be_written_back_as_it_was_read() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update =
        json!({"firstName": "John", "phone": "020 7946 0018", "country": "GB", "city": "London"});
    bed.post("/user/update", &update).by(&john).send().await.expect(200);
    let mut read = bed.get("/user/profile").by(&john).send().await.expect(200).data();
    bed.events().await;
    let data = bed.post("/user/update", &read).by(&john).send().await.expect(200).data();
    assert_eq!(data, read);
    assert!(bed.event_types().await.is_empty());
    read["lastName"] = json!("Doe");
    let data = bed.post("/user/update", &read).by(&john).send().await.expect(200).data();
    assert_eq!(data["name"], json!({"first": "John", "last": "Doe"}));
    bed.events().await;
}

#[test]
fn what_can_not_be_written_to_an_account_can_not_be_written_flat() {
    let (nested, flat) =
        (super::rule::AccountUpdate::READ_ONLY, super::flat_update::UserUpdate::READ_ONLY);
    assert!(nested.iter().all(|name| flat.contains(name)));
}

#[tokio::test]
async fn a_flat_update_with_wrong_fields_names_all_of_them_and_changes_nothing() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update = json!({
        "displayName": "", "firstName": "x".repeat(51), "city": "y".repeat(101), "country": "XX",
        "email": "other", "lastName": "Doe", "bio": "fine"
    });
    let refused = bed.post("/user/update", &update).by(&john).send().await.refused_fields();
    assert_eq!(refused, ["/displayName", "/firstName", "/city", "/country", "/email"]);
    let refused =
        bed.post("/user/update", &json!({"badges": "x"})).by(&john).send().await.refused_fields();
    assert_eq!(refused, ["/badges"]);
    let wrong_profile = json!({"firstName": "John", "timezone": "Mars/Base"});
    assert_eq!(
        bed.post("/user/update", &wrong_profile).by(&john).send().await.refused_fields(),
        ["/timezone"]
    );
    assert_eq!(account(&bed, &john).await["version"], json!(0));
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn the_account_says_when_a_second_factor_is_on() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let factor = selfsame_users::records::SecondFactor {
        secret: "c2VhbGVk".into(),
        enabled_at: Some(START),
        last_step: 0,
        recovery_codes: Vec::new(),
        failures: 0,
        paused_until: None,
    };
    let user = UserId::parse(&john.id).unwrap();
    let key = user_key(&user, "two-factor");
    let decide = |_: &Loaded| Ok::<_, StoreError>((Changes::none().put(key.clone(), &factor), ()));
    bed.app.platform.journal.change(&user, &[], &Origin::default(), decide).await.unwrap();
    assert_eq!(account(&bed, &john).await["twoFactorEnabled"], json!(true));
}
