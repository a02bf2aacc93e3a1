//! Which top-level modules of a crate use which, and where they do so in circles.
//!
//! The root file is a module as well, called `lib`: what it defines may be used by all, and its
//! code may use all, but not both in a circle. Its re-exports are no use: whoever follows one uses
//! the module that defines the thing.

use std::collections::{BTreeMap, BTreeSet};

use crate::module_tree::{ModuleTree, Place};
use crate::resolve::Target;

/// For each top-level module those that it uses, itself left out.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ModuleGraph {
    uses: BTreeMap<String, BTreeSet<String>>,
}

impl ModuleGraph {
    /// The graph of what is not built for tests alone.
    #[must_use]
    pub fn of(tree: &ModuleTree) -> Self {
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for module in tree.modules.iter().filter(|module| !module.is_test) {
            let references: BTreeSet<_> = module.references.iter().collect();
            for reference in references {
                if module.index == 0 && reference.place == Place::Reexport {
                    continue;
                }
                for target in tree.resolve(module.index, reference) {
                    let Some(definer) = tree.modules.get(target.module()) else { continue };
                    // A path in code that ends at a module is a local variable's, or the root's `*`.
                    let is_use = match (target, reference.place) {
                        (Target::Item(_), _) => true,
                        (Target::Module(_), Place::Code | Place::Macro) => false,
                        (Target::Module(index), Place::Use | Place::Reexport) => index != 0,
                        // `rename = "mail"` is a name, `with = "crate::mail"` a module.
                        (Target::Module(_), Place::Attribute) => reference.path.len() > 1,
                    };
                    if is_use && !definer.is_test && definer.top() != module.top() {
                        uses.entry(module.top().into()).or_default().insert(definer.top().into());
                    }
                }
            }
        }
        Self { uses }
    }

    /// The modules that `module` uses.
    #[must_use]
    pub fn used_by(&self, module: &str) -> Vec<&str> {
        self.uses.get(module).into_iter().flatten().map(String::as_str).collect()
    }

    /// Every use that is part of a cycle, as pair of user and used.
    #[must_use]
    pub fn circular_uses(&self) -> Vec<(&str, &str)> {
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.uses.keys().map(|module| (module.as_str(), self.reached(module))).collect();
        let edges = self.uses.iter().flat_map(|(from, to)| to.iter().map(|to| (&**from, &**to)));
        let is_circular = |(from, to): &(&str, &str)| {
            reached.get(to).is_some_and(|reached| reached.contains(from))
        };
        edges.filter(is_circular).collect()
    }

    /// All that can be reached from `from`.
    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let (mut found, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            for next in self.used_by(module) {
                if found.insert(next) {
                    open.push(next);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
