//! Views of the statistics of a user's reviews.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::tally::{RatingTotals, average, count};

/// How somebody rates.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Statistics {
    /// How many reviews they gave.
    count: u64,
    /// The mean of the ratings, to two places; null where there are none.
    average: Option<f64>,
    /// How many gave `1`, `2`, `3`, `4` and `5`.
    distribution: BTreeMap<String, u64>,
    /// The months (in UTC) in which reviews were given, the newest first.
    by_month: Vec<Month>,
}

/// The reviews of a month.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Month {
    /// Which: `2026-01`.
    #[serde(rename = "month")]
    name: String,
    /// How many.
    count: u64,
    /// The mean of their ratings, to two places.
    average: Option<f64>,
}

impl Statistics {
    pub(super) fn of(tally: &RatingTotals) -> Self {
        let month = |(month, ratings): (&String, &[u64; 5])| Month {
            name: month.clone(),
            count: count(ratings),
            average: average(ratings),
        };
        Self {
            count: count(&tally.ratings),
            average: average(&tally.ratings),
            distribution: (1_u8..)
                .zip(tally.ratings)
                .map(|(rating, count)| (rating.to_string(), count))
                .collect(),
            by_month: tally.months.iter().rev().map(month).collect(),
        }
    }
}
