//! Records of reviews: each once, and two index items for the lists.

use schemars::JsonSchema;
use selfsame_events::{user_key, user_partition};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Query, Record};
use serde::{Deserialize, Serialize};

/// What a user said about a provider of services, at `review/{reviewId}` of their partition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// Names it.
    pub review_id: String,
    /// Who was reviewed.
    pub provider_id: String,
    /// What the provider is called.
    pub provider_name: String,
    /// Which of the provider's services.
    pub service_id: String,
    /// 1 to 5, 5 being the best.
    #[schemars(range(min = 1, max = 5))]
    pub rating: u8,
    /// What the user wrote; may be empty.
    #[serde(default)]
    pub comment: String,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What the provider answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
}

impl Record for Review {
    const KIND: &'static str = "review";
}

impl Review {
    /// Prefix of the sort keys of all reviews.
    pub(super) const PREFIX: &'static str = "review/";

    /// Its key.
    #[must_use]
    pub fn key(user: &UserId, id: &str) -> Key {
        user_key(user, format!("{}{id}", Self::PREFIX))
    }

    /// The key of the claim on its id, which is unique among users.
    #[must_use]
    pub fn claim(id: &str) -> Key {
        Key::new(format!("claim/review/{id}"), "claim")
    }

    /// Its position in the lists.
    pub(super) fn position(&self) -> ReviewIndexKey {
        ReviewIndexKey { rating: self.rating, at: self.created_at, id: self.review_id.clone() }
    }

    /// Its index items: in the list of all, and in that of its provider.
    pub(super) fn index(&self, user: &UserId) -> [Key; 2] {
        let position = self.position();
        [
            ReviewIndex { user, provider: None },
            ReviewIndex { user, provider: Some(&self.provider_id) },
        ]
        .map(|index| index.key(&position))
    }
}

/// The position of a review in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ReviewIndexKey {
    pub(super) rating: u8,
    pub(super) at: Timestamp,
    pub(super) id: String,
}

impl ReviewIndexKey {
    /// `5/1769851800000/rev_1`: reviews of one rating are one range, ordered by time.
    pub(super) fn text(&self) -> String {
        format!("{}/{:015}/{}", self.rating, self.at.millis(), self.id)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        let (rating, millis, id) = (parts.next()?, parts.next()?, parts.next()?);
        let at = Timestamp::from_millis(millis.parse().ok()?);
        Some(Self { rating: rating.parse().ok()?, at, id: id.to_owned() })
    }
}

/// An index of reviews, of all providers or of one, with one range per rating.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReviewIndex<'s> {
    pub(super) user: &'s UserId,
    pub(super) provider: Option<&'s str>,
}

impl ReviewIndex<'_> {
    fn prefix(&self) -> String {
        self.provider
            .map_or_else(|| "review-of/all/".into(), |provider| format!("review-of/by/{provider}/"))
    }

    pub(super) fn key(&self, position: &ReviewIndexKey) -> Key {
        user_key(self.user, format!("{}{}", self.prefix(), position.text()))
    }

    /// The reviews with `rating` that were given at `from` or later and before `until`.
    pub(super) fn range(&self, rating: u8, from: Timestamp, until: Timestamp) -> Query {
        let bound = |time: Timestamp| format!("{}{rating}/{:015}/", self.prefix(), time.millis());
        let all = Query::prefix(user_partition(self.user), &bound(from));
        Query { until: Some(bound(until)), ..all }
    }

    /// The position that the index item at `sort` names.
    pub(super) fn position(&self, sort: &str) -> Option<ReviewIndexKey> {
        sort.strip_prefix(&self.prefix()).and_then(ReviewIndexKey::parse)
    }
}

/// The body of an index item: empty, since the key holds everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct ReviewIndexEntry {}

impl Record for ReviewIndexEntry {
    const KIND: &'static str = "review-place";
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn what_was_stored_once_is_read_for_ever() {
        let stored = br#"review/1
{"reviewId":"rev_1","providerId":"prov_1","providerName":"Bright Plumbing","serviceId":"svc_1","rating":4,"comment":"Quick.","createdAt":"2026-01-31T09:30:00.000Z","updatedAt":"2026-02-01T09:30:00.000Z","response":"Thank you!"}"#;
        let review: Review = decode(stored).unwrap();
        assert_eq!((review.rating, review.response.as_deref()), (4, Some("Thank you!")));
        assert_eq!(encode(&review), stored);
        assert_eq!(decode::<ReviewIndexEntry>(b"review-place/1\n{}").unwrap(), ReviewIndexEntry {});
        let user = UserId::parse("usr_1").unwrap();
        let sorts = review.index(&user).map(|key| key.sort);
        assert_eq!(
            sorts,
            [
                "review-of/all/4/001769851800000/rev_1",
                "review-of/by/prov_1/4/001769851800000/rev_1"
            ]
        );
    }

    #[test]
    fn a_position_is_parsed_from_its_text_and_is_in_its_range_alone() {
        let user = UserId::parse("usr_1").unwrap();
        let position = ReviewIndexKey {
            rating: 3,
            at: Timestamp::from_millis(1_769_851_800_000),
            id: "a:b.c".into(),
        };
        for provider in [None, Some("prov_1")] {
            let index = ReviewIndex { user: &user, provider };
            let sort = index.key(&position).sort;
            assert_eq!(index.position(&sort), Some(position.clone()));
            let holds = |rating, from: i64, until: i64| {
                let range = index.range(
                    rating,
                    Timestamp::from_millis(from),
                    Timestamp::from_millis(until),
                );
                sort >= range.from && Some(&sort) < range.until.as_ref()
            };
            let at = position.at.millis();
            assert!(holds(3, 0, i64::MAX / 1_000_000) && holds(3, at, at + 1));
            assert!(!holds(3, at + 1, at + 2) && !holds(3, 0, at) && !holds(2, 0, at + 1));
        }
        assert_eq!(ReviewIndexKey::parse("3/x/a"), None);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Review>();
        are_read::<super::ReviewIndexEntry>();
    }
}
