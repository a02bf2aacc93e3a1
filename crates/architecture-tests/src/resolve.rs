//! Where what a path names is defined.
//!
//! Types, values and macros are not told apart: a name that is two of them has both places. What a
//! macro generates has no definition that can be read, so it is taken to lie in the module whose
//! path was written for it. A local variable that has the name of something a `*` brings in counts
//! as a use of that.

use std::collections::BTreeSet;

use crate::module_tree::{Binding, ModuleTree, Place, Reference};

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Target {
    /// The module at this place.
    Module(usize),
    /// Something that is defined in the module at this place.
    Item(usize),
}

impl Target {
    /// The place of the module.
    #[must_use]
    pub fn module(self) -> usize {
        match self {
            Self::Module(module) | Self::Item(module) => module,
        }
    }
}

/// Lookups that are under way, so that imports of each other end.
type Open = BTreeSet<(usize, String)>;

impl ModuleTree {
    /// All that `reference`, written in the module at `from`, may lead to within this crate;
    /// nothing where it leads to another one.
    #[must_use]
    pub fn resolve(&self, from: usize, reference: &Reference) -> BTreeSet<Target> {
        let mut found = self.path(from, &reference.path, &mut Open::new());
        if let (Place::Macro, [name]) = (reference.place, reference.path.as_slice()) {
            // Macros are in scope below the module that defines them, without an import.
            let mut around = from;
            while found.is_empty() && around != 0 {
                around = self.parent(around);
                found = self.macros(around, name);
            }
        }
        found.into_iter().collect()
    }

    fn path(&self, from: usize, path: &[String], open: &mut Open) -> Vec<Target> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        let mut targets = match first.as_str() {
            "crate" => vec![Target::Module(0)],
            "self" => vec![Target::Module(from)],
            "super" => vec![Target::Module(self.parent(from))],
            name => self.name(from, name, open),
        };
        for part in rest {
            targets =
                targets.into_iter().flat_map(|target| self.part(target, part, open)).collect();
        }
        targets
    }

    /// What `part` behind a path that leads to `target` leads to.
    fn part(&self, target: Target, part: &str, open: &mut Open) -> Vec<Target> {
        let Target::Module(module) = target else { return vec![target] };
        match part {
            "self" => vec![target],
            "super" => vec![Target::Module(self.parent(module))],
            name => {
                let is_open = open.contains(&(module, name.to_owned()));
                let found = self.name(module, name, open);
                if found.is_empty() && !is_open { vec![Target::Item(module)] } else { found }
            }
        }
    }

    /// What `name` stands for in the module at `module`.
    fn name(&self, module: usize, name: &str, open: &mut Open) -> Vec<Target> {
        let lookup = (module, name.to_owned());
        let Some(scope) = self.modules.get(module) else { return Vec::new() };
        let bindings = || scope.names.get(name).into_iter().flatten();
        if !open.insert(lookup.clone()) {
            // `pub use router::router` begins with the module of that name.
            let modules = bindings().filter_map(|binding| match binding {
                Binding::Module(child) => Some(Target::Module(*child)),
                Binding::Item | Binding::Import(_) => None,
            });
            return modules.collect();
        }
        let mut found = Vec::new();
        for binding in bindings() {
            match binding {
                Binding::Module(child) => found.push(Target::Module(*child)),
                Binding::Item => found.push(Target::Item(module)),
                Binding::Import(path) => found.extend(self.path(module, path, open)),
            }
        }
        // What is named hides what `*` brings in.
        if !scope.names.contains_key(name) {
            for glob in &scope.globs {
                for target in self.path(module, glob, open) {
                    if let Target::Module(from) = target {
                        found.extend(self.name(from, name, open));
                    }
                }
            }
        }
        open.remove(&lookup);
        found
    }

    /// Where the macro `name` that is in scope below the module at `module` is defined.
    fn macros(&self, module: usize, name: &str) -> Vec<Target> {
        let scope = self.modules.get(module);
        let is_macro = scope.is_some_and(|scope| scope.macros.contains(name));
        if is_macro { self.name(module, name, &mut Open::new()) } else { Vec::new() }
    }

    fn parent(&self, module: usize) -> usize {
        self.modules.get(module).map_or(0, |module| module.parent)
    }
}
