//! Traces that an OpenTelemetry collector receives.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use data_encoding::HEXLOWER;

use crate::support::Server;

const ADA: &str =
    r#"{"email":"ada@example.org","password":"notes on the analytical engine","username":"ada.l"}"#;
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A collector: returns its address, and the first line and the body of every request to it. A
/// request is passed on before it is answered, so that all of them are there once the service has
/// ended.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            take(stream, &sender);
        }
    });
    (address, received)
}

fn take(stream: TcpStream, sender: &Sender<(String, Vec<u8>)>) {
    let mut reader = BufReader::new(stream);
    let head: Vec<_> =
        reader.by_ref().lines().map_while(Result::ok).take_while(|l| !l.is_empty()).collect();
    let length = head
        .iter()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).unwrap();
    // The test may have ended already.
    let _ = sender.send((head[0].clone(), body));
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    reader.into_inner().write_all(answer.as_bytes()).unwrap();
}

/// A field of a protobuf message: its number, and its bytes or its number as a value.
type Field<'m> = (u64, &'m [u8], u64);

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return value;
        }
    }
}

/// The fields of a message (<https://protobuf.dev/programming-guides/encoding/>).
fn fields(mut message: &[u8]) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let (length, value) = match tag & 7 {
            0 => (0, varint(&mut message)),
            1 => (8, 0),
            2 => (usize::try_from(varint(&mut message)).unwrap(), 0),
            5 => (4, 0),
            other => panic!("wire type {other}"),
        };
        let (bytes, rest) = message.split_at(length);
        fields.push((tag >> 3, bytes, value));
        message = rest;
    }
    fields
}

fn all(message: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    fields(message).into_iter().filter(move |field| field.0 == number).map(|field| field.1)
}

fn one(message: &[u8], number: u64) -> &[u8] {
    all(message, number).next().unwrap_or_default()
}

fn word(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A span, by the numbers of `opentelemetry/proto/trace/v1/trace.proto`.
#[derive(Debug)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    name: String,
    attributes: Vec<(String, String)>,
    /// The traces and spans that it is linked to.
    links: Vec<(String, String)>,
}

impl Span {
    fn read(span: &[u8]) -> Self {
        let attributes =
            all(span, 9).map(|pair| (word(one(pair, 1)), plain(one(pair, 2)))).collect();
        Self {
            trace: HEXLOWER.encode(one(span, 1)),
            id: HEXLOWER.encode(one(span, 2)),
            parent: HEXLOWER.encode(one(span, 4)),
            name: word(one(span, 5)),
            attributes,
            links: all(span, 13)
                .map(|link| (HEXLOWER.encode(one(link, 1)), HEXLOWER.encode(one(link, 2))))
                .collect(),
        }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// A text or a number.
fn plain(value: &[u8]) -> String {
    match fields(value)[..] {
        [(1, text, _)] => word(text),
        [(3, _, number)] => number.to_string(),
        ref other => panic!("{other:?}"),
    }
}

fn spans(export: &[u8]) -> Vec<Span> {
    let scopes: Vec<_> = all(export, 1).flat_map(|resource| all(resource, 2)).collect();
    scopes.into_iter().flat_map(|scope| all(scope, 2)).map(Span::read).collect()
}

fn named<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    only(spans, name, |_| true)
}

/// The one span with this name for which `holds` is true.
fn only<'s>(spans: &'s [Span], name: &str, holds: impl Fn(&Span) -> bool) -> &'s Span {
    let mut found = spans.iter().filter(|span| span.name == name && holds(span));
    let span = found.next().unwrap_or_else(|| panic!("no {name} in {spans:#?}"));
    assert!(found.next().is_none(), "one {name} in {spans:#?}");
    span
}

/// The spans of a service in which Ada registers from within a trace, once it has ended.
struct Collected {
    spans: Vec<Span>,
    bytes: Vec<u8>,
    log: Vec<String>,
    user: String,
}

