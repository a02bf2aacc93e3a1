//! Ids, time, randomness, keyed hashes and checked text, for every other crate. No I/O.
//!
//! Raw input becomes one of these types once, at the edge; nothing behind it sees the raw form
//! again.

mod characters;
mod checked;
mod clock_watch;
mod email;
mod fatal;
mod flaw;
mod id;
mod ip;
mod keys;
mod locale;
mod random;
mod sealing;
mod secret;
mod text;
mod time;
mod username;

pub use characters::with_ascii_digits;
pub use checked::{Checked, input, stored};
pub use clock_watch::{ClockWatch, Look};
pub use email::{EmailAddress, InvalidEmail};
pub use fatal::Fatal;
pub use flaw::{refuse, take_flaw};
pub use id::{
    AliasId, InvalidId, SessionId, UserId, derived_id, new_ulid, short_id, ulid_prefix, ulid_time,
};
pub use ip::subscriber_prefix;
pub use keys::{Keys, base64url, from_base64url, same_secret};
pub use locale::Locale;
pub use random::{Random, SeededRandom, SystemRandom};
pub use sealing::{SealError, SealingKey};
pub use secret::Secret;
pub use text::{TextProblem, clean_line, clean_paragraphs, path_segment, size_text};
pub use time::{
    Clock, Every, InvalidTime, ManualClock, MonotonicTime, SystemClock, Timestamp, time_zone_name,
};
pub use username::{InvalidUsername, Username};
