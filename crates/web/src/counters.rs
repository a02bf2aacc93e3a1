//! The counters of the features, in the memory of this process; `/metrics` reads them.
//!
//! Most are counted from committed events, as the metrics declare. A feature counts itself only
//! what no event shows. All cells are allocated at the start, so that counting never waits and
//! can't use up memory.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{FeatureInfo, Metric, MetricKind};
use serde_json::Value;

/// The figures of all features.
pub struct Counters {
    series: Vec<CounterSeries>,
    events: Vec<(&'static str, AtomicU64)>,
}

struct CounterSeries {
    metric: Metric,
    /// One for each value of the label, or for each bound and one for what is beyond.
    cells: Vec<AtomicU64>,
    /// Of all amounts.
    sum: AtomicU64,
}

/// The reading of one metric.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CounterReading {
    /// Which.
    pub metric: Metric,
    /// In the order of the label's values, or of the bounds with one more for what is beyond, not
    /// cumulative; the one value of a gauge.
    pub counts: Vec<u64>,
    /// The sum of the amounts of a histogram.
    pub sum: u64,
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counters")
    }
}

impl Counters {
    /// Zeroed counters of the metrics of `features`.
    #[must_use]
    pub fn of(features: &[FeatureInfo]) -> Self {
        let metrics = features.iter().flat_map(|feature| feature.metrics);
        let events = features.iter().flat_map(|feature| &feature.events);
        Self {
            series: metrics.map(CounterSeries::new).collect(),
            events: events.map(|kind| (kind.name, AtomicU64::new(0))).collect(),
        }
    }

    /// Counts one for `value` of the label of `metric`.
    pub fn add(&self, metric: &Metric, value: &str) {
        let series = self.series_of(metric);
        if let (Some(series), MetricKind::Counter { values, .. }) = (series, metric.kind) {
            series.count_value(values, value);
        }
    }

    /// Counts `amount` in the histogram `metric`.
    pub fn observe(&self, metric: &Metric, amount: u64) {
        if let (Some(series), MetricKind::Histogram { bounds, .. }) =
            (self.series_of(metric), metric.kind)
        {
            series.count_in(bounds.partition_point(|bound| *bound < amount));
            series.sum.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// Sets the gauge `metric` to `value`.
    pub fn set(&self, metric: &Metric, value: u64) {
        if let Some(cell) = self.series_of(metric).and_then(|series| series.cells.first()) {
            cell.store(value, Ordering::Relaxed);
        }
    }

    /// Counts an event that was committed.
    pub fn on_event(&self, event_type: &str, data: &Value) {
        if let Some((_, count)) = self.events.iter().find(|(name, _)| *name == event_type) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        for series in &self.series {
            series.on_event(event_type, data);
        }
    }

    /// How many events of each type were committed.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.events.iter().map(|(name, count)| (*name, count.load(Ordering::Relaxed)))
    }

    /// What was counted so far, in the order of the features.
    pub fn readings(&self) -> impl Iterator<Item = CounterReading> {
        self.series.iter().map(CounterSeries::read)
    }

    fn series_of(&self, metric: &Metric) -> Option<&CounterSeries> {
        let found = self.series.iter().find(|series| series.metric.name == metric.name);
        debug_assert!(found.is_some(), "no feature declares {}", metric.name);
        found
    }
}

impl CounterSeries {
    fn new(metric: &Metric) -> Self {
        let cells = match metric.kind {
            MetricKind::Counter { values, .. } => values.len(),
            MetricKind::Histogram { bounds, .. } => bounds.len() + 1,
            MetricKind::Gauge => 1,
        };
        let cells = std::iter::repeat_with(AtomicU64::default).take(cells).collect();
        Self { metric: *metric, cells, sum: AtomicU64::new(0) }
    }

    fn count_in(&self, index: usize) {
        if let Some(cell) = self.cells.get(index) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn count_value(&self, values: &[&str], value: &str) {
        let last = values.len().saturating_sub(1);
        self.count_in(values.iter().position(|known| *known == value).unwrap_or(last));
    }

    fn on_event(&self, event_type: &str, data: &Value) {
        let Some(counted) =
            self.metric.counted_from.filter(|counted| counted.event_type == event_type)
        else {
            return;
        };
        let MetricKind::Counter { values, .. } = self.metric.kind else { return };
        match data.pointer(counted.pointer) {
            Some(Value::String(value)) => self.count_value(values, value),
            Some(Value::Array(list)) => {
                list.iter()
                    .filter_map(Value::as_str)
                    .for_each(|value| self.count_value(values, value));
            }
            Some(Value::Object(members)) => {
                members.keys().for_each(|value| self.count_value(values, value));
            }
            None | Some(Value::Null | Value::Bool(_) | Value::Number(_)) => {}
        }
    }

    fn read(&self) -> CounterReading {
        let counts = self.cells.iter().map(|cell| cell.load(Ordering::Relaxed)).collect();
        CounterReading { metric: self.metric, counts, sum: self.sum.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests;
