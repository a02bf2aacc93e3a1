//! What is read in order.

use std::ops::Bound;

use crate::Item;

/// From which end a range is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// Smallest sort key first.
    #[default]
    Forward,
    /// Largest sort key first.
    Backward,
}

/// One range of one partition: the items whose sort key is at least `from` and less than `until`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// The partition.
    pub partition: String,
    /// The smallest sort key of the range.
    pub from: String,
    /// The end of the range, not part of it; `None` reads to the end of the partition.
    pub until: Option<String>,
    /// From which end.
    pub direction: Direction,
    /// The sort key of the last item of the page before: this page starts after it.
    pub after: Option<String>,
    /// At most so many items, 1 to 1,000. A store may return fewer (a page also ends at 1 MB) and
    /// then sets [`Page::next`].
    pub limit: usize,
}

impl Query {
    /// All items of `partition` whose sort key starts with `prefix`, 100 a page, smallest first.
    #[must_use]
    pub fn prefix(partition: impl Into<String>, prefix: &str) -> Self {
        Self {
            partition: partition.into(),
            from: prefix.to_owned(),
            until: successor(prefix),
            direction: Direction::Forward,
            after: None,
            limit: 100,
        }
    }

    /// The same range from the other end.
    #[must_use]
    pub fn backward(mut self) -> Self {
        self.direction = Direction::Backward;
        self
    }

    /// The same range with at most `limit` items a page.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// The page that starts after the sort key `after`.
    #[must_use]
    pub fn after(mut self, after: Option<String>) -> Self {
        self.after = after;
        self
    }

    /// The sort keys that are still to be read; `None` if there can't be any.
    #[must_use]
    pub fn bounds(&self) -> Option<(Bound<&str>, Bound<&str>)> {
        let mut low = Bound::Included(self.from.as_str());
        let mut high = self.until.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        match (self.direction, self.after.as_deref()) {
            (Direction::Forward, Some(after)) if after >= self.from.as_str() => {
                low = Bound::Excluded(after);
            }
            (Direction::Backward, Some(after))
                if self.until.as_deref().is_none_or(|until| after < until) =>
            {
                high = Bound::Excluded(after);
            }
            _ => {}
        }
        match (low, high) {
            (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(until))
                if from >= until =>
            {
                None
            }
            _ => Some((low, high)),
        }
    }
}

/// The smallest text that is larger than every text that starts with `prefix`; `None` where there
/// is none.
#[must_use]
pub fn successor(prefix: &str) -> Option<String> {
    let (at, last) = prefix.char_indices().rfind(|(_, character)| *character != char::MAX)?;
    let next = ((last as u32 + 1)..=u32::from(char::MAX)).find_map(char::from_u32)?;
    let mut text = prefix.get(..at)?.to_owned();
    text.push(next);
    Some(text)
}

/// Some items of a range, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The items, none of them expired.
    pub items: Vec<Item>,
    /// The next page's [`Query::after`]; `None` at the end of the range.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_bounds_exactly_the_texts_with_the_prefix() {
        assert_eq!(successor("ab").as_deref(), Some("ac"));
        assert_eq!(successor("a\u{D7FF}").as_deref(), Some("a\u{E000}"));
        assert_eq!(successor("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(successor(""), None);
    }
}
