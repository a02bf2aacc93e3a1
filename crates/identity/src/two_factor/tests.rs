use std::sync::Arc;
use std::time::Duration;

use selfsame_primitives::UserId;
use selfsame_store::{Maintenance as _, Store as _};
use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use super::totp;

const PASSWORD: &str = "correct horse battery staple";

/// An authenticator application.
struct Phone {
    secret: Vec<u8>,
}

impl Phone {
    fn of(setup: &Value) -> Self {
        Self { secret: decoded(setup["secret"].as_str().unwrap()) }
    }

    /// The code of `steps` steps from now.
    fn code(&self, bed: &Testbed, steps: u64) -> String {
        totp::code(&self.secret, bed.app.platform.now().seconds().cast_unsigned() / 30 + steps)
    }

    /// A code that fits at no step near the present one.
    fn wrong(&self, bed: &Testbed) -> String {
        let near: Vec<String> = (0..4)
            .map(|steps| {
                totp::code(
                    &self.secret,
                    bed.app.platform.now().seconds().cast_unsigned() / 30 - 1 + steps,
                )
            })
            .collect();
        (0..9).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
    }
}

/// RFC 4648 §6, backwards.
fn decoded(text: &str) -> Vec<u8> {
    let bits = text.bytes().flat_map(|letter| {
        let value = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
        (0..5).rev().map(move |bit| value >> bit & 1)
    });
    let bits: Vec<u8> = bits.collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect()
}

/// Turns the second factor on; the codes are those for paper.
async fn enabled(bed: &Testbed, user: &User) -> (Phone, Vec<String>) {
    let setup =
        bed.post("/v1/account/2fa/setup", &json!({})).by(user).send().await.expect(200).data();
    let phone = Phone::of(&setup);
    let body = json!({"code": phone.code(bed, 0)});
    let codes = bed.post("/v1/account/2fa/verify", &body).by(user).send().await.expect(200).data();
    let codes = codes["recoveryCodes"].as_array().unwrap();
    bed.events().await;
    (phone, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// Turns the second factor on; the answer are the recovery codes.
pub(crate) async fn enabled_for_tests(bed: &Testbed, user: &User) -> Vec<String> {
    enabled(bed, user).await.1
}

async fn login(bed: &Testbed, name: &str) -> Value {
    let body = json!({"identifier": name, "password": PASSWORD});
    bed.post("/auth/login", &body).send().await.expect(200).data()
}

async fn step(bed: &Testbed, challenge: &Value, code: &str) -> Answer {
    let body = json!({"challengeId": challenge["challengeId"], "code": code});
    bed.post("/auth/login/2fa", &body).send().await
}

async fn state(bed: &Testbed, user: &User) -> Value {
    bed.get("/v1/account/2fa").by(user).send().await.expect(200).data()
}

/// The next step, so that codes that were taken don't count.
fn wait(bed: &Testbed) {
    bed.clock.advance(Duration::from_secs(30));
}

#[tokio::test]
async fn a_setup_gives_the_application_its_secret_and_changes_nothing_yet() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let setup =
        bed.post("/v1/account/2fa/setup", &json!({})).by(&ada).send().await.expect(200).data();
    let secret = setup["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 32);
    assert_eq!(
        setup["otpauthUrl"].as_str().unwrap(),
        format!(
            "otpauth://totp/127.0.0.1%3Aada%40example.org?secret={secret}&issuer=127.0.0.1&algorithm=SHA1&digits=6&period=30"
        )
    );
    assert!(setup["qrSvg"].as_str().unwrap().starts_with("<svg xmlns"));
    assert!(setup["qrPng"].as_str().unwrap().starts_with("data:image/png;base64,iVBORw0KGgo"));
    assert_eq!(
        state(&bed, &ada).await,
        json!({"enabled": false, "enabledAt": null, "recoveryCodesLeft": 0})
    );
    assert!(login(&bed, "ada").await["accessToken"].is_string());
    assert_eq!(bed.event_types().await, ["session.created"]);
}

#[tokio::test]
async fn a_first_code_turns_it_on_and_shows_ten_recovery_codes_once() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let setup =
        bed.post("/v1/account/2fa/setup", &json!({})).by(&ada).send().await.expect(200).data();
    let phone = Phone::of(&setup);
    let verify = async |code: String| {
        bed.post("/v1/account/2fa/verify", &json!({"code": code})).by(&ada).send().await
    };
    assert_eq!(verify(phone.wrong(&bed)).await.refused_fields(), ["/code"]);
    assert_eq!(bed.event_types().await, Vec::<String>::new());
    let codes = verify(phone.code(&bed, 0)).await.expect(200).data();
    assert_eq!(codes["recoveryCodes"].as_array().unwrap().len(), 10);
    let now = bed.app.platform.now();
    assert_eq!(
        state(&bed, &ada).await,
        json!({"enabled": true, "enabledAt": now, "recoveryCodesLeft": 10})
    );
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].event_type.as_str(), &events[0].data),
        ("user.2fa_enabled", &json!({"userId": ada.id, "updatedAt": now}))
    );
    verify(phone.code(&bed, 1)).await.problem(409, "conflict");
    bed.post("/v1/account/2fa/setup", &json!({})).by(&ada).send().await.problem(409, "conflict");
}

