use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use selfsame_items::Maintenance as _;
use selfsame_web::{Limits, serve};
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

async fn start(limits: Limits) -> Server {
    let app = App::with(|settings| settings.body_timeout = Duration::from_secs(5));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let edge = app.edge.clone();
    let task = tokio::spawn(serve(listener, edge, limits, async move { stopped.notified().await }));
    Server { app, address, stop, task }
}

async fn connect(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

async fn read_all(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn the_address_of_the_connection_is_the_clients() {
    let server = start(Limits::default()).await;
    let stream = connect(&server, "GET /odd/client HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let text = read_all(stream).await;
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("\"ip\":\"127.0.0.1\""), "{text}");
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let server = start(Limits { headers: 8, ..Limits::default() }).await;
    let many = "x: y\r\n".repeat(9);
    let text =
        read_all(connect(&server, &format!("GET /docs HTTP/1.1\r\nhost: a\r\n{many}\r\n")).await).await;
    assert!(text.starts_with("HTTP/1.1 431"), "{text}");
}

// Time stands still in these tests but where everything waits: then it jumps to the next timer.

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_in_does_not_hold_a_connection() {
    let server = start(Limits::default()).await;
    let begun = tokio::time::Instant::now();
    let text = read_all(connect(&server, "GET /docs HTTP/1.1\r\nhost:").await).await;
    assert_eq!(text, "");
    assert!(begun.elapsed() >= Duration::from_secs(15) && begun.elapsed() <= Duration::from_secs(31));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_late_enough_for_load_balancers() {
    let server = start(Limits::default()).await;
    let stream = connect(&server, "GET /v1/notes HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let begun = tokio::time::Instant::now();
    let text = read_all(stream).await;
    assert!(text.starts_with("HTTP/1.1 200 OK"));
    assert!(begun.elapsed() >= Duration::from_secs(75) && begun.elapsed() <= Duration::from_secs(106));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let server = start(Limits::default()).await;
    let head =
        "POST /v1/notes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 20\r\n";
    let begun = tokio::time::Instant::now();
    let text = read_all(connect(&server, &format!("{head}connection: close\r\n\r\n{{\"tit")).await).await;
    assert!(text.starts_with("HTTP/1.1 408") && text.contains("request_timeout"), "{text}");
    assert!(begun.elapsed() >= Duration::from_secs(5) && begun.elapsed() < Duration::from_secs(6));
}

const SLOW: &str = "POST /v1/notes/slow HTTP/1.1\r\nhost: a\r\nidempotency-key: k\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"title\":\"a\"}";

/// Waits until the server works on the slow request: its key is put into the store.
async fn in_work(server: &Server) {
    while server.app.store.stats().await.unwrap().commits == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stopping_server_finishes_what_it_has_begun() {
    let server = start(Limits::default()).await;
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
    let server = start(Limits::default()).await;
    let slow = connect(&server, SLOW).await;
    in_work(&server).await;
    let begun = tokio::time::Instant::now();
    server.stop.notify_one();
    server.task.await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(20) && begun.elapsed() < Duration::from_secs(21));
    assert_eq!(read_all(slow).await, "");
}
