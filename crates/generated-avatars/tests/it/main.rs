//! What every picture must keep, and that none changes.

mod animals;
mod pictures;
