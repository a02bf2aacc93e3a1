//! Reads of profiles on two cores, with and without a thousand events a second published to
//! RabbitMQ.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::load::{self, Failure, Outcome, Requests};
use crate::report::say;
use crate::service::Service;
use crate::updates::{milliseconds, register};

/// The service runs on these cores; `bench/events/run` puts the broker and the load on others.
const CORES: &str = "0,1";
/// Users who change their profile, each on a connection of its own.
const WRITERS: usize = 256;
/// All of them together make a thousand changes a second, each of which is one event.
const WRITE_PACE: Duration = Duration::from_millis(256);
const READERS: usize = 32;
/// All of them together read 3,200 profiles a second.
const READ_PACE: Duration = Duration::from_millis(10);
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(8);
/// Deliveries that the broker has confirmed.
const DELIVERED: &str = r#"selfsame_event_deliveries_total{reactor="rabbitmq",outcome="done"}"#;

pub(crate) async fn measure(url: &str) -> Result<(), Failure> {
    let data = tempfile::tempdir_in(".")?;
    let cheap = [("SELFSAME_ARGON2_MEMORY_KIB", "8192"), ("SELFSAME_ARGON2_PASSES", "1")];
    let settings = [cheap[0], cheap[1], ("RABBITMQ_URL", url)];
    let service = Service::on_cores(CORES, data.path(), &settings).await?;
    let (reads, writes) = requests(&service).await?;
    settled(&service).await?;
    say(
        "\n## Reads on two cores beside a thousand events a second through the relay to RabbitMQ\n",
    );
    say(
        "| round | reads/s | p99 ms without events | p99 ms with events | ratio | events/s made | confirmed/s | ms until all were | service's cores busy |",
    );
    say("|---|---|---|---|---|---|---|---|---|");
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let alone = read(&service, &reads).await?;
        let beside = Beside::measure(&service, &reads, &writes).await?;
        let [quiet, busy] =
            [&alone, &beside.reads].map(|outcome| milliseconds(outcome.quantile(0.99)));
        ratios.push(busy / quiet);
        say(format!(
            "| {round} | {:.0} | {quiet:.2} | {busy:.2} | {:.2} | {:.0} | {:.0} | {} | {:.2} |",
            beside.reads.rate(),
            busy / quiet,
            beside.writes.rate(),
            beside.confirmed,
            beside.late.as_millis(),
            beside.busy
        ));
    }
    ratios.sort_by(f64::total_cmp);
    say(format!("\nmedian ratio: {:.2}", ratios.get(ROUNDS / 2).copied().unwrap_or_default()));
    Ok(())
}

async fn requests(service: &Service) -> Result<(Requests, Requests), Failure> {
    let mut tokens = Vec::new();
    for number in 0..WRITERS {
        tokens.push(register(service.address, number).await?);
    }
    let tokens = Arc::new(tokens);
    let readers = Arc::clone(&tokens);
    let token = move |tokens: &[String], index: usize| tokens.get(index).cloned();
    let reads = move |reader: usize, _| {
        load::request("GET", "/v1/profile", token(&readers, reader).as_deref(), "")
    };
    let writes = move |writer: usize, count: u64| {
        let body = format!(r#"{{"bio":"change {count}"}}"#);
        load::request("PUT", "/v1/profile", token(&tokens, writer).as_deref(), &body)
    };
    Ok((Arc::new(reads), Arc::new(writes)))
}

async fn read(service: &Service, reads: &Requests) -> Result<Outcome, Failure> {
    load::paced(service.address, READERS, ROUND, READ_PACE, Arc::clone(reads)).await
}

/// The measurement while events were emitted.
struct Beside {
    reads: Outcome,
    writes: Outcome,
    /// Events per second that the broker confirmed meanwhile.
    confirmed: f64,
    /// From the last change until the broker had confirmed its event.
    late: Duration,
    /// How many cores the service kept busy.
    busy: f64,
}

impl Beside {
    async fn measure(
        service: &Service,
        reads: &Requests,
        writes: &Requests,
    ) -> Result<Self, Failure> {
        let (before, cpu) = (delivered(service).await?, service.cpu()?);
        let making = load::paced(service.address, WRITERS, ROUND, WRITE_PACE, Arc::clone(writes));
        let (reads, writes) = tokio::try_join!(read(service, reads), making)?;
        let (confirmed, used) =
            (delivered(service).await? - before, service.cpu()?.saturating_sub(cpu));
        let seconds = writes.elapsed.as_secs_f64();
        let late = settled(service).await?;
        Ok(Self {
            reads,
            writes,
            confirmed: confirmed / seconds,
            late,
            busy: used.as_secs_f64() / seconds,
        })
    }
}

/// Waits until nothing more is delivered, and returns how long ago the last delivery was.
async fn settled(service: &Service) -> Result<Duration, Failure> {
    let (begin, mut last, mut late) = (Instant::now(), delivered(service).await?, Duration::ZERO);
    while begin.elapsed() < late + Duration::from_millis(500) {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = delivered(service).await?;
        if now > last {
            (last, late) = (now, begin.elapsed());
        }
    }
    Ok(late)
}

async fn delivered(service: &Service) -> Result<f64, Failure> {
    let metrics = load::text(service.address, &load::request("GET", "/metrics", None, "")).await?;
    let line = metrics.lines().find_map(|line| line.strip_prefix(DELIVERED));
    Ok(line.map(|number| number.trim().parse()).transpose()?.unwrap_or(0.0))
}
