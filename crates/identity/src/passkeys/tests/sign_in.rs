//! Sign-in and reauthentication by passkey.

use std::sync::Arc;
use std::time::Duration;

use super::authenticator::PRESENT;
use super::*;

#[tokio::test]
async fn a_passkey_signs_in_alone() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for phone in [Authenticator::p256(), Authenticator::ed25519()] {
        registered(&bed, &ada, &phone).await;
        let asked = sign_in_options(&bed, &json!({})).await;
        assert_eq!(asked["publicKey"]["allowCredentials"], json!([]));
        assert_eq!(asked["publicKey"]["userVerification"], "required");
        let data = login(&bed, &phone.get(&asked)).await.expect(200).data();
        assert_eq!(data["user"]["userId"], ada.id);
        let token = data["accessToken"].as_str().unwrap();
        let list = bed.get("/v1/account/passkeys").token(token).send().await.expect(200).data();
        let used = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|passkey| passkey["lastUsedAt"].is_string());
        assert!(used.count() > 0);
        assert_eq!(bed.event_types().await, ["session.created"]);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_signs_nobody_in() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let phone = Authenticator::p256();
    registered(&bed, &ada, &phone).await;
    let bent: [fn(&Authenticator); 6] = [
        |phone| *phone.origin.borrow_mut() = "https://evil.example".into(),
        |phone| *phone.rp_id.borrow_mut() = "evil.example".into(),
        |phone| phone.flags.set(0),
        |phone| phone.flags.set(PRESENT),
        |phone| phone.cross_origin.set(true),
        |phone| *phone.user.borrow_mut() = None,
    ];
    for bend in bent {
        let other = Authenticator::p256();
        registered(&bed, &ada, &other).await;
        bend(&other);
        let used = other.get(&sign_in_options(&bed, &json!({})).await);
        login(&bed, &used).await.problem(401, "invalid_credentials");
    }
    let asked = sign_in_options(&bed, &json!({})).await;
    let used = phone.get(&asked);
    for member in ["clientDataJSON", "authenticatorData", "signature", "userHandle"] {
        for broken in ["", "AAAA", "not base 64!"] {
            let mut used = used.clone();
            used["response"][member] = json!(broken);
            login(&bed, &used).await.problem(401, "invalid_credentials");
        }
    }
    let unknown = Authenticator::p256();
    (*unknown.user.borrow_mut()).clone_from(&phone.user.borrow());
    let unknown_login = unknown.get(&sign_in_options(&bed, &json!({})).await);
    login(&bed, &unknown_login).await.problem(401, "invalid_credentials");
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn another_users_handle_leads_nowhere() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    let phone = Authenticator::p256();
    registered(&bed, &eve, &phone).await;
    *phone.user.borrow_mut() = Some(selfsame_primitives::base64url(&ada.id));
    let used = phone.get(&sign_in_options(&bed, &json!({})).await);
    login(&bed, &used).await.problem(401, "invalid_credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_counts_once_however_often_it_is_sent() {
    let bed = Arc::new(Testbed::new());
    let ada = bed.register("ada").await;
    let phone = Authenticator::p256();
    registered(&bed, &ada, &phone).await;
    let used = phone.get(&sign_in_options(&bed, &json!({})).await);
    let calls = (0..4).map(|_| {
        let (bed, used) = (Arc::clone(&bed), used.clone());
        tokio::spawn(async move { login(&bed, &used).await.status })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401]);
    bed.events().await;
}

#[tokio::test]
async fn a_counter_that_does_not_go_up_is_a_copy() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let phone = Authenticator::p256();
    phone.count.set(7);
    let id = registered(&bed, &ada, &phone).await;
    phone.count.set(8);
    login(&bed, &phone.get(&sign_in_options(&bed, &json!({})).await)).await.expect(200);
    assert_eq!(bed.event_types().await, ["session.created"]);
    for count in [8, 3, 0] {
        phone.count.set(count);
        let used = phone.get(&sign_in_options(&bed, &json!({})).await);
        login(&bed, &used).await.problem(401, "invalid_credentials");
        let events = bed.events().await;
        let event_types: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
        assert_eq!(event_types, ["security.passkey_copied", "security.alert"]);
        assert_eq!(events[0].data, json!({"passkeyId": id}));
        assert_eq!(events[1].data["evidence"]["passkeyId"], json!(id));
    }
}

