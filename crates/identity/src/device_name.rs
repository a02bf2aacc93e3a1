//! Names that users give the devices of their sessions.

use selfsame_primitives::{TextProblem, clean_line};
use selfsame_web::FieldErrors;

/// The name as stored: one line of up to 100 characters.
pub(crate) fn clean(name: &str) -> Result<String, TextProblem> {
    clean_line(name, 100)
}

/// Adds the fault of `deviceName`. It is checked before the password: a sign-in that fails for its
/// name after a right password would reveal that it was right, and leave no trace.
pub(crate) fn check(name: Option<&str>, faults: &mut FieldErrors) {
    faults.check("/deviceName", name.map(clean).transpose());
}
