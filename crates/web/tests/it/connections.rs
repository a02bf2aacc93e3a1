use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use selfsame_store::Maintenance as _;
use selfsame_web::{ConnectionLimits, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::app::App;

struct Server {
    app: App,
    address: SocketAddr,
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

async fn start(limits: ConnectionLimits) -> Server {
    let app = App::with(|settings| settings.body_timeout = Duration::from_secs(5));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let stack = app.stack.clone();
    let task =
        tokio::spawn(serve(listener, stack, limits, async move { stopped.notified().await }));
    Server { app, address, stop, task }
}

async fn connect(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

async fn read_all(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that makes room may be closed before all that was sent was read.
    let outcome = stream.read_to_end(&mut text).await;
    assert!(
        outcome.as_ref().map_or_else(|error| error.kind() == ErrorKind::ConnectionReset, |_| true),
        "{outcome:?}"
    );
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn the_address_of_the_connection_is_the_clients() {
    let server = start(ConnectionLimits::default()).await;
    let stream =
        connect(&server, "GET /odd/client HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let text = read_all(stream).await;
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("\"ip\":\"127.0.0.1\""), "{text}");
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let server = start(ConnectionLimits { headers: 8, ..ConnectionLimits::default() }).await;
    let many = "x: y\r\n".repeat(9);
    let text =
        read_all(connect(&server, &format!("GET /docs HTTP/1.1\r\nhost: a\r\n{many}\r\n")).await)
            .await;
    assert!(text.starts_with("HTTP/1.1 431"), "{text}");
}

#[tokio::test]
async fn a_request_names_one_host() {
    let server = start(ConnectionLimits::default()).await;
    let ask = async |head: &str| {
        read_all(connect(&server, &format!("{head}\r\nconnection: close\r\n\r\n")).await).await
    };
    for bad in [
        "GET /v1/notes HTTP/1.1\r\nx: y",
        "GET /v1/notes HTTP/1.1\r\nhost: a\r\nhost: a",
        "GET /v1/notes HTTP/1.0\r\nhost: a\r\nhost: b",
    ] {
        let text = ask(bad).await;
        assert!(
            text.contains(" 400 ")
                && text.contains("invalid_request")
                && text.contains("x-request-id"),
            "{text}"
        );
    }
    for good in [
        "GET /v1/notes HTTP/1.1\r\nhost: a",
        "GET /v1/notes HTTP/1.0\r\nx: y",
        "GET /v1/notes HTTP/1.1\r\nhost:",
    ] {
        let text = ask(good).await;
        assert!(text.contains(" 200 "), "{text}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused_before_it_takes_more_memory() {
    let server = start(ConnectionLimits::default()).await;
    let mut stream = connect(&server, "GET /docs HTTP/1.1\r\nhost: a\r\nx: ").await;
    let sent = stream.write_all("y".repeat(64 * 1024).as_bytes()).await;
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text).await;
    assert!(
        sent.is_err() || String::from_utf8_lossy(&text).starts_with("HTTP/1.1 431"),
        "{text:?}"
    );
}

#[tokio::test]
async fn where_there_is_no_room_half_open_and_idle_connections_go_and_served_ones_stay() {
    let limits =
        ConnectionLimits { connections: 3, connections_of_one: 3, ..ConnectionLimits::default() };
    let server = start(limits).await;
    let slow = connect(&server, SLOW).await;
    in_work(&server).await;
    let mut idle = connect(&server, "GET /v1/notes HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    let half_open = connect(&server, "GET /docs HTTP/1.1\r\nhost:").await;
    let ask = "GET /odd/client HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    // The first that comes is refused for its address, which has its share, and the half-open one
    // goes.
    assert_eq!(read_all(connect(&server, ask).await).await, "");
    assert_eq!(read_all(half_open).await, "");
    assert!(read_all(connect(&server, ask).await).await.starts_with("HTTP/1.1 200"));
    server.app.shared.go.add_permits(1);
    let mut answer = [0; 12];
    let mut slow = slow;
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 201");
}

#[tokio::test]
async fn new_callers_get_in_while_others_only_hold_connections() {
    let limits =
        ConnectionLimits { connections: 8, connections_of_one: 100, ..ConnectionLimits::default() };
    let server = start(limits).await;
    let mut half_open = Vec::new();
    for _ in 0..8 {
        half_open.push(connect(&server, "GET /docs HTTP/1.1\r\nhost:").await);
    }
    for _ in 0..20 {
        let ask = "GET /odd/client HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        assert!(read_all(connect(&server, ask).await).await.starts_with("HTTP/1.1 200"));
        half_open.push(connect(&server, "GET /docs HTTP/1.1\r\nhost:").await);
    }
}

// Time stands still in these tests but where everything waits: then it jumps to the next timer.

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_in_does_not_hold_a_connection() {
    let server = start(ConnectionLimits::default()).await;
    let begun = tokio::time::Instant::now();
    let text = read_all(connect(&server, "GET /docs HTTP/1.1\r\nhost:").await).await;
    assert_eq!(text, "");
    assert!(
        begun.elapsed() >= Duration::from_secs(15) && begun.elapsed() <= Duration::from_secs(31)
    );
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_late_enough_for_load_balancers() {
    let server = start(ConnectionLimits::default()).await;
    let stream = connect(&server, "GET /v1/notes HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let begun = tokio::time::Instant::now();
    let text = read_all(stream).await;
    assert!(text.starts_with("HTTP/1.1 200 OK"));
    assert!(
        begun.elapsed() >= Duration::from_secs(75) && begun.elapsed() <= Duration::from_secs(106)
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let server = start(ConnectionLimits::default()).await;
    let head = "POST /v1/notes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 20\r\n";
    let begun = tokio::time::Instant::now();
    let text =
        read_all(connect(&server, &format!("{head}connection: close\r\n\r\n{{\"tit")).await).await;
    assert!(text.starts_with("HTTP/1.1 408") && text.contains("request_timeout"), "{text}");
    assert!(begun.elapsed() >= Duration::from_secs(5) && begun.elapsed() < Duration::from_secs(6));
}

const SLOW: &str = "POST /v1/notes/slow HTTP/1.1\r\nhost: a\r\nidempotency-key: k\r\nauthorization: Bearer a\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"title\":\"a\"}";

/// Waits until the server works on the slow request: its key is put into the store.
async fn in_work(server: &Server) {
    while server.app.store.stats().await.unwrap().commits == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stopping_server_finishes_what_it_has_begun() {
    let server = start(ConnectionLimits::default()).await;
    let idle = connect(&server, "").await;
    let slow = connect(&server, SLOW).await;
    in_work(&server).await;
    server.stop.notify_one();
    assert_eq!(read_all(idle).await, "");
    assert!(TcpStream::connect(server.address).await.is_err());
    server.app.shared.go.add_permits(1);
    assert!(read_all(slow).await.starts_with("HTTP/1.1 201"));
    server.task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stopping_server_does_not_wait_forever() {
    let server = start(ConnectionLimits::default()).await;
    let slow = connect(&server, SLOW).await;
    in_work(&server).await;
    let begun = tokio::time::Instant::now();
    server.stop.notify_one();
    server.task.await.unwrap();
    assert!(
        begun.elapsed() >= Duration::from_secs(20) && begun.elapsed() < Duration::from_secs(21)
    );
    assert_eq!(read_all(slow).await, "");
}
