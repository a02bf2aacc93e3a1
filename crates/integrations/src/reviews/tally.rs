//! The statistics of a user's reviews, updated with every change.

use std::collections::BTreeMap;

use selfsame_events::user_key;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use super::record::Review;

/// The rating totals of a user, at `review-tally` of their partition: changed in the commit that
/// changes a review, so always exact.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RatingTotals {
    /// Reviews with the ratings 1, 2, 3, 4 and 5.
    pub(super) ratings: [u64; 5],
    /// The same by the month (UTC) in which they were given: `2026-01`.
    pub(super) months: BTreeMap<String, [u64; 5]>,
}

impl Record for RatingTotals {
    const KIND: &'static str = "review-tally";
}

impl RatingTotals {
    /// Its key.
    pub(super) fn key(user: &UserId) -> Key {
        user_key(user, "review-tally")
    }

    /// Adds `review`.
    pub(super) fn add(&mut self, review: &Review) {
        let month = self.months.entry(month(review.created_at)).or_default();
        for ratings in [&mut self.ratings, month] {
            if let Some(count) = cell(ratings, review.rating) {
                *count += 1;
            }
        }
    }

    /// Subtracts `review`, which was added.
    pub(super) fn take_away(&mut self, review: &Review) {
        let name = month(review.created_at);
        let month = self.months.entry(name.clone()).or_default();
        for ratings in [&mut self.ratings, &mut *month] {
            if let Some(count) = cell(ratings, review.rating) {
                *count = count.saturating_sub(1);
            }
        }
        if *month == [0; 5] {
            self.months.remove(&name);
        }
    }
}

fn cell(ratings: &mut [u64; 5], rating: u8) -> Option<&mut u64> {
    ratings.get_mut(usize::from(rating).checked_sub(1)?)
}

fn month(time: Timestamp) -> String {
    let text = time.to_string();
    text.get(..7).unwrap_or(&text).to_owned()
}

/// The number of reviews.
pub(super) fn count(ratings: &[u64; 5]) -> u64 {
    ratings.iter().sum()
}

/// The mean rating to two places; `None` without reviews.
pub(super) fn average(ratings: &[u64; 5]) -> Option<f64> {
    let sum: u64 = ratings.iter().zip(1..).map(|(count, rating)| count * rating).sum();
    let hundredths = (sum * 200 + count(ratings)).checked_div(2 * count(ratings))?;
    u32::try_from(hundredths).ok().map(|hundredths| f64::from(hundredths) / 100.0)
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn what_was_stored_once_is_read_for_ever() {
        let stored = br#"review-tally/1
{"ratings":[0,0,0,1,2],"months":{"2026-01":[0,0,0,0,2],"2026-02":[0,0,0,1,0]}}"#;
        let tally: RatingTotals = decode(stored).unwrap();
        assert_eq!((count(&tally.ratings), tally.months.len()), (3, 2));
        assert_eq!(encode(&tally), stored);
    }

    #[test]
    fn the_mean_is_rounded_to_hundredths() {
        assert_eq!(average(&[0; 5]), None);
        assert_eq!(average(&[0, 0, 0, 1, 2]), Some(4.67));
        assert_eq!(average(&[1, 0, 0, 0, 1]), Some(3.0));
        assert_eq!(average(&[2, 1, 0, 0, 0]), Some(1.33));
        // 1.005 exactly; a half is rounded up.
        assert_eq!(average(&[199, 1, 0, 0, 0]), Some(1.01));
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::RatingTotals>();
    }
}
