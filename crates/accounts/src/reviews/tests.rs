//! Reviews through HTTP.
