//! Resend, as far as its API can be played here.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::Arc;

use selfsame_mail::{Inbox, Mailer, Message, Provider, ResendAccount, SendError, Sender, connect};
use selfsame_primitives::{EmailAddress, ManualClock, Secret, SeededRandom, Timestamp};
use selfsame_store::MemoryStore;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn message() -> Message {
    Message {
        id: "01JD3Z5K8QW4N6R7T9V2X0Y1AB".into(),
        to: EmailAddress::parse("ada@example.org").unwrap(),
        subject: "Código".into(),
        text: "123456".into(),
        html: "<b>123456</b>".into(),
        created_at: Timestamp::from_millis(1_800_000_000_000),
    }
}

fn mailer(url: String) -> Arc<dyn Mailer> {
    let account = ResendAccount { url, key: Secret::new("re_secret_key") };
    let store = Arc::new(MemoryStore::new(Arc::new(ManualClock::new(Timestamp::from_millis(0)))));
    let inbox = Arc::new(Inbox::new(store, Arc::new(SeededRandom::new(1))));
    let sender = Sender::parse("Acme <id@acme.example>", "Selfsame").unwrap();
    connect(&Provider::Resend(account), sender, &inbox).unwrap()
}

#[tokio::test]
async fn a_mail_is_sent_as_the_api_documents_it_with_its_id_against_doubles() {
    let server = MockServer::builder().start().await;
    let body = json!({
        "from": "\"Acme\" <id@acme.example>",
        "to": ["ada@example.org"],
        "subject": "Código",
        "html": "<b>123456</b>",
        "text": "123456",
        "headers": {"Auto-Submitted": "auto-generated"},
    });
    Mock::given(method("POST"))
        .and(path("/emails"))
        .and(header("Authorization", "Bearer re_secret_key"))
        .and(header("Idempotency-Key", "01JD3Z5K8QW4N6R7T9V2X0Y1AB"))
        .and(body_json(body))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": "49a3999c"})))
        .expect(2)
        .mount(&server)
        .await;
    let mailer = mailer(server.uri());
    assert_eq!(mailer.name(), "resend");
    assert_eq!(mailer.send(&message()).await, Ok(()));
    assert_eq!(mailer.send(&message()).await, Ok(()));
}

async fn answered(status: u16, body: Value) -> SendError {
    let server = MockServer::builder().start().await;
    let answer = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    mailer(server.uri()).send(&message()).await.unwrap_err()
}

#[tokio::test]
async fn what_is_wrong_with_the_mail_is_final_and_what_is_wrong_with_the_account_or_the_day_is_not()
{
    for status in [400, 413, 422] {
        let error =
            answered(status, json!({"message": "Invalid `to` field: ada@example.org"})).await;
        assert_eq!(error, SendError::GiveUp(format!("Resend answered {status}")));
    }
    for status in [301, 401, 403, 409, 429, 500, 503] {
        let error = answered(status, json!({"name": "daily_quota_exceeded"})).await;
        assert_eq!(error, SendError::Retry(format!("Resend answered {status}")));
    }
}

#[tokio::test]
async fn an_unreachable_provider_is_no_reason_to_give_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Whoever calls is hung up on.
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let error = mailer(url).send(&message()).await;
    assert!(matches!(error, Err(SendError::Retry(_))), "{error:?}");
}