#[tokio::test]
async fn whether_a_passkey_may_be_backed_up_never_changes() {
    const CAN_BE_BACKED_UP: u8 = 1 << 3;
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for can in [false, true] {
        let phone = Authenticator::p256();
        let (plain, other) = (phone.flags.get(), phone.flags.get() | CAN_BE_BACKED_UP);
        let (made, changed) = if can { (other, plain) } else { (plain, other) };
        phone.flags.set(made);
        registered(&bed, &ada, &phone).await;
        phone.flags.set(changed);
        let used = phone.get(&sign_in_options(&bed, &json!({})).await);
        login(&bed, &used).await.problem(401, "invalid_credentials");
        phone.flags.set(made);
        login(&bed, &phone.get(&sign_in_options(&bed, &json!({})).await)).await.expect(200);
    }
    bed.events().await;
}

#[tokio::test]
async fn a_removed_passkey_signs_nobody_in() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let phone = Authenticator::p256();
    let id = registered(&bed, &ada, &phone).await;
    let used = phone.get(&sign_in_options(&bed, &json!({})).await);
    bed.delete(&format!("/v1/account/passkeys/{id}")).by(&ada).send().await.expect(200);
    login(&bed, &used).await.problem(401, "invalid_credentials");
    bed.events().await;
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_by_a_touch_alone() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let phone = Authenticator::p256();
    registered(&bed, &ada, &phone).await;
    crate::two_factor::enabled_for_tests(&bed, &ada).await;
    let password = json!({"identifier": "ada", "password": "correct horse battery staple"});
    let challenged = bed.post("/auth/login", &password).send().await.expect(200).data();
    assert_eq!(challenged["methods"], json!(["totp", "recovery_code", "passkey"]));
    let id = &challenged["challengeId"];
    phone.flags.set(PRESENT);
    let step = async |credential: Value| {
        let body = json!({"challengeId": id, "credential": credential});
        bed.post("/auth/login/2fa", &body).send().await
    };
    let other = phone.get(&sign_in_options(&bed, &json!({"challengeId": "another"})).await);
    step(other).await.problem(401, "invalid_credentials");
    let asked = sign_in_options(&bed, &json!({"challengeId": id})).await;
    assert_eq!(asked["publicKey"]["userVerification"], "preferred");
    let used = phone.get(&asked);
    step(used.clone()).await.expect(200);
    step(used).await.problem(401, "challenge_ended");
    assert_eq!(bed.event_types().await, ["session.created"]);
}

#[tokio::test]
async fn a_passkey_reauthenticates() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    let (phone, other) = (Authenticator::p256(), Authenticator::p256());
    registered(&bed, &ada, &phone).await;
    registered(&bed, &eve, &other).await;
    bed.clock.advance(Duration::from_mins(10));
    let asked = async || {
        bed.post("/auth/reauthenticate/options", &json!({}))
            .by(&ada)
            .send()
            .await
            .expect(200)
            .data()
    };
    let prove = async |credential: Value| {
        bed.post("/auth/reauthenticate", &json!({"credential": credential})).by(&ada).send().await
    };
    assert_eq!(asked().await["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
    let sign_in = phone.get(&sign_in_options(&bed, &json!({})).await);
    assert_eq!(prove(sign_in).await.refused_fields(), ["/credential"], "another purpose");
    assert_eq!(
        prove(other.get(&asked().await)).await.refused_fields(),
        ["/credential"],
        "another's"
    );
    prove(phone.get(&asked().await)).await.expect(200);
    options(&bed, &ada).await;
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}
