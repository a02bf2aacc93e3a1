//! Aliases through HTTP.

mod crashes;
mod life;
mod lists;
mod privacy;

use std::time::Duration;

use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

use selfsame_testbed::bench::{Bench, BenchAnswer, request};

/// A signed-in user.
struct Person {
    email: String,
    token: String,
    user: selfsame_primitives::UserId,
}

/// The application with users who have aliases.
struct AliasScene {
    bench: Bench,
}

impl AliasScene {
    fn new() -> Self {
        Self { bench: Bench::new() }
    }

    async fn person(&self, name: &str) -> Person {
        let email = format!("{name}@example.org");
        let answer = self.bench.register(&email).await;
        Person { email, token: answer.access(), user: answer.user() }
    }

    /// The same user in another session.
    async fn again(&self, person: &Person) -> Person {
        let answer = self.bench.login(&person.email).await;
        Person { email: person.email.clone(), token: answer.access(), user: person.user.clone() }
    }

    async fn get(&self, person: &Person, path: &str) -> BenchAnswer {
        self.bench.with_token("GET", path, &person.token).await
    }

    async fn post(&self, person: &Person, path: &str, body: Value) -> BenchAnswer {
        let request =
            request("POST", path).header("authorization", format!("Bearer {}", person.token));
        self.bench.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// The user's alias in `context`.
    async fn alias(&self, person: &Person, context: &str, kind: &str) -> Value {
        let path = format!("/v1/profile/alias?context={context}&contextType={kind}");
        data(&self.get(person, &path).await)
    }

    async fn regenerate(&self, person: &Person, context: &str) -> Value {
        let body = json!({"context": context, "contextType": "chat_room"});
        data(&self.post(person, "/v1/profile/alias/regenerate", body).await)
    }

    fn advance(&self, by: Duration) {
        self.bench.advance(by);
    }
}

fn data(answer: &BenchAnswer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json["data"].clone()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}
