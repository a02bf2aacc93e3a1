//! Durable updates of profiles through HTTP, compared with the disk's own flush rate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::flush;
use crate::load::{self, Failure};
use crate::report::say;
use crate::service::Service;

const CALLERS: usize = 64;
const ROUNDS: usize = 5;

pub(crate) async fn measure() -> Result<(), Failure> {
    let data = tempfile::tempdir_in(".")?;
    let service = Service::selfsame(data.path()).await?;
    let mut tokens = Vec::new();
    for caller in 0..CALLERS {
        tokens.push(register(service.address, caller).await?);
    }
    let tokens = Arc::new(tokens);
    say(
        "\n## Durable profile updates (PUT /v1/profile, 64 callers), beside the raw flush rate (4 kB append + fdatasync)\n",
    );
    say("| round | flushes/s | updates/s | ratio | p50 ms | p99 ms | p99.9 ms |");
    say("|---|---|---|---|---|---|---|");
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let folder = data.path().to_owned();
        let raw = tokio::task::spawn_blocking(move || flush::rate(&folder, Duration::from_secs(2)))
            .await??;
        let callers = Arc::clone(&tokens);
        let requests = move |caller: usize, count: u64| {
            let token = callers.get(caller).map(String::as_str);
            load::request("PUT", "/v1/profile", token, &update(round, count))
        };
        let outcome =
            load::run(service.address, CALLERS, Duration::from_secs(4), Arc::new(requests)).await?;
        let ratio = outcome.rate() / raw;
        ratios.push(ratio);
        let [half, most, nearly] =
            [0.5, 0.99, 0.999].map(|share| milliseconds(outcome.quantile(share)));
        say(format!(
            "| {round} | {raw:.0} | {:.0} | {ratio:.1} | {half:.1} | {most:.1} | {nearly:.1} |",
            outcome.rate()
        ));
    }
    ratios.sort_by(f64::total_cmp);
    say(format!("\nmedian ratio: {:.1}", ratios.get(ROUNDS / 2).copied().unwrap_or_default()));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^52 µs")]
pub(crate) fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

fn update(round: usize, count: u64) -> String {
    let filler = "Writes about databases, gardens and the long way home. ".repeat(7);
    format!(
        r#"{{"bio":"{round}.{count} {filler}","location":"Lisbon","interests":["rust","chess","tea"]}}"#
    )
}

/// Registers a user and gives their access token.
pub(crate) async fn register(address: SocketAddr, number: usize) -> Result<String, Failure> {
    let body = format!(
        r#"{{"email":"bench{number}@example.org","password":"correct horse battery {number}","username":"bench-{number}","displayName":"Bench {number}"}}"#
    );
    let answer =
        load::once_from(number, address, &load::request("POST", "/auth/register", None, &body))
            .await?;
    let token = answer.pointer("/data/accessToken").and_then(|token| token.as_str());
    token.map(str::to_owned).ok_or_else(|| format!("no token in {answer}").into())
}
