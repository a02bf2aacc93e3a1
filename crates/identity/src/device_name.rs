//! What the devices of sessions are called by their owners.

use selfsame_primitives::{TextProblem, clean_line};
use selfsame_web::FieldErrors;

/// The name as it is kept: one line of up to 100 characters.
pub(crate) fn clean(name: &str) -> Result<String, TextProblem> {
    clean_line(name, 100)
}

/// Adds what is wrong with the `deviceName` of a request that is to begin a session. It is asked
/// before anything that shows who is asking: a session that can't begin for its name would tell
/// that the password was right, and leave no trace of it.
pub(crate) fn check(name: Option<&str>, faults: &mut FieldErrors) {
    faults.check("/deviceName", name.map(clean).transpose());
}
