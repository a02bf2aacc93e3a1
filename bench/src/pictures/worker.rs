//! One side of the comparison: a process that processes the whole set, once per thread, for each
//! line it reads.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use selfsame_images::{Limits, Outputs, Recipe, process};

use crate::load::Failure;
use crate::report::say;

pub(super) struct Worker {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Worker {
    pub(super) fn ours(photos: &Path, threads: usize) -> Result<Self, Failure> {
        let program = std::env::current_exe()?;
        Self::start(
            threads,
            &[
                program.as_os_str(),
                "pictures-worker".as_ref(),
                threads.to_string().as_ref(),
                photos.as_ref(),
            ],
        )
    }

    /// One of the jobs of `jobs.mjs`.
    pub(super) fn sharp(job: &str, photos: &Path, threads: usize) -> Result<Self, Failure> {
        let script = scripts().join("worker.mjs");
        let parts = [
            "node".as_ref(),
            script.as_os_str(),
            job.as_ref(),
            threads.to_string().as_ref(),
            photos.as_ref(),
        ]
        .map(std::ffi::OsStr::to_owned);
        Self::start(threads, &parts.each_ref().map(std::ffi::OsString::as_os_str))
    }

    /// A single worker is pinned to a single core, whatever threads it has besides.
    fn start(threads: usize, command: &[&std::ffi::OsStr]) -> Result<Self, Failure> {
        let pinned: &[&std::ffi::OsStr] =
            if threads == 1 { &["taskset".as_ref(), "-c".as_ref(), "0".as_ref()] } else { &[] };
        let whole = [pinned, command].concat();
        let (program, arguments) = whole.split_first().ok_or("no program")?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = child.stdin.take().ok_or("no input")?;
        let from = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, to, from })
    }

    /// Seconds for the whole set, once per thread.
    pub(super) fn round(&mut self) -> Result<f64, Failure> {
        writeln!(self.to, "go")?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }

    /// Seconds of processor time and the greatest resident MB so far.
    pub(super) fn used(&self) -> Result<(f64, f64), Failure> {
        let folder = PathBuf::from(format!("/proc/{}", self.child.id()));
        let status = std::fs::read_to_string(folder.join("status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak")?;
        let peak: f64 = peak.trim().trim_end_matches(" kB").parse()?;
        let stat = std::fs::read_to_string(folder.join("stat"))?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<f64>)
            .sum::<Result<f64, _>>()?;
        Ok((
            ticks / f64::from(u32::try_from(rustix::param::clock_ticks_per_second())?),
            peak / 1024.0,
        ))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(super) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sharp")
}

/// Our worker: does what `worker.mjs` does.
pub(crate) fn serve(threads: &str, photos: &str) -> Result<(), Failure> {
    let threads = threads.parse()?;
    let files = files(Path::new(photos))?;
    for line in std::io::stdin().lines() {
        line?;
        let start = Instant::now();
        all(&files, threads);
        say(start.elapsed().as_secs_f64());
    }
    Ok(())
}

fn files(photos: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let mut paths = std::fs::read_dir(photos)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, Failure>>()?;
    paths.sort();
    paths.iter().map(|path| Ok(std::fs::read(path)?)).collect()
}

fn all(files: &[Vec<u8>], threads: usize) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(file) = take(&next, files, threads) {
                    drop(job(file));
                }
            });
        }
    });
}

fn take<'a>(next: &AtomicUsize, files: &'a [Vec<u8>], times: usize) -> Option<&'a [u8]> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    files.get(at % files.len().max(1)).filter(|_| at < files.len() * times).map(Vec::as_slice)
}

pub(super) fn job(file: &[u8]) -> Option<Outputs> {
    process(file, &Limits { bytes: usize::MAX, ..Limits::default() }, &Recipe::default()).ok()
}
