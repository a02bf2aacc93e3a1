//! Metrics, declared by the features.

use selfsame_events::EventPayload;

/// A metric: its text for the reference and `/metrics`, and the source of its figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Metric {
    /// Its name; `/metrics` adds a prefix and the suffix of its kind (`_total`, `_bucket`, …).
    pub name: &'static str,
    /// What it counts, with its unit, in a sentence without a full stop.
    pub help: &'static str,
    /// Counter, histogram or gauge.
    pub kind: MetricKind,
    /// The events that it is counted from; without these the feature counts itself.
    pub counted_from: Option<CountedEvent>,
}

/// The kind of a metric. The number of its series is fixed before anything is counted, so that no
/// caller can make it grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MetricKind {
    /// A number that only grows, for each value of a label.
    Counter {
        /// The label.
        label: &'static str,
        /// Its values. What is none of them counts as the last.
        values: &'static [&'static str],
    },
    /// How many amounts were at most as large as each bound.
    Histogram {
        /// The bounds, the smallest first.
        bounds: &'static [u64],
        /// Amounts and bounds are counted in such parts of the unit that is shown: 100 where they
        /// are hundredths.
        parts: u16,
    },
    /// A number that is set to what it is now.
    Gauge,
}

/// The events that a metric is counted from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CountedEvent {
    /// The type of the events.
    pub event_type: &'static str,
    /// Where in their data the label's value lies (RFC 6901). A list counts once for each text in
    /// it, an object once for each of its names.
    pub pointer: &'static str,
}

impl Metric {
    /// A counter for each of `values` of `label`; what is none of them counts as the last.
    #[must_use]
    pub const fn counter(
        name: &'static str,
        help: &'static str,
        label: &'static str,
        values: &'static [&'static str],
    ) -> Self {
        Self { name, help, kind: MetricKind::Counter { label, values }, counted_from: None }
    }

    /// Amounts, by the bounds they are within.
    #[must_use]
    pub const fn histogram(name: &'static str, help: &'static str, bounds: &'static [u64]) -> Self {
        Self { name, help, kind: MetricKind::Histogram { bounds, parts: 1 }, counted_from: None }
    }

    /// The same histogram, whose amounts and bounds are counted in such parts of the unit that is
    /// shown: 1000 for milliseconds, 100 for percent. What is shown has base units, as Prometheus
    /// wants it: seconds, bytes, ratios from 0 to 1.
    #[must_use]
    pub const fn in_parts(self, parts: u16) -> Self {
        match self.kind {
            MetricKind::Histogram { bounds, .. } => {
                Self { kind: MetricKind::Histogram { bounds, parts }, ..self }
            }
            MetricKind::Counter { .. } | MetricKind::Gauge => self,
        }
    }

    /// A number that is set to what it is now.
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self { name, help, kind: MetricKind::Gauge, counted_from: None }
    }

    /// The same metric, counted from what is at `pointer` of the events of kind `F`.
    #[must_use]
    pub const fn counted_from<F: EventPayload>(self, pointer: &'static str) -> Self {
        Self { counted_from: Some(CountedEvent { event_type: F::TYPE, pointer }), ..self }
    }
}
