//! Signed-in users.

use serde_json::{Value, json};

use crate::Testbed;

/// A signed-in user.
#[derive(Clone, Debug)]
pub struct User {
    /// Their id.
    pub id: String,
    /// Their access token.
    pub token: String,
    /// The whole response to their registration.
    pub data: Value,
}

impl Testbed {
    /// Registers `name` with the address `<name>@example.org`, and discards the events of that.
    pub async fn register(&self, name: &str) -> User {
        let body = json!({
            "email": format!("{name}@example.org"), "username": name, "displayName": name,
            "password": "correct horse battery staple",
        });
        let answer = self.post("/auth/register", &body).send().await.expect(201);
        let data = answer.data();
        let text = |pointer| data.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let user =
            User { id: text("/user/userId"), token: text("/accessToken"), data: data.clone() };
        self.events().await;
        user
    }
}