#[tokio::test]
async fn a_setup_lasts_for_an_hour() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let setup =
        bed.post("/v1/account/2fa/setup", &json!({})).by(&ada).send().await.expect(200).data();
    let phone = Phone::of(&setup);
    bed.clock.advance(Duration::from_hours(1));
    let ada = again(&bed, "ada").await;
    let body = json!({"code": phone.code(&bed, 0)});
    bed.post("/v1/account/2fa/verify", &body).by(&ada).send().await.problem(409, "conflict");
    bed.events().await;
}

/// Signs in anew, since tokens and proofs do not last.
async fn again(bed: &Testbed, name: &str) -> User {
    as_user(&login(bed, name).await)
}

fn as_user(data: &Value) -> User {
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    User { id: text("/user/userId"), token: text("/accessToken"), data: data.clone() }
}

#[tokio::test]
async fn a_sign_in_asks_for_a_code_and_takes_it_once() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (phone, _) = enabled(&bed, &ada).await;
    let (first, second) = (login(&bed, "ada").await, login(&bed, "ada").await);
    assert_eq!(first["mfaRequired"], true);
    assert_eq!(first["methods"], json!(["totp", "recovery_code"]));
    assert_eq!(first.get("accessToken"), None);
    assert_eq!(bed.event_types().await, Vec::<String>::new(), "no session yet");
    step(&bed, &first, &phone.code(&bed, 0)).await.problem(401, "invalid_credentials");
    let code = phone.code(&bed, 1);
    let data =
        step(&bed, &first, &format!("{} {}", &code[..3], &code[3..])).await.expect(200).data();
    assert_eq!(data["user"]["userId"], ada.id);
    assert_eq!(bed.event_types().await, ["session.created"]);
    bed.get("/v1/account/sessions").by(&as_user(&data)).send().await.expect(200);
    step(&bed, &first, &phone.code(&bed, 1)).await.problem(401, "challenge_ended");
    step(&bed, &second, &code).await.problem(401, "invalid_credentials");
    wait(&bed);
    step(&bed, &second, &phone.code(&bed, 1)).await.expect(200);
    assert_eq!(bed.event_types().await, ["session.created"]);
}

