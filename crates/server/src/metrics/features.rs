//! The metrics of the features in the registry.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use selfsame_web::MetricKind;
use selfsame_web::{CounterReading, Counters};

/// The counter of all events, beside those that features declare.
pub(super) const EVENTS: (&str, &str) =
    ("events", "Events that this process has committed, by type");

/// Reads the counters at each scrape.
#[derive(Debug)]
pub(super) struct FeatureCounts(pub(super) Arc<Counters>);

impl Collector for FeatureCounts {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let (name, help) = EVENTS;
        let mut metric = described(&mut encoder, name, help, MetricType::Counter)?;
        for (event_type, count) in self.0.events() {
            counted(&mut metric, "type", event_type, count)?;
        }
        self.0.readings().try_for_each(|reading| shown(&mut encoder, &reading))
    }
}

/// The kind in the library's terms.
pub(super) const fn kind(kind: MetricKind) -> MetricType {
    match kind {
        MetricKind::Counter { .. } => MetricType::Counter,
        MetricKind::Histogram { .. } => MetricType::Histogram,
        MetricKind::Gauge => MetricType::Gauge,
    }
}

fn shown(encoder: &mut DescriptorEncoder<'_>, reading: &CounterReading) -> fmt::Result {
    let CounterReading { metric, counts, sum } = reading;
    let mut encoder = described(encoder, metric.name, metric.help, kind(metric.kind))?;
    match metric.kind {
        MetricKind::Counter { label, values } => values
            .iter()
            .zip(counts)
            .try_for_each(|(value, count)| counted(&mut encoder, label, value, *count)),
        MetricKind::Gauge => {
            counts.first().copied().map_or(Ok(()), |value| encoder.encode_gauge(&value))
        }
        MetricKind::Histogram { bounds, parts } => {
            #[expect(clippy::cast_precision_loss, reason = "bounds and sums are far below 2^53")]
            let in_units = |amount: u64| amount as f64 / f64::from(parts);
            let (bounds, sum) = (bounds.iter().map(|bound| in_units(*bound)), in_units(*sum));
            let buckets: Vec<_> =
                bounds.chain([f64::INFINITY]).zip(counts.iter().copied()).collect();
            encoder.encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)
        }
    }
}

/// With a full stop after the text, as the registry writes those of its own.
fn described<'e>(
    encoder: &'e mut DescriptorEncoder<'_>,
    name: &'e str,
    help: &str,
    kind: MetricType,
) -> Result<MetricEncoder<'e>, fmt::Error> {
    encoder.encode_descriptor(name, &format!("{help}."), None, kind)
}

fn counted(encoder: &mut MetricEncoder<'_>, label: &str, value: &str, count: u64) -> fmt::Result {
    let none: Option<&Exemplar<NoLabelSet, u64>> = None;
    encoder.encode_family(&[(label, value)])?.encode_counter(&count, none)
}
