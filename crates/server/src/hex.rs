//! Bytes as people write them.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Two hexadecimal digits for each byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| DIGITS.get(usize::from(value)).map_or('0', |digit| char::from(*digit));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes behind [`hex`]; `None` where `text` is not of that form.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2);
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let byte = |at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    digits.then(|| pairs.map(byte).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_nothing_else_does() {
        assert_eq!(hex(&[0, 0x9A, 0xFF]), "009aff");
        assert_eq!(from_hex("009AfF"), Some(vec![0, 0x9A, 0xFF]));
        assert_eq!(
            [from_hex("0"), from_hex("+1"), from_hex("zz"), from_hex("é0")],
            [None, None, None, None]
        );
    }
}