fn collected() -> Collected {
    let (endpoint, received) = collector();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.jsonl");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("SELFSAME_EVENTS_FILE", file.to_str().unwrap()),
        ("SELFSAME_LOG_FORMAT", "json"),
        ("LOG_LEVEL", "trace"),
    ];
    let server = Server::start(&folder.path().join("d"), &settings);
    let answer = server.ask(
        &format!("POST /auth/register?secret=77 HTTP/1.1\r\ntraceparent: 00-{TRACE}-{CALLER}-01\r\nX-Request-Id: id-7"),
        ADA,
    );
    assert_eq!(answer.status(), 201, "{}", answer.text());
    let grant: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let user = grant["data"]["user"]["userId"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/nowhere/secret").status(), 404);
    while !server
        .get("/metrics")
        .text()
        .contains(r#"event_deliveries_total{reactor="file",outcome="done"}"#)
    {}
    server.terminate();
    let (well, log) = server.finish();
    assert!(well, "{log:#?}");
    let (lines, bodies): (Vec<_>, Vec<_>) = received.try_iter().unzip();
    assert!(lines.iter().all(|line| line == "POST /v1/traces HTTP/1.1"), "{lines:?}");
    let spans = bodies.iter().flat_map(|body| spans(body)).collect();
    Collected { spans, bytes: bodies.concat(), log, user }
}

#[test]
fn a_request_its_commit_and_its_deliveries_are_spans_that_name_nobody() {
    let Collected { spans, bytes, log, user } = collected();
    let request = named(&spans, "POST /auth/register");
    assert_eq!(
        (request.trace.as_str(), request.parent.as_str()),
        (TRACE, CALLER),
        "the caller's trace goes on"
    );
    let names = ["http.request.method", "http.route", "http.response.status_code", "request.id"];
    assert_eq!(
        names.map(|name| request.attribute(name)),
        [Some("POST"), Some("/auth/register"), Some("201"), Some("id-7")]
    );
    // An event handler changes something too, in a trace of its own.
    let commit = only(&spans, "journal.change", |span| span.trace == TRACE);
    assert_eq!((&commit.trace, &commit.parent), (&request.trace, &request.id));
    let stray = named(&spans, "GET");
    assert_eq!(stray.attribute("http.response.status_code"), Some("404"));
    assert_ne!(stray.trace, TRACE);
    let delivery = spans.iter().find(|span| span.attribute("reactor") == Some("file")).unwrap();
    assert_eq!(delivery.parent, "", "it may come days later");
    assert_ne!(delivery.trace, TRACE);
    assert_eq!(
        delivery.links,
        [(TRACE.to_owned(), commit.id.clone())],
        "it leads back to the change"
    );
    assert_eq!(
        (delivery.name.as_str(), delivery.attribute("request.id")),
        ("event.deliver", Some("id-7"))
    );
    let sent = String::from_utf8_lossy(&bytes);
    assert!(sent.contains("service.name") && sent.contains("selfsame"), "{sent}");
    for personal in ["ada@", "ada.l", "analytical", "secret", "127.0.0.1", &user] {
        assert!(!sent.contains(personal), "{personal} in {sent}");
    }
    assert!(
        !log.iter().any(|line| line.contains("\"spans\"")),
        "spans are not in the log: {log:#?}"
    );
    assert!(log.iter().any(|line| line.contains("\"route\":\"/auth/register\"")), "{log:#?}");
}

#[test]
fn a_collector_that_is_away_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    // Port 1 has no listener.
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")];
    let server = Server::start(&folder.path().join("d"), &settings);
    assert_eq!(server.get("/healthz").status(), 200);
    server.terminate();
    let (well, log) = server.finish();
    assert!(well, "{log:#?}");
    assert!(log.iter().any(|line| line.contains("Export.Failed")), "the log tells: {log:#?}");
}
