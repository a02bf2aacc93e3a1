//! Login backoff: every failed attempt delays the next one of the same client.
//!
//! Failures are counted per name and network, and per network. A browser with a device cookie has a
//! counter of its own. All unknown clients together have a limit per name. Known browsers do not
//! share that limit: else an attacker could lock the owner out (decision 0018). The counters are in
//! memory, so each node counts for itself.
//!
//! A pending attempt is no failure. As many attempts are checked at once as may still fail for
//! free; further ones wait for the outcomes. No attempt is refused because of attempts that
//! succeed. A cancelled attempt counts for nothing.

mod backoff;
mod failure_counter;
mod login_attempt;
mod unknown_client_permit;

pub(crate) use backoff::{LoginBackoff, retry_later};
pub(crate) use login_attempt::LoginAttempt;
