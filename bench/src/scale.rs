//! Reads and updates as the number of users grows: their cost must not depend on it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use crate::load::{self, Failure, Outcome, Requests};
use crate::report::say;
use crate::service::{Service, selfsame_binary};
use crate::updates::register;

const CONNECTIONS: usize = 16;

pub(crate) async fn measure(sizes: &[u64]) -> Result<(), Failure> {
    say("\n## As users grow\n");
    say(
        "Reads of random people by strangers, every one from the store (views are not kept), 3,200 a second; and as many as",
    );
    say("16 callers can make, with views kept; updates by 16 callers.\n");
    say(
        "| users | paced p50 µs | p99 µs | CPU µs/read | kept: reads/s | updates/s | p99 ms | resident MB | data MB |",
    );
    say("|---|---|---|---|---|---|---|---|---|");
    for users in sizes {
        one(*users).await?;
    }
    Ok(())
}

async fn one(users: u64) -> Result<(), Failure> {
    let data = tempfile::tempdir_in(".")?;
    demo(data.path(), users).await?;
    let ids = Arc::new(sample(data.path(), users).await?);
    let (paced, each) = from_the_store(data.path(), &ids).await?;
    let service = Service::selfsame(data.path()).await?;
    let mut tokens = Vec::new();
    for caller in 0..CONNECTIONS {
        tokens.push(register(service.address, caller).await?);
    }
    let reads =
        load::run(service.address, CONNECTIONS, Duration::from_secs(6), random_profiles(&ids))
            .await?;
    let update = move |caller: usize, count: u64| {
        let body = format!(r#"{{"bio":"update {count}"}}"#);
        load::request("PUT", "/v1/profile", tokens.get(caller).map(String::as_str), &body)
    };
    let updates =
        load::run(service.address, CONNECTIONS, Duration::from_secs(4), Arc::new(update)).await?;
    say(format!(
        "| {users} | {} | {} | {each:.0} | {:.0} | {:.0} | {:.1} | {:.0} | {} |",
        paced.quantile(0.5),
        paced.quantile(0.99),
        reads.rate(),
        updates.rate(),
        crate::updates::milliseconds(updates.quantile(0.99)),
        crate::updates::milliseconds(service.resident()?),
        size(data.path())? / 1_000_000
    ));
    Ok(())
}

/// Fills the folder `data` with demo users.
pub(crate) async fn demo(data: &Path, users: u64) -> Result<(), Failure> {
    let mut demo = Command::new(selfsame_binary()?);
    demo.args(["load-demo", "--users", &users.to_string(), "--data"])
        .arg(data)
        .env("LOG_LEVEL", "warn");
    demo.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    if demo.status().await?.success() { Ok(()) } else { Err("load-demo failed".into()) }
}

/// Reads at a pace below the machine's limit, each from the store, with the processor time of one.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
async fn from_the_store(data: &Path, ids: &Arc<Vec<String>>) -> Result<(Outcome, f64), Failure> {
    let service = Service::with(data, &[("PROFILE_CACHE_TTL", "0")]).await?;
    let (seconds, pace) = (Duration::from_secs(8), Duration::from_millis(5));
    let before = service.cpu()?;
    let outcome =
        load::paced(service.address, CONNECTIONS, seconds, pace, random_profiles(ids)).await?;
    let used = service.cpu()?.saturating_sub(before);
    let each = used.as_micros() as f64 / outcome.requests as f64;
    Ok((outcome, each))
}

/// Requests for profiles of random users.
pub(crate) fn random_profiles(ids: &Arc<Vec<String>>) -> Requests {
    let ids = Arc::clone(ids);
    Arc::new(move |caller: usize, count: u64| {
        let index = usize::try_from(scatter(caller as u64, count)).unwrap_or(0) % ids.len();
        let id = ids.get(index).map(String::as_str).unwrap_or_default();
        load::request("GET", &format!("/v1/profile/{id}"), None, "")
    })
}

/// Up to 200,000 ids of users, spread evenly over all of them.
pub(crate) async fn sample(data: &Path, users: u64) -> Result<Vec<String>, Failure> {
    let mut list = Command::new(selfsame_binary()?);
    list.args(["user", "list", "--limit", &users.to_string(), "--data"])
        .arg(data)
        .env("LOG_LEVEL", "warn");
    let lines = String::from_utf8(list.output().await?.stdout)?;
    let step = usize::try_from(users / 200_000)?.max(1);
    let ids: Vec<String> = lines
        .lines()
        .step_by(step)
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    if ids.is_empty() { Err("there are no users".into()) } else { Ok(ids) }
}

/// A pseudo-random number, another one for each request (`SplitMix64`).
fn scatter(caller: u64, count: u64) -> u64 {
    let mut z = (caller << 40 | count).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 31)
}

fn size(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let metadata = entry?.metadata()?;
        bytes += if metadata.is_file() { metadata.len() } else { 0 };
    }
    Ok(bytes)
}
