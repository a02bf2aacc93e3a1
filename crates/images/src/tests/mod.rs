//! The whole pipeline, on small pictures that are made here or lie in `tests/pictures`.

mod colours;
mod formats;
mod geometry;
mod hostile;
mod pictures;
mod privacy;
mod random;
mod refusals;
