//! The service under measurement, as a process of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::load::{self, Failure};

/// A running process that answers HTTP.
pub(crate) struct Service {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(crate) start_up: Duration,
}

impl Service {
    /// Starts `selfsame serve` on `data`.
    pub(crate) async fn selfsame(data: &Path) -> Result<Self, Failure> {
        Self::with(data, &[]).await
    }

    /// The same with settings in its environment.
    pub(crate) async fn with(data: &Path, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        Self::run(Command::new(selfsame_binary()?), data, settings).await
    }

    /// The same on some of the machine's cores, e.g. `0,1`.
    pub(crate) async fn on_cores(
        cores: &str,
        data: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", cores]).arg(selfsame_binary()?);
        Self::run(command, data, settings).await
    }

    async fn run(
        mut command: Command,
        data: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let address = free_address()?;
        command.args(["serve", "--listen", &address.to_string(), "--data"]).arg(data);
        for limit in ["ANONYMOUS_REQUESTS", "AUTH_REQUESTS", "REGISTRATIONS"] {
            command.env(format!("SELFSAME_{limit}_PER_MINUTE"), "1000000");
        }
        command.env("SELFSAME_ACCOUNT_REQUESTS_PER_MINUTE", "1000000000");
        command.env("SELFSAME_REGISTRATION_ENUMERATION_SAFE", "false");
        command.env("LOG_LEVEL", "warn");
        command.envs(settings.iter().copied());
        Self::start(command, address, "/healthz").await
    }

    /// Starts this program as a bare handler that answers with the bytes in `body`.
    pub(crate) async fn bare(body: &Path) -> Result<Self, Failure> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").arg(address.to_string()).arg(body);
        Self::start(command, address, "/v1/profile").await
    }

    async fn start(mut command: Command, address: SocketAddr, path: &str) -> Result<Self, Failure> {
        let begin = Instant::now();
        let child = command.stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let request = load::request("GET", path, None, "");
        while load::once(address, &request).await.is_err() {
            if begin.elapsed() > Duration::from_mins(1) {
                return Err("the service does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self { child, address, start_up: begin.elapsed() })
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        cpu_of(&self.pid()?.to_string())
    }

    /// Resident memory in kB.
    pub(crate) fn resident(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn pid(&self) -> Result<u32, Failure> {
        self.child.id().ok_or_else(|| "the service has ended".into())
    }
}

/// Processor time that a process has used so far: its id, or `self`.
pub(crate) fn cpu_of(process: &str) -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    Ok(ticks(stat.rsplit(')').next().unwrap_or_default(), &[11, 12]))
}

/// Processor time that all processes have used so far (proc(5): user, nice, system, irq, softirq).
pub(crate) fn cpu_of_all() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    Ok(ticks(stat.lines().next().unwrap_or_default(), &[1, 2, 3, 6, 7]))
}

fn ticks(line: &str, places: &[usize]) -> Duration {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let field =
        |index: &usize| fields.get(*index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    let sum: u64 = places.iter().map(field).sum();
    Duration::from_millis(sum * 1000 / rustix::param::clock_ticks_per_second())
}

/// The release binary beside this one.
pub(crate) fn selfsame_binary() -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?.with_file_name("selfsame");
    if path.exists() {
        Ok(path)
    } else {
        Err("build the service first: cargo build --release".into())
    }
}

fn free_address() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
