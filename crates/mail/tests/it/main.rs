//! The adapters of mail.

mod inbox;
mod resend;
