//! The service as a process that can be killed.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::http::Connection;

pub(crate) struct Service {
    child: Mutex<Child>,
    pub(crate) address: SocketAddr,
}

impl Service {
    /// Starts the service on `data` and waits until it answers.
    pub(crate) fn start(data: &Path, events: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_selfsame"))
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(data)
            // The port differs at every start, and tokens name the address that they are for.
            .env("SELFSAME_PUBLIC_URL", "http://127.0.0.1:8080")
            .env("SELFSAME_EVENTS_FILE", events)
            .env("SELFSAME_ANONYMOUS_REQUESTS_PER_MINUTE", "1000000")
            .env("SELFSAME_AUTH_REQUESTS_PER_MINUTE", "1000000")
            .env("SELFSAME_REGISTRATIONS_PER_MINUTE", "1000000")
            .env("SELFSAME_REGISTRATION_ENUMERATION_SAFE", "false")
            .env("LOG_LEVEL", "warn")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let service = Self { child: Mutex::new(child), address };
        service.wait_until_ready();
        service
    }

    fn wait_until_ready(&self) {
        let begin = Instant::now();
        loop {
            let ready =
                Connection::open(self.address).and_then(|mut line| line.call("GET", "/readyz", None, None));
            if matches!(ready, Ok((200, _))) {
                return;
            }
            assert!(begin.elapsed() < Duration::from_mins(1), "the service does not start");
            std::thread::yield_now();
        }
    }

    /// Waits until `version` has been counted up `by` times.
    pub(crate) fn wait_for_traffic(version: &AtomicU64, by: u64) {
        let (begin, before) = (Instant::now(), version.load(Ordering::SeqCst));
        while version.load(Ordering::SeqCst) < before + by {
            assert!(begin.elapsed() < Duration::from_mins(1), "nothing is written");
            std::thread::yield_now();
        }
    }

    /// Kills it without warning (SIGKILL).
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}
