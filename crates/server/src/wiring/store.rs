//! Where records are kept.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use selfsame_basics::Clock;
use selfsame_items::{ItemStore, Maintenance, StoreError};
use selfsame_items_sqlite::{Options, SqliteStore};

use crate::failure::fatal;

/// The store's file in the data folder.
pub const STORE_FILE: &str = "store.sqlite";

/// A store, from both of its sides.
#[derive(Clone)]
pub struct Store {
    /// What requests do with it.
    pub items: Arc<dyn ItemStore>,
    /// What operators do with it.
    pub chores: Arc<dyn Maintenance>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Opens the store at `path`, and makes it where there is none.
pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
    let store = SqliteStore::open(path, clock, Options::default(), fatal())?;
    let store = Arc::new(store);
    Ok(Store { items: Arc::clone(&store) as Arc<dyn ItemStore>, chores: store })
}
