//! Parts of a blob, by HTTP range requests.

use std::ops::Range;

/// A range of bytes (RFC 9110 §14.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ByteRange {
    /// From this byte to the end.
    From(u64),
    /// From the first to the second byte, both included.
    Between(u64, u64),
    /// The last so many bytes.
    Last(u64),
}

impl ByteRange {
    /// Which bytes of `size` it means; `None` where there are none.
    #[must_use]
    pub fn resolve(self, size: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::From(start) => start..size,
            Self::Between(start, last) => start..last.saturating_add(1).min(size),
            Self::Last(length) => size.saturating_sub(length)..size,
        };
        (range.start < range.end).then_some(range)
    }

    /// Reads the value of a `Range` field. `None` where it is not one range of bytes: then the
    /// whole is sent, as RFC 9110 §14.2 allows.
    #[must_use]
    pub fn parse(field: &str) -> Option<Self> {
        let (first, last) = field.trim().strip_prefix("bytes=")?.split_once('-')?;
        match (first, last) {
            ("", length) => Some(Self::Last(number(length)?)),
            (start, "") => Some(Self::From(number(start)?)),
            (start, last) => {
                let (start, last) = (number(start)?, number(last)?);
                (start <= last).then_some(Self::Between(start, last))
            }
        }
    }
}

/// Digits only: a sign, which the standard parser would take, is none.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_read_and_anything_else_ignored() {
        assert_eq!(ByteRange::parse("bytes=5-"), Some(ByteRange::From(5)));
        assert_eq!(ByteRange::parse("bytes=0-9"), Some(ByteRange::Between(0, 9)));
        assert_eq!(ByteRange::parse("bytes=-3"), Some(ByteRange::Last(3)));
        for odd in [
            "bytes=-",
            "bytes=9-5",
            "bytes=0-1,3-4",
            "bytes=+1-2",
            "items=0-1",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(ByteRange::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_range_is_cut_at_the_end_and_empty_behind_it() {
        assert_eq!(ByteRange::Between(2, 100).resolve(5), Some(2..5));
        assert_eq!(ByteRange::Last(100).resolve(5), Some(0..5));
        assert_eq!(ByteRange::From(5).resolve(5), None);
        assert_eq!(ByteRange::Last(0).resolve(5), None);
        assert_eq!(ByteRange::Between(u64::MAX, u64::MAX).resolve(5), None);
    }
}
