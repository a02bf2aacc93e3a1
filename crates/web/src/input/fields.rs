//! The members of a body one by one, for bodies that can't be read as a whole.

use serde::de::DeserializeOwned;

use super::path::Path;
use super::reader::{Reader, Skipped};
use super::tree::Tree;

/// The members of a body, whatever is wrong with the whole of it.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'t> {
    tree: &'t Tree,
    skipped: &'t Skipped,
}

impl<'t> Fields<'t> {
    pub(super) const fn new(tree: &'t Tree, skipped: &'t Skipped) -> Self {
        Self { tree, skipped }
    }

    /// The member `name`, if it is there and readable as a `T`. Reported faults in it are skipped.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let Tree::Map(members) = self.tree else { return None };
        let (name, tree) = members.iter().find(|(known, _)| known == name)?;
        let root = Path::Root;
        let path = root.key(name);
        if self.skipped.contains(&path.pointer()) {
            return None;
        }
        T::deserialize(Reader { tree, path: &path, skipped: self.skipped }).ok()
    }
}
