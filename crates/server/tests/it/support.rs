//! The real program, started and called.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// Runs `selfsame` with `arguments` on the folder `data` to its end.
pub(crate) fn selfsame(data: &Path, arguments: &[&str]) -> Output {
    command(data).args(arguments).output().unwrap()
}

/// Begins an installation in `data`, with one user.
pub(crate) fn begin(data: &Path) {
    stdout(&selfsame(data, &["user", "create", "--email", "first@example.org"]));
}

/// The output of a command that succeeded.
pub(crate) fn stdout(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The complaint of a command that failed with `code`.
pub(crate) fn stderr(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// The program with an environment of its own; hashing is made cheap.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selfsame"));
    command.env_clear().env("SELFSAME_DATA", data).env("SELFSAME_ARGON2_MEMORY_KIB", "8192");
    command.env("SELFSAME_ARGON2_PASSES", "1").current_dir(data.parent().unwrap());
    // A registered user is enough here; the verification is tested with its feature.
    command.env("SELFSAME_REGISTRATION_ENUMERATION_SAFE", "false");
    command
}

/// A running service; it is killed where a test ends without stopping it.
pub(crate) struct Server {
    child: Child,
    log: Receiver<String>,
    /// All log lines that were waited for.
    pub(crate) logged: Vec<String>,
    /// Host and port.
    pub(crate) address: String,
}

impl Server {
    /// Starts it on a free port and waits until it serves.
    pub(crate) fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut child = command(data)
            .envs(settings.iter().copied())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (lines, log) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| lines.send(line))
        });
        let mut server = Self { child, log, logged: Vec::new(), address: String::new() };
        let line = server.wait_for("Selfsame is at");
        let rest = line.split("Selfsame is at http://").nth(1).unwrap();
        server.address =
            rest.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
        server
    }

    /// Waits for a log line that holds `text`.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            let line =
                self.log.recv().unwrap_or_else(|_| panic!("no \"{text}\" in {:#?}", self.logged));
            self.logged.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    pub(crate) fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(&self.address)
    }

    /// Status line and headers, and the body, of the answer to a request.
    pub(crate) fn ask(&self, request: &str, body: &str) -> Answer {
        let mut stream = self.connect().unwrap();
        let length = body.len();
        write!(stream, "{request}\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        Answer::read(stream)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1"), "")
    }

    /// The id of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Stops it, as a supervisor would.
    pub(crate) fn terminate(&self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    /// Waits for its end; returns whether it succeeded and its log.
    pub(crate) fn finish(mut self) -> (bool, Vec<String>) {
        let ended = self.child.wait().unwrap();
        let rest: Vec<String> = self.log.iter().collect();
        self.logged.extend(rest);
        (ended.success(), std::mem::take(&mut self.logged))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        Self { head, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
