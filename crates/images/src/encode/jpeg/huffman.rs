//! Huffman codes made for one picture (ITU-T T.81, annex K.2), and writing them.

/// A code of at most 16 bits a symbol.
pub(super) struct Code {
    /// Symbols for each length from 1 to 16.
    lengths: [u8; 16],
    symbols: Vec<u8>,
    /// Bits and their number, for each symbol.
    words: [(u16, u8); 256],
}

impl Code {
    /// The shortest code for symbols that occur this often.
    pub(super) fn for_counts(counts: &[u32; 256]) -> Self {
        let sizes = sizes(counts);
        let mut per_length = [0_usize; 258];
        for size in sizes.iter().filter(|size| **size > 0) {
            if let Some(count) = per_length.get_mut(*size) {
                *count += 1;
            }
        }
        limit(&mut per_length);
        Self::new(&per_length, &sizes)
    }

    fn new(per_length: &[usize; 258], sizes: &[usize; 257]) -> Self {
        let mut symbols: Vec<u8> =
            (0..=255).filter(|symbol| sizes.get(usize::from(*symbol)) > Some(&0)).collect();
        symbols.sort_by_key(|symbol| sizes.get(usize::from(*symbol)).copied());
        let mut lengths = [0; 16];
        lengths
            .iter_mut()
            .zip(per_length.iter().skip(1))
            .for_each(|(out, count)| *out = *count as u8);
        let words = words(&lengths, &symbols);
        Self { lengths, symbols, words }
    }

    /// As a `DHT` segment lists it.
    pub(super) fn definition(&self) -> Vec<u8> {
        [self.lengths.as_slice(), &self.symbols].concat()
    }

    #[inline(always)]
    pub(super) fn of(&self, symbol: u8) -> (u32, u32) {
        let (bits, size) = self.words.get(usize::from(symbol)).copied().unwrap_or_default();
        (u32::from(bits), u32::from(size))
    }
}

/// Code lengths of an unlimited Huffman code. A 257th symbol that never occurs takes the word of
/// all ones, which JPEG forbids.
fn sizes(counts: &[u32; 256]) -> [usize; 257] {
    let mut sizes = [0; 257];
    let mut trees: Vec<(u64, Vec<usize>)> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(symbol, count)| (u64::from(*count), vec![symbol]))
        .collect();
    trees.push((0, vec![256]));
    // Rarest last; of equals the one with the reserved symbol, so that it gets the longest word.
    while trees.len() > 1 {
        trees.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.contains(&256).cmp(&b.1.contains(&256))));
        let (Some((rare, mut symbols)), Some((count, others))) = (trees.pop(), trees.pop()) else {
            break;
        };
        symbols.extend(others);
        for symbol in &symbols {
            if let Some(size) = sizes.get_mut(*symbol) {
                *size += 1;
            }
        }
        trees.push((rare + count, symbols));
    }
    sizes
}

/// Shortens words over 16 bits and takes the reserved word away (figures K.3 and K.4).
fn limit(per_length: &mut [usize; 258]) {
    #![expect(
        clippy::indexing_slicing,
        reason = "lengths are at most 257, and a longest word has a sibling"
    )]
    for length in (17..per_length.len()).rev() {
        while per_length[length] > 0 {
            let mut shorter = length - 2;
            while per_length[shorter] == 0 {
                shorter -= 1;
            }
            per_length[length] -= 2;
            per_length[length - 1] += 1;
            per_length[shorter + 1] += 2;
            per_length[shorter] -= 1;
        }
    }
    if let Some(longest) = per_length.iter_mut().rev().find(|count| **count > 0) {
        *longest -= 1;
    }
}

fn words(lengths: &[u8; 16], symbols: &[u8]) -> [(u16, u8); 256] {
    let mut words = [(0, 0); 256];
    let mut symbols = symbols.iter();
    let mut next = 0_u32;
    for (size, count) in (1..).zip(lengths) {
        for symbol in symbols.by_ref().take(usize::from(*count)) {
            if let Some(word) = words.get_mut(usize::from(*symbol)) {
                *word = (next as u16, size);
            }
            next += 1;
        }
        next <<= 1;
    }
    words
}

/// Writes bits, with a zero byte after each 0xff.
pub(super) struct Writer {
    bytes: Vec<u8>,
    pending: u64,
    free: u32,
}

impl Writer {
    pub(super) fn new(mut bytes: Vec<u8>, expected: usize) -> Self {
        bytes.reserve(expected);
        Self { bytes, pending: 0, free: 64 }
    }

    /// At most 32 bits.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u32, length: u32) {
        if self.free < length {
            self.flush();
        }
        self.free -= length;
        self.pending |= u64::from(bits) << self.free;
    }

    /// Writes the whole bytes that are pending, at least five of them when called by `put`.
    #[inline(always)]
    fn flush(&mut self) {
        let count = (64 - self.free) / 8;
        let bytes = self.pending.to_be_bytes();
        let whole = bytes.iter().take(count as usize);
        for byte in whole {
            self.bytes.push(*byte);
            if *byte == 0xff {
                self.bytes.push(0);
            }
        }
        self.pending = self.pending.checked_shl(count * 8).unwrap_or(0);
        self.free += count * 8;
    }

    /// Fills the last byte with ones.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.put(0x7f, 7);
        self.flush();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    /// Kraft's sum in units of the longest word; JPEG's word of all ones must stay free.
    fn space(code: &Code) -> u32 {
        code.words.iter().filter(|(_, size)| *size > 0).map(|(_, size)| 1 << (16 - size)).sum()
    }

    #[test]
    fn no_word_is_over_16_bits_or_all_ones_or_the_start_of_another() {
        let mut fibonacci = [0_u32; 256];
        let (mut a, mut b) = (1, 1);
        for count in fibonacci.iter_mut().take(40) {
            *count = a;
            (a, b) = (b, a + b);
        }
        let mut one = [0; 256];
        one[7] = 9;
        for counts in [fibonacci, [1; 256], one] {
            let code = Code::for_counts(&counts);
            let used = counts.iter().filter(|count| **count > 0).count();
            assert_eq!(code.symbols.len(), used);
            assert_eq!(code.lengths.iter().map(|length| usize::from(*length)).sum::<usize>(), used);
            assert!(space(&code) < 1 << 16, "a word is left over");
            for (index, (bits, size)) in
                code.words.iter().enumerate().filter(|(_, (_, size))| *size > 0)
            {
                assert!(*size <= 16 && u32::from(*bits) + 1 < 1 << size);
                let longer = code
                    .words
                    .iter()
                    .enumerate()
                    .filter(|(other, word)| *other != index && word.1 >= *size);
                assert!(longer.clone().all(|(_, word)| word.0 >> (word.1 - size) != *bits));
            }
        }
    }

    #[test]
    fn commoner_symbols_have_shorter_words() {
        let counts: [u32; 256] = std::array::from_fn(|index| 1 + (index as u32 % 16).pow(4));
        let code = Code::for_counts(&counts);
        for (a, count) in counts.iter().enumerate() {
            assert!(
                counts
                    .iter()
                    .enumerate()
                    .all(|(b, other)| count <= other || code.words[a].1 <= code.words[b].1)
            );
        }
    }
}
