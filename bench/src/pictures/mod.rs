//! The picture pipeline compared with sharp on the same photos: `bench/sharp/run` prepares both.

mod quality;
mod worker;

use std::path::Path;

use crate::load::Failure;
use crate::report::say;
use worker::Worker;

pub(crate) use worker::serve;

/// Interleaved, so that other load of the machine affects all of them.
const ROUNDS: u32 = 5;

/// Which part of it, or all.
pub(crate) fn measure(photos: &str, parts: &[&str]) -> Result<(), Failure> {
    let cores = std::thread::available_parallelism()?.get();
    let selected = |part| parts.is_empty() || parts.contains(&part);
    let photos = Path::new(photos);
    say("\n## Pictures beside sharp: 2048, 512 and 150 px as JPEG and a thumbhash\n");
    if selected("one") {
        speed(photos, "one core", 1)?;
    }
    if selected("all") {
        speed(photos, &format!("{cores} cores"), cores)?;
    }
    if selected("quality") {
        quality::measure(photos)?;
    }
    Ok(())
}

fn speed(photos: &Path, name: &str, threads: usize) -> Result<(), Failure> {
    let count = f64::from(u32::try_from(std::fs::read_dir(photos)?.count() * threads)?);
    let mut workers = [
        Worker::ours(photos, threads)?,
        Worker::sharp("chain", photos, threads)?,
        Worker::sharp("typical", photos, threads)?,
    ];
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let mut seconds = [0.0; 3];
        for (worker, seconds) in workers.iter_mut().zip(&mut seconds) {
            *seconds = worker.round()?;
        }
        // The first one warms up.
        if round > 0 {
            rounds.push(seconds);
        }
    }
    say(format!("\n{name}, {ROUNDS} interleaved rounds of {count} pictures\n"));
    say(
        "| | pictures/s | ours is × as fast (least – most) | CPU ms a picture | peak resident MB |",
    );
    say("|---|---|---|---|---|");
    let names = ["ours", "sharp, one chain", "sharp, four pipelines"];
    for (index, (worker, name)) in workers.iter_mut().zip(names).enumerate() {
        let time = |round: &[f64; 3]| round.get(index).copied().unwrap_or(f64::NAN);
        let seconds = sorted(rounds.iter().map(time).collect());
        let ratios = sorted(rounds.iter().map(|round| time(round) / round[0]).collect());
        let (cpu, peak) = worker.used()?;
        say(format!(
            "| {name} | {:.1} | {:.2} ({:.2} – {:.2}) | {:.0} | {peak:.0} |",
            count / median(&seconds),
            median(&ratios),
            ratios.first().unwrap_or(&f64::NAN),
            ratios.last().unwrap_or(&f64::NAN),
            cpu * 1000.0 / count / f64::from(ROUNDS + 1),
        ));
    }
    Ok(())
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// Of sorted values.
fn median(values: &[f64]) -> f64 {
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
