//! The places that mail is handed to.

mod inbox;
mod resend;
