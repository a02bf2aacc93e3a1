//! Login backoff: every failed attempt makes the next one slower, for whoever failed.
//!
//! Failures are counted per pair of identifier and network, and per network. Those of a browser
//! that the account was signed in with before count for that browser alone. All unknown clients
//! together have a limit per name, too. The owner's known browsers do not share this limit: else
//! whoever knows a name could lock out its owner (decision 0018). The counters are in memory, so
//! each node counts for itself.
//!
//! A pending attempt is no failure. As many attempts are checked at once as may still fail for
//! free; further ones wait for the outcomes, and none is refused because of attempts that succeed.
//! A cancelled attempt counts for nothing.

mod backoff;
mod failure_counter;
mod login_attempt;
mod unknown_client_permit;

pub(crate) use backoff::{LoginBackoff, retry_later};
pub(crate) use login_attempt::LoginAttempt;
