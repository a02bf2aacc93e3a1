//! The cost of a read from the store: processor time of a profile that is not cached, compared with
//! a bare handler that sends the same bytes at the same pace. The cost of a read depends on the
//! pace, since an idle process pays for each wake-up.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::load::{self, Failure, Requests};
use crate::report::say;
use crate::scale::{demo, random_profiles, sample};
use crate::service::Service;

const CONNECTIONS: usize = 16;
const PACE: Duration = Duration::from_millis(5);
const ROUND: Duration = Duration::from_secs(8);
const ROUNDS: usize = 5;

pub(crate) async fn measure(users: u64) -> Result<(), Failure> {
    let data = tempfile::tempdir_in(".")?;
    demo(data.path(), users).await?;
    let ids = Arc::new(sample(data.path(), users).await?);
    let requests = random_profiles(&ids);
    let service = Service::with(data.path(), &[("PROFILE_CACHE_TTL", "0")]).await?;
    let bare = same_bytes(data.path(), &service, &requests).await?;
    say(format!("\n## Reads from the store, {users} users\n"));
    say(
        "Profiles of random people, seen by strangers, none of them kept, by 16 callers with 200 requests a second each.\n",
    );
    say(
        "| round | bare CPU µs | selfsame CPU µs | above it | p50 µs bare / selfsame | p99 µs bare / selfsame |",
    );
    say("|---|---|---|---|---|---|");
    let mut above = Vec::new();
    for round in 1..=ROUNDS {
        let least = paced(&bare, &requests).await?;
        let ours = paced(&service, &requests).await?;
        above.push(ours.cpu - least.cpu);
        say(format!(
            "| {round} | {:.1} | {:.1} | {:.1} | {} / {} | {} / {} |",
            least.cpu,
            ours.cpu,
            ours.cpu - least.cpu,
            least.median,
            ours.median,
            least.late,
            ours.late
        ));
    }
    above.sort_by(f64::total_cmp);
    let median = above.get(ROUNDS / 2).copied().unwrap_or_default();
    say(format!("\nmedian above the bare handler: {median:.1} µs"));
    Ok(())
}

/// A bare handler that responds with one of the bodies that `service` sends.
async fn same_bytes(
    data: &Path,
    service: &Service,
    requests: &Requests,
) -> Result<Service, Failure> {
    let body = data.join("body.json");
    std::fs::write(&body, load::once(service.address, &requests(0, 0)).await?.to_string())?;
    Service::bare(&body).await
}

struct Paced {
    /// Microseconds of processor time per request.
    cpu: f64,
    median: u64,
    late: u64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
async fn paced(service: &Service, requests: &Requests) -> Result<Paced, Failure> {
    let before = service.cpu()?;
    let outcome =
        load::paced(service.address, CONNECTIONS, ROUND, PACE, Arc::clone(requests)).await?;
    let used = service.cpu()?.saturating_sub(before);
    let cpu = used.as_micros() as f64 / outcome.requests as f64;
    Ok(Paced { cpu, median: outcome.quantile(0.5), late: outcome.quantile(0.99) })
}