#[tokio::test]
async fn the_session_is_on_the_device_of_the_first_step() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (_, codes) = enabled(&bed, &ada).await;
    let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    for (name, code) in [(None, &codes[0]), (Some("Desk"), &codes[1])] {
        let body = json!({"identifier": "ada", "password": PASSWORD, "deviceName": name});
        let call = bed.post("/auth/login", &body).header("user-agent", agent);
        let challenge = call.send().await.expect(200).data();
        let data = step(&bed, &challenge, code).await.expect(200).data();
        let sessions =
            bed.get("/v1/account/sessions").by(&as_user(&data)).send().await.expect(200).data();
        let mut sessions = sessions["items"].as_array().unwrap().iter();
        let own = sessions.find(|session| session["current"] == true).unwrap();
        assert_eq!(own["device"], name.unwrap_or(agent));
    }
    bed.events().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_sign_ins_that_show_one_code_at_once_one_gets_in() {
    let bed = Arc::new(Testbed::new());
    let ada = bed.register("ada").await;
    let (phone, _) = enabled(&bed, &ada).await;
    wait(&bed);
    let mut challenges = Vec::new();
    for _ in 0..5 {
        challenges.push(login(&bed, "ada").await);
    }
    let code = phone.code(&bed, 0);
    let calls = challenges.into_iter().map(|challenge| {
        let (bed, code) = (Arc::clone(&bed), code.clone());
        tokio::spawn(async move { step(&bed, &challenge, &code).await.status })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401]);
    let event_types = bed.event_types().await;
    assert_eq!(event_types.iter().filter(|kind| *kind == "session.created").count(), 1);
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (_, codes) = enabled(&bed, &ada).await;
    let challenge = login(&bed, "ada").await;
    let data =
        step(&bed, &challenge, &codes[3].to_uppercase().replace('-', " ")).await.expect(200).data();
    let events = bed.events().await;
    let event_types: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(event_types, ["user.recovery_code_used", "session.created"]);
    assert_eq!(events[0].data, json!({"userId": ada.id, "left": 9}));
    assert_eq!(state(&bed, &as_user(&data)).await["recoveryCodesLeft"], 9);
    let challenge = login(&bed, "ada").await;
    step(&bed, &challenge, &codes[3]).await.problem(401, "invalid_credentials");
    step(&bed, &challenge, &codes[4]).await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn new_recovery_codes_take_the_place_of_the_old_ones() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let replace =
        async || bed.post("/v1/account/2fa/recovery-codes", &json!({})).by(&ada).send().await;
    replace().await.problem(409, "conflict");
    let (_, old) = enabled(&bed, &ada).await;
    let new = replace().await.expect(200).data();
    assert_eq!(bed.event_types().await, ["user.recovery_codes_replaced"]);
    let challenge = login(&bed, "ada").await;
    step(&bed, &challenge, &old[0]).await.problem(401, "invalid_credentials");
    step(&bed, &challenge, new["recoveryCodes"][0].as_str().unwrap()).await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn a_challenge_ends_after_five_tries_and_after_five_minutes() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (phone, codes) = enabled(&bed, &ada).await;
    let challenge = login(&bed, "ada").await;
    bed.clock.advance(Duration::from_mins(5));
    step(&bed, &challenge, &phone.code(&bed, 0)).await.problem(401, "challenge_ended");
    let challenge = login(&bed, "ada").await;
    for _ in 0..5 {
        step(&bed, &challenge, "00000-00000").await.problem(401, "invalid_credentials");
        bed.clock.advance(Duration::from_secs(20));
    }
    step(&bed, &challenge, &codes[0]).await.problem(401, "challenge_ended");
    bed.events().await;
}

#[tokio::test]
async fn too_many_wrong_codes_pause_codes_but_not_recovery_codes() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (phone, codes) = enabled(&bed, &ada).await;
    let challenge = login(&bed, "ada").await;
    for _ in 0..5 {
        step(&bed, &challenge, &phone.wrong(&bed)).await.problem(401, "invalid_credentials");
        bed.clock.advance(Duration::from_secs(5));
    }
    let events = bed.events().await;
    let event_types: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(event_types, ["security.code_guessing", "security.alert"]);
    assert_eq!(events[0].data, json!({"factor": "TWO_FACTOR", "wrongCodes": 5}));
    assert_eq!(events[1].data["kind"], "two_factor_guessing");
    let challenge = login(&bed, "ada").await;
    let paused = step(&bed, &challenge, &phone.code(&bed, 1)).await;
    assert_eq!(paused.header("retry-after"), "25");
    paused.problem(429, "rate_limited");
    step(&bed, &challenge, &codes[0]).await.expect(200);
    wait(&bed);
    step(&bed, &login(&bed, "ada").await, &phone.code(&bed, 1)).await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn after_a_hundred_wrong_codes_none_is_checked_until_another_factor_is_shown() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (phone, codes) = enabled(&bed, &ada).await;
    for _ in 0..100 {
        let challenge = login(&bed, "ada").await;
        step(&bed, &challenge, &phone.wrong(&bed)).await.problem(401, "invalid_credentials");
        bed.clock.advance(Duration::from_mins(16));
    }
    step(&bed, &login(&bed, "ada").await, &phone.code(&bed, 1)).await.problem(403, "factor_closed");
    let code = json!({"code": phone.code(&bed, 1)});
    let token = step(&bed, &login(&bed, "ada").await, &codes[0]).await.expect(200).data();
    let token = token["accessToken"].as_str().unwrap().to_owned();
    bed.post("/auth/reauthenticate", &code).token(&token).send().await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn a_challenge_is_void_once_the_password_has_changed_or_the_factor_is_off() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (phone, _) = enabled(&bed, &ada).await;
    let challenge = login(&bed, "ada").await;
    let body = json!({"currentPassword": PASSWORD, "newPassword": "kq7#mvWz"});
    bed.post("/v1/account/password", &body).by(&ada).send().await.expect(200);
    step(&bed, &challenge, &phone.code(&bed, 1)).await.problem(401, "challenge_ended");
    bed.events().await;
}

