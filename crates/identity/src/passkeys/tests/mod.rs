mod authenticator;
mod own;
mod sign_in;
mod undo;

use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use self::authenticator::Authenticator;

async fn options(bed: &Testbed, user: &User) -> Value {
    bed.post("/v1/account/passkeys/options", &json!({})).by(user).send().await.expect(200).data()
}

async fn add(bed: &Testbed, user: &User, credential: &Value) -> Answer {
    let body = json!({"name": "Phone", "credential": credential});
    bed.post("/v1/account/passkeys", &body).by(user).send().await
}

/// A passkey of `user`.
async fn registered(bed: &Testbed, user: &User, authenticator: &Authenticator) -> String {
    let made = authenticator.create(&options(bed, user).await);
    let passkey = add(bed, user, &made).await.expect(201).data();
    bed.events().await;
    passkey["passkeyId"].as_str().unwrap().to_owned()
}

async fn sign_in_options(bed: &Testbed, body: &Value) -> Value {
    bed.post("/auth/passkeys/options", body).send().await.expect(200).data()
}

async fn login(bed: &Testbed, credential: &Value) -> Answer {
    bed.post("/auth/passkeys/login", &json!({"credential": credential})).send().await
}
