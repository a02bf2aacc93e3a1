use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::post;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::*;

/// A resolver with a different result each time; the last one stays.
#[derive(Default)]
struct ChangingResolver {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    calls: AtomicUsize,
}

#[async_trait]
impl Resolve for Arc<ChangingResolver> {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        assert_eq!(host, "hook.test");
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Ok(answer.unwrap_or_default())
    }
}

fn changing(answers: &[&[&str]]) -> Arc<ChangingResolver> {
    let parse = |list: &&[&str]| list.iter().map(|address| address.parse().unwrap()).collect();
    Arc::new(ChangingResolver {
        answers: Mutex::new(answers.iter().map(parse).collect()),
        ..ChangingResolver::default()
    })
}

fn webhook_client(resolver: &Arc<ChangingResolver>) -> HttpsWebhookClient<Arc<ChangingResolver>> {
    let policy = AddressPolicy { allowed: vec!["127.0.0.0/8".parse().unwrap()] };
    HttpsWebhookClient::with(policy, Arc::clone(resolver)).unwrap()
}

type Seen = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;

/// A server on 127.0.0.1 that records its requests; returns its port.
async fn server() -> (u16, Seen) {
    let seen = Seen::default();
    let take = async |State(seen): State<Seen>, uri: http::Uri, headers: HeaderMap, body: Bytes| {
        seen.lock().unwrap().push((uri.to_string(), headers, body));
    };
    let busy = async || {
        (http::StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "120")], "later").into_response()
    };
    let router = Router::new()
        .route("/take", post(take))
        .route("/busy", post(busy))
        .route("/moved", post(async || Redirect::temporary("/take")))
        .route("/talkative", post(async || vec![b'x'; 50_000_000]))
        .with_state(Arc::clone(&seen));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (port, seen)
}

async fn send(
    webhook_client: &HttpsWebhookClient<Arc<ChangingResolver>>,
    url: &str,
) -> Result<WebhookResponse, WebhookError> {
    let headers = HeaderMap::from_iter([(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )]);
    webhook_client.post(&Url::parse(url).unwrap(), headers, Bytes::from_static(b"{}")).await
}

#[tokio::test]
async fn a_post_arrives_complete_at_the_checked_address() {
    let ((port, seen), resolver) = (server().await, changing(&[&["127.0.0.1"]]));
    let answered = send(&webhook_client(&resolver), &format!("http://hook.test:{port}/take?a=b"))
        .await
        .unwrap();
    assert_eq!(answered, WebhookResponse { status: 200, retry_after: None });
    let seen = seen.lock().unwrap();
    let (uri, headers, body) = &seen[0];
    assert_eq!((uri.as_str(), &body[..]), ("/take?a=b", &b"{}"[..]));
    assert_eq!(headers[HOST], format!("hook.test:{port}"));
    assert_eq!(headers["content-length"], "2");
}

#[tokio::test]
async fn a_name_is_asked_for_once_so_what_it_says_a_moment_later_changes_nothing() {
    let (port, seen) = server().await;
    let resolver = changing(&[&["127.0.0.1"], &["10.0.0.5"]]);
    let webhook_client = webhook_client(&resolver);
    let url = format!("http://hook.test:{port}/take");
    send(&webhook_client, &url).await.unwrap();
    assert_eq!((resolver.calls.load(Ordering::SeqCst), seen.lock().unwrap().len()), (1, 1));
    // The next attempt resolves again, and is refused.
    let refused = send(&webhook_client, &url).await.unwrap_err();
    assert!(
        matches!(&refused, WebhookError::Refused(why) if why.contains("10.0.0.5")),
        "{refused}"
    );
    assert_eq!((resolver.calls.load(Ordering::SeqCst), seen.lock().unwrap().len()), (2, 1));
}

#[tokio::test]
async fn one_address_inside_among_good_ones_refuses_them_all() {
    let (port, seen) = server().await;
    for inside in
        ["169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1", "64:ff9b::7f00:1", "1.1.1.1"]
    {
        let resolver = changing(&[&["127.0.0.1", inside]]);
        let refused = send(&webhook_client(&resolver), &format!("http://hook.test:{port}/take"))
            .await
            .unwrap_err();
        assert!(matches!(refused, WebhookError::Refused(_)), "{inside}: {refused}");
    }
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn an_address_in_the_url_is_looked_at_like_any_other() {
    let webhook_client = webhook_client(&changing(&[]));
    for url in
        ["https://10.0.0.1/", "https://[::1]/", "http://1.1.1.1/", "https://[::ffff:192.168.0.1]/"]
    {
        assert!(matches!(send(&webhook_client, url).await, Err(WebhookError::Refused(_))), "{url}");
    }
}

#[tokio::test]
async fn a_name_is_checked_before_it_is_stored() {
    let check = async |addresses: &[&str], url: &str| {
        webhook_client(&changing(&[addresses])).check(&Url::parse(url).unwrap()).await
    };
    assert_eq!(check(&["127.0.0.1"], "http://hook.test:9000/").await, Ok(()));
    assert!(
        matches!(check(&["1.1.1.1"], "http://hook.test/").await, Err(WebhookError::Refused(why)) if why.contains("1.1.1.1"))
    );
    assert!(matches!(check(&[], "http://hook.test/").await, Err(WebhookError::Broken(_))));
}

#[tokio::test]
async fn a_name_without_an_address_and_a_port_without_a_server_are_said_so() {
    let nowhere = send(&webhook_client(&changing(&[&[]])), "https://hook.test/").await;
    assert!(matches!(nowhere, Err(WebhookError::Broken(why)) if why.contains("no address")));
    // Port 1 has no listener: the system assigns it to no program that lets it choose.
    let closed = send(&webhook_client(&changing(&[&["127.0.0.1"]])), "http://hook.test:1/").await;
    assert!(matches!(closed, Err(WebhookError::Broken(why)) if why.contains("refused")));
}

#[tokio::test]
async fn redirects_are_told_and_not_followed_and_what_else_counts_is_told() {
    let ((port, seen), resolver) = (server().await, changing(&[&["127.0.0.1"]]));
    let webhook_client = webhook_client(&resolver);
    let answer = async |path: &str| {
        send(&webhook_client, &format!("http://hook.test:{port}{path}")).await.unwrap()
    };
    assert_eq!(answer("/moved").await.status, 307);
    assert_eq!(
        answer("/busy").await,
        WebhookResponse { status: 503, retry_after: Some("120".into()) }
    );
    assert_eq!(answer("/talkative").await.status, 200);
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_no_http_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.example.org ESMTP\r\n").await.unwrap();
    });
    let answer =
        send(&webhook_client(&changing(&[&["127.0.0.1"]])), &format!("http://hook.test:{port}/"))
            .await;
    assert!(matches!(answer, Err(WebhookError::Broken(_))), "{answer:?}");
}

/// With paused time, which advances as soon as all tasks wait.
#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let webhook_client = webhook_client(&changing(&[&["127.0.0.1"]]));
    let began = Instant::now();
    let silent = send(&webhook_client, &format!("http://hook.test:{port}/")).await;
    assert!(matches!(silent, Err(WebhookError::Slow(_))), "{silent:?}");
    assert!(began.elapsed() <= PATIENCE);
    // The same where it does not even complete the handshake.
    let silent = send(&webhook_client, &format!("https://hook.test:{port}/")).await;
    assert!(matches!(silent, Err(WebhookError::Slow(_))), "{silent:?}");
}
