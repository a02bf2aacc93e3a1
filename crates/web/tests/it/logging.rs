use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::app::{App, request};

/// Keeps what is logged under the targets whose names start with `target`.
struct Log {
    target: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with(self.target)
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.lines.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

async fn logged(target: &'static str, path: &str) -> Vec<String> {
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let _guard = tracing::subscriber::set_default(Log { target, lines: lines.clone() });
    let headers =
        [("x-request-id", "id-7"), ("authorization", "Bearer secret"), ("user-agent", "secret")];
    App::new().send(request("GET", path, &headers, "")).await;
    std::mem::take(&mut *lines.lock().unwrap())
}

#[tokio::test]
async fn the_access_log_names_the_route_and_nothing_that_is_personal() {
    let lines = logged("access", "/v1/notes/77777777?secret=1").await;
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with("INFO method=\"GET\" route=\"/v1/notes/{id}\" status=200 micros="),
        "{}",
        lines[0]
    );
    assert!(lines[0].ends_with(" id=\"id-7\""), "{}", lines[0]);
    for personal in ["secret", "77777777", "192.0.2.7"] {
        assert!(!lines[0].contains(personal), "{}", lines[0]);
    }
}

#[tokio::test]
async fn a_panic_is_logged_with_the_id_of_its_request() {
    let lines = logged("selfsame_web", "/odd/panic").await;
    assert!(
        lines[0].starts_with("ERROR")
            && lines[0].contains("id-7")
            && lines[0].contains("the secret word")
    );
}

#[tokio::test]
async fn why_a_request_failed_and_the_code_of_a_refusal_stand_in_the_log_under_its_id() {
    let lines = logged("selfsame_web", "/odd/broken").await;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    for part in [
        "ERROR",
        "id=\"id-7\"",
        "code=\"unavailable\"",
        "cause=\"the store is not available: no disk\"",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let lines = logged("access", "/odd/status/404").await;
    assert!(
        lines[0].contains("status=404") && lines[0].contains("code=\"not_found\""),
        "{lines:?}"
    );
}
