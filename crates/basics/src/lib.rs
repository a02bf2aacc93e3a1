//! Ids, time, randomness, keyed hashes and checked text: what every other crate speaks in. No I/O.
