//! Sign-ins compared with the hash alone, and profile reads while sign-ins flood the service.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::load::{self, Failure, Outcome, Requests};
use crate::report::say;
use crate::service::{Service, cpu_of, cpu_of_all};
use crate::updates::{milliseconds, register};

/// The service runs on these cores, and the load must run on as many others: the scheduler shares a
/// machine between sessions before it looks at priorities, so that on common cores the load itself
/// would starve the readers.
const CORES: &str = "0,1";
/// Enough accounts that none reaches the limit of sessions, at which old ones end.
const ACCOUNTS: usize = 256;
/// Sign-ins at once: enough to keep each hashing thread busy, fewer than may wait for one.
const CALLERS: usize = 32;
const READERS: usize = 64;
const ROUNDS: usize = 8;
const ROUND: Duration = Duration::from_secs(2);

pub(crate) async fn measure() -> Result<(), Failure> {
    let data = tempfile::tempdir_in(".")?;
    let settings = [("SELFSAME_TRUSTED_PROXIES", "127.0.0.0/8")];
    let service = Service::on_cores(CORES, data.path(), &settings).await?;
    let token = register(service.address, 0).await?;
    for number in 1..ACCOUNTS {
        register(service.address, number).await?;
    }
    let threads = CORES.split(',').count();
    say(format!(
        "\n## Sign-ins ({CALLERS} callers), beside the hash alone on {threads} threads of the same priority, the service on cores {CORES}; reads ({READERS} callers) alone and under a flood of sign-ins\n"
    ));
    say(
        "| round | hashes/s | sign-ins/s | ratio | CPU ms a hash / a sign-in | ratio | p99 ms | reads/s | in the flood | ratio | p99 ms alone / flood | sign-ins/s meanwhile | others % |",
    );
    say("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let read = load::request("GET", "/v1/profile", Some(&token), "");
    let mut ratios = [const { Vec::new() }; 3];
    for round in 1..=ROUNDS {
        let measured = one(&service, &read, threads).await?;
        for (all, ratio) in ratios.iter_mut().zip(measured.ratios) {
            all.push(ratio);
        }
        say(format!("| {round} | {}", measured.line));
    }
    let [whole, cpu, kept] = ratios.map(median);
    say(format!(
        "\nmedian ratios: sign-ins {whole:.2} of the hash alone ({cpu:.2} by processor time), reads {kept:.2}"
    ));
    Ok(())
}

/// One round: its line of the table, and the ratios in it.
struct Round {
    line: String,
    ratios: [f64; 3],
}

async fn one(service: &Service, read: &[u8], threads: usize) -> Result<Round, Failure> {
    let begin = (Instant::now(), cpu_of_all()?, own(service)?);
    let before = cpu_of("self")?;
    let (count, hashes) = tokio::task::spawn_blocking(move || hashes_alone(threads)).await??;
    let hash_cpu = each(cpu_of("self")?.saturating_sub(before), count);
    let before = service.cpu()?;
    let sign_ins = load::run(service.address, CALLERS, ROUND, flood()).await?;
    let sign_in_cpu = each(service.cpu()?.saturating_sub(before), sign_ins.requests);
    let alone = reads(service.address, read).await?;
    let (besides, meanwhile) = tokio::try_join!(
        reads(service.address, read),
        load::run(service.address, CALLERS, ROUND, flood())
    )?;
    let ratios = [sign_ins.rate() / hashes, hash_cpu / sign_in_cpu, besides.rate() / alone.rate()];
    let [whole, cpu, kept] = ratios;
    let line = format!(
        "{hashes:.0} | {:.0} | {whole:.2} | {hash_cpu:.1} / {sign_in_cpu:.1} | {cpu:.2} | {:.0} | {:.0} | {:.0} | {kept:.2} | {:.1} / {:.1} | {:.0} | {:.0} |",
        sign_ins.rate(),
        milliseconds(sign_ins.quantile(0.99)),
        alone.rate(),
        besides.rate(),
        milliseconds(alone.quantile(0.99)),
        milliseconds(besides.quantile(0.99)),
        meanwhile.rate(),
        others(service, begin)?,
    );
    Ok(Round { line, ratios })
}

/// Milliseconds for each of `count`.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
fn each(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1000.0 / count.max(1) as f64
}

fn own(service: &Service) -> Result<Duration, Failure> {
    Ok(service.cpu()? + cpu_of("self")?)
}

/// The percentage of one processor that all other processes took since `begin`: a measurement
/// beside much of it says little.
fn others(service: &Service, begin: (Instant, Duration, Duration)) -> Result<f64, Failure> {
    let (since, all, ours) = begin;
    let all = cpu_of_all()?.saturating_sub(all);
    let theirs = all.saturating_sub(own(service)?.saturating_sub(ours));
    Ok(theirs.as_secs_f64() * 100.0 / since.elapsed().as_secs_f64())
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
        let turn =
            usize::try_from(count).unwrap_or_default().wrapping_mul(CALLERS).wrapping_add(caller);
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

/// How many hashes, and how many a second, on `threads` threads as in the service: the default
/// cost, the lowest priority, reused memory.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
fn hashes_alone(threads: usize) -> Result<(u64, f64), Failure> {
    let begin = Instant::now();
    let count = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(move || hash_until(begin + ROUND))).collect();
        let mut count = 0;
        for worker in workers {
            count += worker.join().map_err(|_| "a hashing thread panicked")??;
        }
        Ok::<u64, Failure>(count)
    })?;
    Ok((count, count as f64 / ROUND.as_secs_f64()))
}

/// How many were done before `end`.
fn hash_until(end: Instant) -> Result<u64, Failure> {
    rustix::process::setpriority_process(None, 19)?;
    let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(|error| error.to_string())?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; 32];
    let mut count = 0;
    loop {
        argon2
            .hash_password_into_with_memory(&[7; 32], &[1; 16], &mut hash, &mut memory)
            .map_err(|error| error.to_string())?;
        if Instant::now() >= end {
            return Ok(count);
        }
        count += 1;
    }
}
