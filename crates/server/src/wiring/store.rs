//! The record store.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use selfsame_primitives::Clock;
use selfsame_store::{Maintenance, Store as RecordStore, StoreError};
use selfsame_store_sqlite::{Options, SqliteStore};

use crate::failure::fatal;

/// The store's file in the data folder.
pub const STORE_FILE: &str = "store.sqlite";

/// How long to wait for the store where another process holds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// As long as a request may wait.
    Service,
    /// Beside a service that writes without a pause a command gets its turn by chance.
    Command,
}

impl Patience {
    fn options(self) -> Options {
        match self {
            Self::Service => Options::default(),
            Self::Command => Options { patience: Duration::from_mins(1), ..Options::default() },
        }
    }
}

/// A store, by both of its ports.
#[derive(Clone)]
pub struct Store {
    /// The port of requests.
    pub items: Arc<dyn RecordStore>,
    /// The port of maintenance.
    pub maintenance: Arc<dyn Maintenance>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Opens the store at `path`, and makes it where there is none.
pub fn open(path: &Path, clock: Arc<dyn Clock>, patience: Patience) -> Result<Store, StoreError> {
    let store = SqliteStore::open(path, clock, patience.options(), fatal())?;
    let store = Arc::new(store);
    Ok(Store { items: Arc::clone(&store) as Arc<dyn RecordStore>, maintenance: store })
}
