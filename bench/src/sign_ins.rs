//! Sign-ins beside the hash alone, and profile reads while sign-ins flood the service.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::load::{self, Failure, Outcome, Requests};
use crate::say;
use crate::service::Service;
use crate::updates::{milliseconds, register};

/// Enough that nobody has so many sessions that old ones have to end.
const ACCOUNTS: usize = 256;
/// Sign-ins at once: enough to keep each hashing thread busy, fewer than may wait for one.
const CALLERS: usize = 32;
const READERS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

pub(crate) async fn measure() -> Result<(), Failure> {
    let data = tempfile::tempdir_in(".")?;
    let service = Service::with(data.path(), &[("SELFSAME_TRUSTED_PROXIES", "127.0.0.0/8")]).await?;
    let token = register(service.address, 0).await?;
    for number in 1..ACCOUNTS {
        register(service.address, number).await?;
    }
    let threads = std::thread::available_parallelism()?.get();
    say(format!(
        "\n## Sign-ins ({CALLERS} callers), beside the hash alone on {threads} threads of the same priority; reads ({READERS} callers) alone and under a flood of sign-ins\n"
    ));
    say(
        "| round | hashes/s | sign-ins/s | ratio | p99 ms | reads/s | reads/s in the flood | ratio | p99 ms alone / flood | sign-ins/s meanwhile |",
    );
    say("|---|---|---|---|---|---|---|---|---|---|");
    let (mut whole, mut kept) = (Vec::new(), Vec::new());
    let read = load::request("GET", "/v1/profile", Some(&token), "");
    for round in 1..=ROUNDS {
        let hashes = tokio::task::spawn_blocking(move || hashes_alone(threads)).await??;
        let sign_ins = load::run(service.address, CALLERS, ROUND, flood()).await?;
        let alone = reads(service.address, &read).await?;
        let (besides, meanwhile) =
            tokio::try_join!(reads(service.address, &read), load::run(service.address, CALLERS, ROUND, flood()))?;
        whole.push(sign_ins.rate() / hashes);
        kept.push(besides.rate() / alone.rate());
        say(format!(
            "| {round} | {hashes:.0} | {:.0} | {:.2} | {:.0} | {:.0} | {:.0} | {:.2} | {:.1} / {:.1} | {:.0} |",
            sign_ins.rate(),
            sign_ins.rate() / hashes,
            milliseconds(sign_ins.quantile(0.99)),
            alone.rate(),
            besides.rate(),
            besides.rate() / alone.rate(),
            milliseconds(alone.quantile(0.99)),
            milliseconds(besides.quantile(0.99)),
            meanwhile.rate(),
        ));
    }
    say(format!("\nmedian ratios: {:.2} of the hash alone, {:.2} of the reads", median(whole), median(kept)));
    Ok(())
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or_default()
}

async fn reads(address: SocketAddr, request: &[u8]) -> Result<Outcome, Failure> {
    let request = request.to_vec();
    load::run(address, READERS, ROUND, Arc::new(move |_, _| request.clone())).await
}

/// Right passwords of all accounts in turn, each caller from a network of its own.
fn flood() -> Requests {
    Arc::new(|caller, count| {
        let turn = usize::try_from(count).unwrap_or_default().wrapping_mul(CALLERS).wrapping_add(caller);
        let number = turn % ACCOUNTS;
        let body = format!(
            r#"{{"identifier":"bench{number}@example.org","password":"correct horse battery {number}"}}"#
        );
        format!(
            "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.{caller}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    })
}

/// Hashes a second on `threads` threads as the service's own: the default cost, the lowest priority, memory that is used again.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
fn hashes_alone(threads: usize) -> Result<f64, Failure> {
    let (count, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let begin = Instant::now();
    let elapsed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| hash_until(&is_over, &count))).collect();
        std::thread::sleep(ROUND);
        let elapsed = begin.elapsed();
        is_over.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().map_err(|_| "a hashing thread panicked")??;
        }
        Ok::<_, Failure>(elapsed)
    })?;
    Ok(count.load(Ordering::Relaxed) as f64 / elapsed.as_secs_f64())
}

fn hash_until(is_over: &AtomicBool, count: &AtomicU64) -> Result<(), Failure> {
    rustix::process::setpriority_process(None, 19)?;
    let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|error| error.to_string())?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; 32];
    while !is_over.load(Ordering::Relaxed) {
        argon2
            .hash_password_into_with_memory(&[7; 32], &[1; 16], &mut hash, &mut memory)
            .map_err(|error| error.to_string())?;
        if !is_over.load(Ordering::Relaxed) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}
