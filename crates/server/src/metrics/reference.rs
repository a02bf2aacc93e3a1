//! The reference of metrics, made from the registry and from the declarations of the features.

use std::fmt::Write as _;

use prometheus_client::metrics::MetricType;
use selfsame_app::features;
use selfsame_web::MetricKind;

use super::features::{EVENTS, kind};
use super::{Metrics, PREFIX};

const HEAD: &str = "# Metrics

<!-- Made by `selfsame metrics`; a test holds it to the code. -->

`GET /metrics` answers in the OpenMetrics text format, which Prometheus reads. Counters and histograms are counted in memory and by
each process for itself: sum over the nodes. Gauges of what is stored (users, what waits) are the same on each node, as fresh as its last look,
at most 15 seconds old: take the largest. Labels have few values, all known beforehand, and none says anything about a person. Who may read it is decided
by [`metrics.token`](configuration.md#metricstoken).
";

/// The page `docs/metrics.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    section(&mut page, "The service");
    for (name, kind, help) in &Metrics::default().own {
        entry(&mut page, name, *kind, help);
    }
    section(&mut page, "Features");
    let (name, help) = EVENTS;
    entry(&mut page, name, MetricType::Counter, help);
    let types = features().iter().flat_map(|feature| &feature.events).map(|event| event.name);
    values(&mut page, "type", &types.collect::<Vec<_>>());
    for metric in features().iter().flat_map(|feature| feature.metrics) {
        entry(&mut page, metric.name, kind(metric.kind), metric.help);
        match metric.kind {
            MetricKind::Counter { label, values: known } => values(&mut page, label, known),
            MetricKind::Gauge => {}
            MetricKind::Histogram { bounds, parts } => {
                #[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
                let bounds =
                    bounds.iter().map(|bound| (*bound as f64 / f64::from(parts)).to_string());
                let bounds: Vec<_> = bounds.collect();
                let _ = writeln!(page, "- Bounds: {}", bounds.join(", "));
            }
        }
    }
    page
}

fn section(page: &mut String, title: &str) {
    let _ = writeln!(page, "\n## {title}");
}

fn entry(page: &mut String, name: &str, kind: MetricType, help: &str) {
    let ending = match kind {
        MetricType::Counter => "_total",
        MetricType::Info => "_info",
        MetricType::Gauge | MetricType::Histogram | MetricType::Unknown => "",
    };
    let _ =
        writeln!(page, "\n### `{PREFIX}_{name}{ending}`\n\n{help}.\n\n- Kind: {}", kind.as_str());
}

fn values(page: &mut String, label: &str, values: &[&str]) {
    let _ = writeln!(page, "- Label `{label}`: {}", values.join(", "));
}
