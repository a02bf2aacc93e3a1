//! How many pictures of a directory this machine turns into outputs each second.
//!
//! ```text
//! cargo run --release -p selfsame-images --example pictures_per_second -- DIRECTORY [ROUNDS]
//! ```
//!
//! Prints the median time of each file, then pictures a second on one core and on all.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs, io, thread};

use selfsame_images::{Limits, Outputs, Recipe, inspect, process};

type Failure = Box<dyn Error>;

struct Input {
    name: String,
    bytes: Vec<u8>,
}

fn main() -> Result<(), Failure> {
    let mut arguments = env::args().skip(1);
    let directory = arguments.next().ok_or("name a directory of pictures")?;
    let rounds = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let inputs = load(Path::new(&directory))?;
    let one = one_core(&inputs, rounds)?;
    let cores = thread::available_parallelism()?.get();
    let all = all_cores(&inputs, rounds, cores);
    let mut out = io::stdout().lock();
    writeln!(out, "one core: {:.1} ms a picture, {:.1} pictures a second", 1000.0 / one, one)?;
    writeln!(out, "{cores} cores: {all:.1} pictures a second")?;
    Ok(())
}

fn load(directory: &Path) -> Result<Vec<Input>, Failure> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    paths
        .iter()
        .map(|path| Ok(Input { name: path.display().to_string(), bytes: fs::read(path)? }))
        .collect()
}

fn work(input: &Input) -> Result<Outputs, Failure> {
    let limits = Limits { bytes: usize::MAX, ..Limits::default() };
    process(&input.bytes, &limits, &Recipe::default())
        .map_err(|error| format!("{}: {error}", input.name).into())
}

/// Pictures a second, from the median time of each.
fn one_core(inputs: &[Input], rounds: usize) -> Result<f64, Failure> {
    let mut total = 0.0;
    let mut out = io::stdout().lock();
    for input in inputs {
        let header = inspect(&input.bytes, &Limits { bytes: usize::MAX, ..Limits::default() })?;
        let mut times = Vec::new();
        for _ in 0..rounds {
            let start = Instant::now();
            work(input)?;
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or(0.0);
        total += median;
        let megapixels = f64::from(header.width) * f64::from(header.height) / 1e6;
        writeln!(out, "{:7.1} ms  {megapixels:5.1} MP  {}", median * 1000.0, input.name)?;
    }
    Ok(f64::from(u32::try_from(inputs.len())?) / total)
}

fn all_cores(inputs: &[Input], rounds: usize, cores: usize) -> f64 {
    let next = AtomicUsize::new(0);
    let count = inputs.len() * rounds;
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(input) =
                    take(&next, count).and_then(|at| inputs.get(at % inputs.len()))
                {
                    work(input).ok();
                }
            });
        }
    });
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / start.elapsed().as_secs_f64()
}

fn take(next: &AtomicUsize, count: usize) -> Option<usize> {
    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < count)
}
