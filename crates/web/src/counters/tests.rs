use super::{CounterReading, Counters};
use crate::{FeatureInfo, Metric};

const COLOURS: Metric = Metric::counter("colours", "Colours", "colour", &["red", "blue", "other"]);
const LENGTHS: Metric = Metric::histogram("lengths", "Lengths", &[10, 20]);

fn counts() -> Counters {
    Counters::of(&[FeatureInfo {
        name: "test",
        promise: "Counts.",
        routes: Vec::new(),
        events: Vec::new(),
        metrics: &[COLOURS, LENGTHS],
        interests: Vec::new(),
    }])
}

fn read(counts: &Counters, metric: &Metric) -> (Vec<u64>, u64) {
    let CounterReading { counts, sum, .. } =
        counts.readings().find(|reading| reading.metric == *metric).expect("it is declared");
    (counts, sum)
}

#[test]
fn an_unknown_value_counts_as_the_last() {
    let counts = counts();
    for colour in ["blue", "green", "blue", "x\ny"] {
        counts.add(&COLOURS, colour);
    }
    assert_eq!(read(&counts, &COLOURS), (vec![0, 2, 2], 0));
}

#[test]
fn an_amount_at_a_bound_is_within_it() {
    let counts = counts();
    for amount in [0, 10, 11, 20, 21] {
        counts.observe(&LENGTHS, amount);
    }
    assert_eq!(read(&counts, &LENGTHS), (vec![2, 2, 1], 62));
}
