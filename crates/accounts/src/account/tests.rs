//! The account through HTTP.

use selfsame_basics::UserId;
use selfsame_events::{Changes, Loaded, Origin, user_key};
use selfsame_items::StoreError;
use selfsame_testbed::{Answer, START, Testbed, User};
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
            "phone": null, "phoneCountry": null, "phoneVerified": false, "address": null,
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
    let update =
        json!({"name": {"first": "John", "last": "Doe"}, "phone": "(415) 555-2671", "address": address});
    let data = change(&bed, &john, &update).await.expect(200).data();
    assert_eq!(data["name"], json!({"first": "John", "last": "Doe"}));
    assert_eq!((&data["phone"], &data["phoneCountry"]), (&json!("+14155552671"), &json!("US")));
    let kept = json!({"line1": "1 Market Street", "line2": null, "city": "San Francisco", "region": "CA", "postalCode": "94105", "country": "US"});
    assert_eq!((&data["address"], &data["version"]), (&kept, &json!(1)));
    assert_eq!(account(&bed, &john).await, data);
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    let told = json!({"userId": john.id, "version": 1, "changed": ["name", "phone", "address"]});
    assert_eq!((events[0].event_type.as_str(), &events[0].data), ("user.account_updated", &told));
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
    let data =
        change(&bed, &john, &json!({"name": null, "phone": null, "address": null})).await.expect(200).data();
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
        (json!({"phoneVerified": true}), "/phoneVerified"),
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
    let data =
        change(&bed, &john, &json!({"phone": "030 901820", "phoneCountry": "de"})).await.expect(200).data();
    assert_eq!((&data["phone"], &data["phoneCountry"]), (&json!("+4930901820"), &json!("DE")));
    change(&bed, &john, &json!({"address": {"country": "FR"}})).await.expect(200);
    let data = change(&bed, &john, &json!({"phone": "01 42 68 53 00"})).await.expect(200).data();
    assert_eq!((&data["phone"], &data["phoneCountry"]), (&json!("+33142685300"), &json!("FR")));
    bed.events().await;
}

#[tokio::test]
async fn another_email_is_sent_to_where_it_is_changed() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update = json!({"email": "other@example.org", "name": {"first": "John"}});
    let problem = change(&bed, &john, &update).await.problem(400, "invalid_request");
    assert_eq!(problem["errors"][0]["pointer"], "/email");
    assert!(problem["errors"][0]["message"].as_str().unwrap().contains("/auth/profile/email/initiate"));
    assert_eq!(change(&bed, &john, &json!({"email": null})).await.refused_fields(), ["/email"]);
    change(&bed, &john, &json!({"email": "john@example.org"})).await.expect(200);
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn a_stale_write_is_refused_and_what_has_not_changed_is_not_sent_again() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let etag = bed.get("/v1/account").by(&john).send().await.header("etag").to_owned();
    bed.get("/v1/account").by(&john).header("if-none-match", &etag).send().await.expect(304);
    let write = |first: &str| {
        bed.put("/v1/account", &json!({"name": {"first": first}})).by(&john).header("if-match", &etag)
    };
    write("One").send().await.expect(200);
    write("Two").send().await.problem(412, "version_conflict");
    let data =
        bed.get("/v1/account").by(&john).header("if-none-match", &etag).send().await.expect(200).data();
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
    let item = bed.app.store.get(&super::record::Personal::key(&user)).await.unwrap().unwrap();
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
    let mut told = bed.event_types().await;
    told.sort();
    assert_eq!(told, ["profile.updated", "user.account_updated"]);
    bed.post("/user/update", &json!({"lastName": "Doe"})).by(&john).send().await.expect(200);
    assert_eq!(bed.event_types().await, ["user.account_updated"]);
    bed.post("/user/update", &json!({"bio": "Hello"})).by(&john).send().await.expect(200);
    assert_eq!(bed.event_types().await, ["profile.updated"]);
}

#[tokio::test]
async fn a_flat_update_with_wrong_fields_names_all_of_them_and_changes_nothing() {
    let bed = Testbed::new();
    let john = bed.register("john").await;
    let update = json!({
        "displayName": "", "firstName": "x".repeat(51), "city": "y".repeat(101), "country": "XX",
        "email": "other@example.org", "lastName": "Doe", "bio": "fine"
    });
    let refused = bed.post("/user/update", &update).by(&john).send().await.refused_fields();
    assert_eq!(refused, ["/displayName", "/firstName", "/city", "/country", "/email"]);
    for field in ["name", "username", "badges"] {
        let refused = bed.post("/user/update", &json!({field: "x"})).by(&john).send().await.refused_fields();
        assert_eq!(refused, [format!("/{field}")]);
    }
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
    let factor = crate::records::SecondFactor {
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
    bed.app.journal.change(&user, &[], &Origin::default(), decide).await.unwrap();
    assert_eq!(account(&bed, &john).await["twoFactorEnabled"], json!(true));
}
