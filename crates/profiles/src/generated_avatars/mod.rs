//! Pictures that the service draws itself: for who has none of their own, and for aliases.

mod http;
mod picture;
#[cfg(test)]
mod tests;

pub use http::FEATURE;
