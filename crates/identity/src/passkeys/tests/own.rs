//! A user's own passkeys.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_passkey_is_made_listed_renamed_and_removed() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let asked = options(&bed, &ada).await;
    let public_key = &asked["publicKey"];
    assert_eq!(public_key["rp"], json!({"id": "localhost", "name": "localhost"}));
    assert_eq!(
        (&public_key["user"]["name"], &public_key["attestation"]),
        (&json!("ada"), &json!("none"))
    );
    let phone = Authenticator::p256();
    let made = add(&bed, &ada, &phone.create(&asked)).await.expect(201).data();
    let id = made["passkeyId"].as_str().unwrap().to_owned();
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].event_type.as_str(), &events[0].data),
        ("passkey.added", &json!({"userId": ada.id, "passkeyId": id, "name": "Phone"}))
    );
    let list = async || {
        bed.get("/v1/account/passkeys").by(&ada).send().await.expect(200).data()["items"].clone()
    };
    let mut expected = json!({
        "passkeyId": id, "name": "Phone", "backedUp": false, "createdAt": bed.app.platform.now(), "lastUsedAt": null
    });
    assert_eq!(list().await, json!([expected]));
    let path = format!("/v1/account/passkeys/{id}");
    let renamed =
        bed.call("PATCH", &path).json(&json!({"name": " Old phone "})).by(&ada).send().await;
    assert_eq!(renamed.expect(200).data()["name"], "Old phone");
    expected["name"] = json!("Old phone");
    assert_eq!(list().await, json!([expected]));
    let asked = options(&bed, &ada).await;
    assert_eq!(
        asked["publicKey"]["excludeCredentials"],
        json!([{"type": "public-key", "id": selfsame_primitives::base64url(&phone.id), "transports": ["internal", "hybrid"]}])
    );
    bed.delete(&path).by(&ada).send().await.expect(200);
    bed.delete(&path).by(&ada).send().await.problem(404, "not_found");
    assert_eq!(list().await, json!([]));
    assert_eq!(bed.event_types().await, ["passkey.removed"]);
}

#[tokio::test]
async fn names_are_checked_and_what_is_no_passkey_is_not_found() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    let id = registered(&bed, &ada, &Authenticator::ed25519()).await;
    let rename = async |user: &User, id: &str, name: &str| {
        let call = bed.call("PATCH", &format!("/v1/account/passkeys/{id}"));
        call.json(&json!({"name": name})).by(user).send().await
    };
    for name in ["", "a\nb", &"x".repeat(51)] {
        assert_eq!(rename(&ada, &id, name).await.refused_fields(), ["/name"]);
    }
    rename(&eve, &id, "Mine").await.problem(404, "not_found");
    for id in ["x", "AAAAAAAAAAAAAAAAAAAAAA", "%2e%2e"] {
        rename(&ada, id, "Phone").await.problem(404, "not_found");
    }
    bed.delete(&format!("/v1/account/passkeys/{id}"))
        .by(&eve)
        .send()
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn an_answer_that_does_not_fit_makes_no_passkey() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    let bent: [fn(&Authenticator); 5] = [
        |phone| *phone.origin.borrow_mut() = "https://evil.example".into(),
        |phone| *phone.rp_id.borrow_mut() = "evil.example".into(),
        |phone| phone.flags.set(0),
        |phone| phone.cross_origin.set(true),
        |phone| *phone.origin.borrow_mut() = "http://localhost:8081".into(),
    ];
    for bend in bent {
        let phone = Authenticator::p256();
        bend(&phone);
        let made = phone.create(&options(&bed, &ada).await);
        assert_eq!(add(&bed, &ada, &made).await.refused_fields(), ["/credential"]);
    }
    let phone = Authenticator::p256();
    let asked = options(&bed, &ada).await;
    let made = phone.create(&asked);
    assert_eq!(
        add(&bed, &eve, &made).await.refused_fields(),
        ["/credential"],
        "another's challenge"
    );
    let sign_in = phone.create(&sign_in_options(&bed, &json!({})).await);
    assert_eq!(
        add(&bed, &ada, &sign_in).await.refused_fields(),
        ["/credential"],
        "another purpose"
    );
    for member in ["clientDataJSON", "attestationObject"] {
        for broken in ["", "AAAA", "not base 64!"] {
            let mut made = made.clone();
            made["response"][member] = json!(broken);
            assert_eq!(
                add(&bed, &ada, &made).await.refused_fields(),
                ["/credential"],
                "{member}: {broken}"
            );
        }
    }
    bed.clock.advance(Duration::from_mins(5));
    assert_eq!(add(&bed, &ada, &made).await.refused_fields(), ["/credential"], "too late");
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_challenge_makes_one_passkey_and_a_passkey_is_kept_once() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let asked = options(&bed, &ada).await;
    let (one, two) = (Authenticator::p256(), Authenticator::p256());
    add(&bed, &ada, &one.create(&asked)).await.expect(201);
    assert_eq!(add(&bed, &ada, &two.create(&asked)).await.refused_fields(), ["/credential"]);
    let again = one.create(&options(&bed, &ada).await);
    add(&bed, &ada, &again).await.problem(409, "conflict");
    assert_eq!(bed.event_types().await, ["passkey.added"]);
}

#[tokio::test]
async fn there_are_at_most_twenty() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let asked = options(&bed, &ada).await;
    for _ in 0..20 {
        registered(&bed, &ada, &Authenticator::ed25519()).await;
    }
    bed.post("/v1/account/passkeys/options", &json!({}))
        .by(&ada)
        .send()
        .await
        .problem(409, "conflict");
    add(&bed, &ada, &Authenticator::ed25519().create(&asked)).await.problem(409, "conflict");
}

#[tokio::test]
async fn adding_and_removing_need_recent_authentication() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let id = registered(&bed, &ada, &Authenticator::p256()).await;
    let made = Authenticator::p256().create(&options(&bed, &ada).await);
    bed.clock.advance(Duration::from_mins(10));
    add(&bed, &ada, &made).await.problem(403, "reauthentication_required");
    let asked = bed.post("/v1/account/passkeys/options", &json!({})).by(&ada).send().await;
    asked.problem(403, "reauthentication_required");
    let removed = bed.delete(&format!("/v1/account/passkeys/{id}")).by(&ada).send().await;
    removed.problem(403, "reauthentication_required");
}

#[tokio::test]
async fn a_service_without_a_name_has_no_passkeys() {
    let bed = Testbed::with(|settings| settings.urls.public = "https://192.0.2.1".into());
    let ada = bed.register("ada").await;
    bed.post("/v1/account/passkeys/options", &json!({}))
        .by(&ada)
        .send()
        .await
        .problem(409, "conflict");
    bed.post("/auth/passkeys/options", &json!({})).send().await.problem(409, "conflict");
}