#[tokio::test]
async fn invalid_challenge_ids_reveal_nothing() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for id in [
        String::new(),
        "x".into(),
        format!("01JD3Z5K8QW4N6R7T9V2X0Y1AB.{}", ada.id),
        "01JD3Z5K8QW4N6R7T9V2X0Y1AB.nobody".into(),
    ] {
        let body = json!({"challengeId": id, "code": "123456"});
        bed.post("/auth/login/2fa", &body).send().await.problem(401, "challenge_ended");
    }
    for body in [
        json!({"challengeId": "01JD3Z5K8QW4N6R7T9V2X0Y1AB.ada"}),
        json!({"challengeId": "01JD3Z5K8QW4N6R7T9V2X0Y1AB.ada", "code": "1", "credential": {
            "rawId": "", "response": {"clientDataJSON": "", "authenticatorData": "", "signature": ""}
        }}),
    ] {
        assert_eq!(bed.post("/auth/login/2fa", &body).send().await.refused_fields(), ["/code"]);
    }
}

#[tokio::test]
async fn turning_it_off_needs_password_and_code() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let disable = async |password: &str, code: &str| {
        let body = json!({"password": password, "code": code});
        bed.post("/v1/account/2fa/disable", &body).by(&ada).send().await
    };
    disable(PASSWORD, "123456").await.problem(409, "conflict");
    let (phone, codes) = enabled(&bed, &ada).await;
    assert_eq!(
        disable("another password", &phone.code(&bed, 1)).await.refused_fields(),
        ["/password"]
    );
    assert_eq!(disable(PASSWORD, &phone.wrong(&bed)).await.refused_fields(), ["/code"]);
    assert_eq!(bed.event_types().await, Vec::<String>::new());
    disable(PASSWORD, &codes[0]).await.expect(200);
    assert_eq!(bed.event_types().await, ["user.recovery_code_used", "user.2fa_disabled"]);
    assert!(login(&bed, "ada").await["accessToken"].is_string());
    assert_eq!(state(&bed, &ada).await["enabled"], false);
    bed.events().await;
}

#[tokio::test]
async fn it_stays_on_while_the_password_is_too_short_to_stand_alone() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (phone, _) = enabled(&bed, &ada).await;
    let body = json!({"currentPassword": PASSWORD, "newPassword": "kq7#mvWz"});
    bed.post("/v1/account/password", &body).by(&ada).send().await.expect(200);
    let body = json!({"password": "kq7#mvWz", "code": phone.code(&bed, 1)});
    let problem = bed
        .post("/v1/account/2fa/disable", &body)
        .by(&ada)
        .send()
        .await
        .problem(409, "password_too_short");
    assert_eq!(
        problem["detail"],
        "Your password is too short to stand alone. Choose a longer one first."
    );
    bed.events().await;
}

#[tokio::test]
async fn changes_of_the_factor_need_recent_authentication() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.clock.advance(Duration::from_mins(10));
    for path in ["/v1/account/2fa/setup", "/v1/account/2fa/recovery-codes"] {
        bed.post(path, &json!({})).by(&ada).send().await.problem(403, "reauthentication_required");
    }
    let verify =
        bed.post("/v1/account/2fa/verify", &json!({"code": "123456"})).by(&ada).send().await;
    verify.problem(403, "reauthentication_required");
}

#[tokio::test]
async fn the_store_holds_neither_the_secret_nor_a_recovery_code() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (phone, codes) = enabled(&bed, &ada).await;
    let partition = format!("user/{}", UserId::parse(&ada.id).unwrap());
    let items = bed.store.scan(&partition, None).await.unwrap().items;
    assert!(items.len() > 4);
    let secret = totp::base32(&phone.secret);
    for item in &items {
        let body = String::from_utf8_lossy(&item.body);
        assert!(!body.contains(&secret), "{}", item.key);
        assert!(!item.body.windows(20).any(|window| window == phone.secret), "{}", item.key);
        assert!(!codes.iter().any(|code| body.contains(code.as_str())), "{}", item.key);
    }
    let found = bed
        .store
        .get(&selfsame_users::records::SecondFactor::key(&UserId::parse(&ada.id).unwrap()))
        .await
        .unwrap();
    assert!(found.is_some());
}

