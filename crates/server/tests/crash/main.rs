//! The real binary, killed without warning under load, again and again: nothing that was acknowledged is lost, every event is
//! delivered in order, and no state is half there.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod http;
mod process;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::Connection;
use process::Service;
use serde_json::{Value, json};

const WRITERS: usize = 16;

/// A user who writes: what the service has acknowledged to them.
struct Writer {
    id: String,
    password: String,
    email: String,
    version: AtomicU64,
}

impl Writer {
    fn register(service: &Service, number: usize) -> Self {
        let (email, password) =
            (format!("writer{number}@example.org"), format!("correct horse battery {number}"));
        let body = json!({"email": email, "password": password, "username": format!("writer-{number}")});
        let (status, answer) = Connection::open(service.address)
            .unwrap()
            .call("POST", "/auth/register", None, Some(&body))
            .unwrap();
        assert_eq!(status, 201, "{answer}");
        let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        Self { id: text("/data/user/userId"), password, email, version: AtomicU64::new(1) }
    }

    /// A token for one life of the process.
    fn sign_in(&self, service: &Service) -> String {
        let body = json!({"email": self.email, "password": self.password});
        let (status, answer) = Connection::open(service.address)
            .unwrap()
            .call("POST", "/auth/login", None, Some(&body))
            .unwrap();
        assert_eq!(status, 200, "{answer}");
        answer.pointer("/data/accessToken").and_then(Value::as_str).unwrap().to_owned()
    }

    /// Writes until the service is gone, and notes what was acknowledged.
    fn write(&self, service: &Service, token: &str, stop: &AtomicBool) {
        let Ok(mut connection) = Connection::open(service.address) else { return };
        while !stop.load(Ordering::SeqCst) {
            let next = self.version.load(Ordering::SeqCst) + 1;
            let body =
                json!({"bio": format!("version {next} of {}", self.id), "location": format!("place {next}")});
            let Ok((status, answer)) = connection.call("PUT", "/v1/profile", Some(token), Some(&body)) else {
                return;
            };
            assert_eq!(status, 200, "{answer}");
            let version = answer.pointer("/data/version").and_then(Value::as_u64).unwrap();
            assert!(version >= next, "an acknowledged update is gone: {version} after {next}");
            self.version.store(version, Ordering::SeqCst);
        }
    }

    /// What is there now is at least what was acknowledged, and whole: both fields are of one version.
    fn check(&self, service: &Service, token: &str, round: usize) {
        let (status, answer) =
            Connection::open(service.address).unwrap().call("GET", "/v1/profile", Some(token), None).unwrap();
        assert_eq!(status, 200, "{answer}");
        let version = answer.pointer("/data/version").and_then(Value::as_u64).unwrap();
        let acknowledged = self.version.load(Ordering::SeqCst);
        assert!(
            version >= acknowledged,
            "round {round}: version {version}, but {acknowledged} was acknowledged"
        );
        let number = |pointer: &str| {
            let text = answer.pointer(pointer).and_then(Value::as_str).unwrap();
            text.split(' ').nth(1).and_then(|number| number.parse::<u64>().ok())
        };
        assert_eq!(number("/data/bio"), number("/data/location"), "round {round}: half an update");
        self.version.store(version, Ordering::SeqCst);
    }
}

#[test]
fn nothing_acknowledged_is_lost_however_often_the_service_is_killed() {
    let kills: usize =
        std::env::var("CRASH_TEST_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(20);
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    let mut service = Service::start(folder.path(), &events);
    let writers: Vec<Writer> = (0..WRITERS).map(|number| Writer::register(&service, number)).collect();
    let tokens: Vec<String> = writers.iter().map(|writer| writer.sign_in(&service)).collect();
    for round in 0..kills {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for (writer, token) in writers.iter().zip(&tokens) {
                let (service, stop) = (&service, &stop);
                scope.spawn(move || writer.write(service, token, stop));
            }
            // Another moment of the work in every round, from its first writes on.
            Service::wait_for_traffic(&writers[0].version, 1 + (round as u64 * 7) % 40);
            service.kill();
            stop.store(true, Ordering::SeqCst);
        });
        service = Service::start(folder.path(), &events);
        for (writer, token) in writers.iter().zip(&tokens) {
            writer.check(&service, token, round);
        }
    }
    assert!(
        writers.iter().all(|writer| writer.version.load(Ordering::SeqCst) > kills as u64),
        "hardly anything was written"
    );
    check_events(&events, &writers);
}

/// Every committed update was told, in order, without a gap; some of them more than once.
fn check_events(path: &Path, writers: &[Writer]) {
    let begin = Instant::now();
    loop {
        match complete(path, writers) {
            Ok(()) => return,
            // The relay is still at it.
            Err(missing) => assert!(begin.elapsed() < Duration::from_mins(3), "{missing}"),
        }
        std::thread::yield_now();
    }
}

fn complete(path: &Path, writers: &[Writer]) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reached: HashMap<String, (u64, u64)> = HashMap::new();
    // A line that a kill cut in two was not acknowledged as delivered: it comes again whole.
    for event in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let subject = event.get("subject").and_then(Value::as_str).unwrap();
        let sequence = event.get("sequence").and_then(Value::as_u64).unwrap();
        let (last, updates) = reached.entry(subject.to_owned()).or_default();
        assert!(sequence <= *last + 1, "{subject}: event {sequence} came before {}", *last + 1);
        if sequence == *last + 1 {
            *last = sequence;
            *updates += u64::from(event.get("eventType").and_then(Value::as_str) == Some("profile.updated"));
        }
    }
    for writer in writers {
        let updates = reached.get(&writer.id).map_or(0, |(_, updates)| *updates);
        let version = writer.version.load(Ordering::SeqCst);
        if updates + 1 != version {
            return Err(format!("{}: version {version}, but {updates} updates were told", writer.id));
        }
    }
    Ok(())
}
