//! As much of CBOR (RFC 8949) as authenticators write: the canonical form of CTAP2, in which every
//! length is definite and every number as short as it can be. Anything else is refused.

/// How deep values may be nested (CTAP2 §8: four levels, of which attestation statements use them
/// all; one is kept in hand).
const DEEPEST: u8 = 5;

/// Bytes that are read one value at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'b>(&'b [u8]);

/// The beginning of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Head {
    Number(i64),
    Bytes(usize),
    Text(usize),
    List(usize),
    Map(usize),
    /// `false`, `true`, `null`, `undefined`.
    Simple,
}

impl<'b> Reader<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been read.
    pub(crate) const fn rest(self) -> &'b [u8] {
        self.0
    }

    pub(crate) fn is_at_end(self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn number(&mut self) -> Option<i64> {
        if let Head::Number(number) = self.head()? { Some(number) } else { None }
    }

    pub(crate) fn bytes(&mut self) -> Option<&'b [u8]> {
        if let Head::Bytes(length) = self.head()? { self.take(length) } else { None }
    }

    pub(crate) fn text(&mut self) -> Option<&'b str> {
        let Head::Text(length) = self.head()? else { return None };
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// The number of pairs in a map, which follow.
    pub(crate) fn map(&mut self) -> Option<usize> {
        if let Head::Map(pairs) = self.head()? { Some(pairs) } else { None }
    }

    /// Passes over one value of any kind.
    pub(crate) fn skip(&mut self) -> Option<()> {
        self.skip_within(DEEPEST)
    }

    fn skip_within(&mut self, deepest: u8) -> Option<()> {
        let values = match self.head()? {
            Head::Number(_) | Head::Simple => 0,
            Head::Bytes(length) | Head::Text(length) => {
                self.take(length)?;
                0
            }
            Head::List(values) => values,
            Head::Map(pairs) => pairs.checked_mul(2)?,
        };
        if values == 0 {
            return Some(());
        }
        let deepest = deepest.checked_sub(1)?;
        (0..values).try_for_each(|_| self.skip_within(deepest))
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn head(&mut self) -> Option<Head> {
        let [first] = *self.take(1)? else { return None };
        let (kind, short) = (first >> 5, first & 0x1f);
        if kind == 7 {
            return matches!(short, 20..=23).then_some(Head::Simple);
        }
        let argument = self.argument(short)?;
        let length = usize::try_from(argument).ok();
        match kind {
            0 => i64::try_from(argument).ok().map(Head::Number),
            1 => i64::try_from(argument).ok().map(|number| Head::Number(-1 - number)),
            2 => length.map(Head::Bytes),
            3 => length.map(Head::Text),
            4 => length.map(Head::List),
            5 => length.map(Head::Map),
            _ => None,
        }
    }

    /// The number behind the first byte, which must not fit into fewer bytes.
    fn argument(&mut self, short: u8) -> Option<u64> {
        let (bytes, least) = match short {
            0..=23 => return Some(u64::from(short)),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return None,
        };
        let number =
            self.take(bytes)?.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        (number >= least).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_standard_are_read() {
        // RFC 8949 appendix A.
        for (bytes, number) in [
            (&[0x00][..], 0),
            (&[0x17], 23),
            (&[0x18, 0x18], 24),
            (&[0x19, 0x03, 0xe8], 1000),
            (&[0x1a, 0x00, 0x0f, 0x42, 0x40], 1_000_000),
            (&[0x20], -1),
            (&[0x38, 0x63], -100),
            (&[0x39, 0x03, 0xe7], -1000),
        ] {
            assert_eq!(Reader::new(bytes).number(), Some(number));
        }
        assert_eq!(Reader::new(&[0x44, 1, 2, 3, 4]).bytes(), Some(&[1, 2, 3, 4][..]));
        assert_eq!(Reader::new(b"\x64IETF").text(), Some("IETF"));
        assert_eq!(Reader::new(&[0xa2, 1, 2, 3, 4]).map(), Some(2));
    }

    #[test]
    fn other_forms_are_refused() {
        for bytes in [
            &[][..],
            &[0x18, 0x17],
            &[0x19, 0x00, 0xff],
            &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
            &[0x5f, 0x41, 0, 0xff],
            &[0x44, 1, 2, 3],
            &[0x62, 0xff, 0xff],
            &[0xc0, 0x00],
            &[0xf9, 0x00, 0x00],
            &[0x1c],
        ] {
            let reader = Reader::new(bytes);
            assert_eq!({ reader }.number(), None, "{bytes:?}");
            assert_eq!({ reader }.bytes(), None, "{bytes:?}");
            assert_eq!({ reader }.text(), None, "{bytes:?}");
        }
        assert_eq!(Reader::new(&[0x9f, 0xff]).skip(), None);
    }

    #[test]
    fn nesting_ends_somewhere_and_a_claimed_length_takes_no_memory() {
        assert_eq!(Reader::new(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x00]).skip(), Some(()));
        assert_eq!(Reader::new(&vec![0x81; 100_000]).skip(), None);
        assert_eq!(
            Reader::new(&[0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).skip(),
            None
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            while reader.skip().is_some() {}
            prop_assert!(reader.rest().len() <= bytes.len());
        }
    }
}
