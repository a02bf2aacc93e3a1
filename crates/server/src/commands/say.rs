//! Messages of a command besides its output: on standard error, which may be closed or lead to a
//! full disk. A failed write does not end the command.

use std::fmt::Display;
use std::io::{Result, Write, stderr, stdout};

/// Writes a line.
pub(super) fn line(text: impl Display) {
    // There is no other place to report it.
    let _ = writeln!(stderr().lock(), "{text}");
}

/// Writes a part of a line.
pub(super) fn part(text: impl Display) {
    let mut out = stderr().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Writes a secret that can't be shown again to standard error, or where that fails, to standard
/// output.
pub(super) fn secret(text: impl Display) -> Result<()> {
    show(&text, &mut stderr().lock(), &mut stdout().lock())
}

/// The same the other way round, for a secret that is all the output: where standard output fails
/// the command fails, and the secret is in its complaint.
pub(super) fn secret_as_output(text: impl Display) -> Result<()> {
    let shown = writeln!(stdout().lock(), "{text}");
    if shown.is_err() {
        line(text);
    }
    shown
}

fn show(text: &impl Display, to: &mut impl Write, else_to: &mut impl Write) -> Result<()> {
    writeln!(to, "{text}").and_then(|()| to.flush()).or_else(|_| writeln!(else_to, "{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_where_it_can_be() {
        let (mut well, mut other) = (Vec::<u8>::new(), Vec::<u8>::new());
        show(&"secret", &mut well, &mut other).unwrap();
        assert_eq!((well.as_slice(), other.as_slice()), (&b"secret\n"[..], &[][..]));
        // A slice takes only what it has room for.
        let mut full: &mut [u8] = &mut [0; 3];
        show(&"secret", &mut full, &mut other).unwrap();
        assert_eq!(other, b"secret\n");
        let (mut full, mut too): (&mut [u8], &mut [u8]) = (&mut [], &mut []);
        assert!(show(&"secret", &mut full, &mut too).is_err());
    }
}
