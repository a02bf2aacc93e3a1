//! Reads of one's own profile, with a verified token, compared with a bare handler that returns the
//! same bytes.

use std::sync::Arc;
use std::time::Duration;

use crate::load::{self, Failure, Outcome};
use crate::report::say;
use crate::service::Service;
use crate::updates::register;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);

pub(crate) async fn measure() -> Result<(), Failure> {
    let data = tempfile::tempdir()?;
    let selfsame = Service::selfsame(data.path()).await?;
    let token = register(selfsame.address, 0).await?;
    let request = load::request("GET", "/v1/profile", Some(&token), "");
    let body = data.path().join("body.json");
    std::fs::write(&body, load::once(selfsame.address, &request).await?.to_string())?;
    let bare = Service::bare(&body).await?;

    say(
        "\n## Profile reads (own profile, token verified, entity tag), beside a bare handler with the same bytes\n",
    );
    say(
        "| round | bare/s | selfsame/s | ratio | bare CPU µs | selfsame CPU µs | p99 µs bare / selfsame |",
    );
    say("|---|---|---|---|---|---|---|");
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let (least, least_cpu) = one(&bare, &request).await?;
        let (ours, ours_cpu) = one(&selfsame, &request).await?;
        let ratio = ours.rate() / least.rate();
        ratios.push(ratio);
        say(format!(
            "| {round} | {:.0} | {:.0} | {ratio:.2} | {least_cpu:.1} | {ours_cpu:.1} | {} / {} |",
            least.rate(),
            ours.rate(),
            least.quantile(0.99),
            ours.quantile(0.99)
        ));
    }
    ratios.sort_by(f64::total_cmp);
    say(format!("\nmedian ratio: {:.2}", ratios.get(ROUNDS / 2).copied().unwrap_or_default()));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
async fn one(service: &Service, request: &[u8]) -> Result<(Outcome, f64), Failure> {
    let request = request.to_vec();
    let before = service.cpu()?;
    let outcome =
        load::run(service.address, CONNECTIONS, ROUND, Arc::new(move |_, _| request.clone()))
            .await?;
    let used = service.cpu()?.saturating_sub(before);
    let each = used.as_micros() as f64 / outcome.requests as f64;
    Ok((outcome, each))
}
