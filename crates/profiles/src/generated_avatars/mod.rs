//! Generated avatars: for users without a picture of their own, and for aliases.

mod http;
mod picture;
#[cfg(test)]
mod tests;

pub use http::FEATURE;