/// The token in the link of the newest mail to ada.
pub(crate) async fn undo_link(bed: &Testbed) -> String {
    bed.app.mail.drain().await.unwrap();
    let to = selfsame_primitives::EmailAddress::parse("ada@example.org").unwrap();
    let text = bed.app.mail.inbox().unwrap().newest(Some(&to), 1).await.unwrap()[0].text.clone();
    let (_, token) = text.split_once("/undo?token=").unwrap();
    token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

/// Whether a code is asked for after a new password was chosen.
async fn is_asked(bed: &Testbed) -> bool {
    bed.post("/auth/password/forgot", &json!({"email": "ada@example.org"}))
        .send()
        .await
        .expect(202);
    bed.clock.advance(Duration::from_secs(1));
    bed.app.mail.drain().await.unwrap();
    let to = selfsame_primitives::EmailAddress::parse("ada@example.org").unwrap();
    let text = bed.app.mail.inbox().unwrap().newest(Some(&to), 1).await.unwrap()[0].text.clone();
    let code = text.lines().find_map(|line| line.strip_prefix("    ")).unwrap().trim();
    let new = "a bridge of very old and quiet stones";
    let body = json!({"email": "ada@example.org", "otp": code, "newPassword": new});
    bed.post("/auth/password/reset", &body).send().await.expect(200);
    let login = json!({"identifier": "ada", "password": new});
    bed.post("/auth/login", &login).send().await.expect(200).data()["mfaRequired"] == true
}

#[tokio::test]
async fn a_second_factor_that_a_thief_turned_on_is_gone_by_the_link_in_the_mail() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.clock.advance(Duration::from_secs(1));
    enabled(&bed, &ada).await;
    bed.clock.advance(Duration::from_secs(1));
    bed.post("/auth/undo", &json!({"token": undo_link(&bed).await})).send().await.expect(200);
    bed.clock.advance(Duration::from_secs(1));
    assert!(!is_asked(&bed).await);
    bed.events().await;
}

#[tokio::test]
async fn a_second_factor_that_a_thief_turned_off_is_on_by_the_link_in_the_mail() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.clock.advance(Duration::from_secs(1));
    let (_, codes) = enabled(&bed, &ada).await;
    undo_link(&bed).await;
    bed.clock.advance(Duration::from_secs(1));
    let body = json!({"password": PASSWORD, "code": codes[0]});
    bed.post("/v1/account/2fa/disable", &body).by(&ada).send().await.expect(200);
    bed.post("/auth/undo", &json!({"token": undo_link(&bed).await})).send().await.expect(200);
    bed.clock.advance(Duration::from_secs(1));
    assert!(is_asked(&bed).await);
    bed.events().await;
}

#[tokio::test]
async fn new_recovery_codes_are_mailed_and_the_old_ones_come_back_by_the_link_but_for_a_used_one() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (_, codes) = enabled(&bed, &ada).await;
    // The owner uses a code; a thief makes new ones.
    wait(&bed);
    let challenge = login(&bed, "ada").await;
    step(&bed, &challenge, &codes[0]).await.expect(200);
    bed.clock.advance(Duration::from_secs(1));
    bed.events().await;
    let new = bed
        .post("/v1/account/2fa/recovery-codes", &json!({}))
        .by(&ada)
        .send()
        .await
        .expect(200)
        .data();
    let thiefs: Vec<String> = serde_json::from_value(new["recoveryCodes"].clone()).unwrap();
    assert_eq!(bed.event_types().await, ["user.recovery_codes_replaced"]);
    bed.app.mail.drain().await.unwrap();
    let to = selfsame_primitives::EmailAddress::parse("ada@example.org").unwrap();
    let mail = bed.app.mail.inbox().unwrap().newest(Some(&to), 1).await.unwrap().remove(0);
    assert_eq!(mail.subject, "There are new recovery codes for your account");
    bed.post("/auth/undo", &json!({"token": undo_link(&bed).await})).send().await.expect(200);
    bed.clock.advance(Duration::from_secs(1));
    assert!(is_asked(&bed).await);
    for (code, status) in [(&thiefs[0], 401), (&codes[0], 401), (&codes[1], 200)] {
        wait(&bed);
        let body =
            json!({"identifier": "ada", "password": "a bridge of very old and quiet stones"});
        let challenge = bed.post("/auth/login", &body).send().await.expect(200).data();
        assert_eq!(step(&bed, &challenge, code).await.status, status, "{code}");
    }
    bed.events().await;
}

#[tokio::test]
async fn a_recovery_code_that_turned_the_factor_off_stays_used_when_it_comes_back() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (_, codes) = enabled(&bed, &ada).await;
    bed.clock.advance(Duration::from_secs(1));
    let body = json!({"password": PASSWORD, "code": codes[0]});
    bed.post("/v1/account/2fa/disable", &body).by(&ada).send().await.expect(200);
    bed.post("/auth/undo", &json!({"token": undo_link(&bed).await})).send().await.expect(200);
    let user = selfsame_primitives::UserId::parse(&ada.id).unwrap();
    let factor = selfsame_users::records::SecondFactor::load(&*bed.app.platform.store, &user)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(factor.recovery_codes.len(), 9);
    bed.events().await;
}
