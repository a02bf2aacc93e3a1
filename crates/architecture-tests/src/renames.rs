//! Old names that are left where their renames are said to be done.
//!
//! `renames.tsv` holds old name, new name, the scope before the move and the target; `finished.tsv`
//! the scopes that are done. What counts is what is defined: nothing can be used by a name that
//! nothing has, and a local variable may well be called `queue` when the function is not any more.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::syntax::name_of;

/// A row of `renames.tsv`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rename<'t> {
    /// What it was called: `Told`, `crew.rs`, `sinks/`, `Leased+Taken`, `Verdict{Done,Park}`.
    pub old: &'t str,
    /// What it is called, in the same form; without a name before `{` the type's name stays.
    pub new: &'t str,
    /// Where it was.
    pub scope: &'t str,
    /// Where it goes.
    pub target: &'t str,
}

/// A row of `finished.tsv`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finished<'t> {
    /// The scope of the renames.
    pub scope: &'t str,
    /// Their target.
    pub target: &'t str,
    /// The folder or file that the code is in now.
    pub path: &'t str,
    /// Old names that something else has by right: `check` of a rate limit is `take` now, and the
    /// checks of a body are still called so.
    pub others: Vec<&'t str>,
}

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let is_row = |line: &&str| !line.is_empty() && !line.starts_with('#');
    table.lines().filter(is_row).map(|line| line.split('\t').collect())
}

/// The rows of `table`, the text of `renames.tsv`.
///
/// # Errors
/// Names the row that has not four columns.
pub fn renames(table: &str) -> Result<Vec<Rename<'_>>, String> {
    rows(table)
        .map(|row| match row.as_slice() {
            [old, new, scope, target] => Ok(Rename { old, new, scope, target }),
            _ => Err(format!("{row:?} has not four columns")),
        })
        .collect()
}

/// The rows of `table`, the text of `finished.tsv`.
///
/// # Errors
/// Names the row that has neither three nor four columns.
pub fn finished(table: &str) -> Result<Vec<Finished<'_>>, String> {
    rows(table)
        .map(|row| match row.as_slice() {
            [scope, target, path] => Ok(Finished { scope, target, path, others: Vec::new() }),
            [scope, target, path, others] => {
                Ok(Finished { scope, target, path, others: others.split(',').collect() })
            }
            _ => Err(format!("{row:?} has neither three nor four columns")),
        })
        .collect()
}

/// What a rename leaves no room for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Old {
    /// A file or folder, by the end of its path.
    File(String),
    /// A definition; a variant with the type before it.
    Definition(String),
}

impl Rename<'_> {
    fn old_names(&self) -> Vec<Old> {
        if self.old.contains(['.', '/']) {
            return vec![Old::File(self.old.to_owned())];
        }
        let Some((name, variants)) = split_variants(self.old) else {
            return self.old.split('+').map(|name| Old::Definition(name.into())).collect();
        };
        let (new, new_variants) = split_variants(self.new).unwrap_or((self.new, Vec::new()));
        let new = if new.is_empty() { name } else { new };
        let pairs = variants.iter().zip(&new_variants);
        let mut olds: Vec<_> = pairs
            .filter(|(old, new)| old != new)
            .map(|(old, _)| Old::Definition(format!("{new}::{old}")))
            .collect();
        if new != name {
            olds.push(Old::Definition(name.to_owned()));
        }
        olds
    }
}

/// `State{A,B}` as the type and its variants.
fn split_variants(name: &str) -> Option<(&str, Vec<&str>)> {
    let (name, variants) = name.strip_suffix('}')?.split_once('{')?;
    Some((name, variants.split(',').collect()))
}

/// The old names of `renames` that `files` (path, source) still have in the `finished` scopes.
///
/// # Errors
/// Names the row of a scope that has no renames or no files, and the file that is no Rust.
pub fn left_over(
    renames: &[Rename<'_>],
    finished: &[Finished<'_>],
    files: &[(String, String)],
) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for done in finished {
        let of_scope =
            |rename: &&Rename<'_>| rename.scope == done.scope && rename.target == done.target;
        let mut olds: BTreeSet<Old> =
            renames.iter().filter(of_scope).flat_map(Rename::old_names).collect();
        for other in &done.others {
            if !olds.remove(&Old::Definition((*other).to_owned())) {
                return Err(format!("{other} is no old name of {} to {}", done.scope, done.target));
            }
        }
        if olds.is_empty() {
            return Err(format!("{} to {} has no renames", done.scope, done.target));
        }
        let inside: Vec<_> = files.iter().filter(|(path, _)| is_within(path, done.path)).collect();
        if inside.is_empty() {
            return Err(format!("{} has no files", done.path));
        }
        for (path, source) in inside {
            let definitions = definitions(source).map_err(|error| format!("{path}: {error}"))?;
            for old in &olds {
                match old {
                    Old::File(file) if is_at(path, done.path, file) => {
                        found.push(format!("{path} is still called {file}"));
                    }
                    Old::Definition(name) if definitions.contains(name) => {
                        found.push(format!("{path} still defines {name}"));
                    }
                    Old::File(_) | Old::Definition(_) => {}
                }
            }
        }
    }
    Ok(found)
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the file at `path` is or lies in `old`, below `folder`.
fn is_at(path: &str, folder: &str, old: &str) -> bool {
    let below = path.strip_prefix(folder).unwrap_or(path);
    if old.ends_with('/') {
        format!("{below}/").contains(&format!("/{old}"))
    } else {
        below.ends_with(&format!("/{old}"))
    }
}

/// The names of everything that `source` defines, variants with the type before them, and the names
/// that it gives imports.
fn definitions(source: &str) -> syn::Result<BTreeSet<String>> {
    let mut names = Definitions::default();
    names.visit_file(&syn::parse_file(source)?);
    Ok(names.0)
}

#[derive(Default)]
struct Definitions(BTreeSet<String>);

impl Definitions {
    fn add(&mut self, ident: &proc_macro2::Ident) {
        self.0.insert(name_of(ident));
    }

    /// Macros are handed whole definitions now and then.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut defines = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if defines => {
                    self.add(&ident);
                    defines = false;
                }
                TokenTree::Ident(ident) => {
                    defines = ["struct", "enum", "trait", "fn", "type", "const", "mod"]
                        .iter()
                        .any(|word| ident == word);
                }
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    defines = false;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => defines = false,
            }
        }
    }
}

impl<'a> Visit<'a> for Definitions {
    fn visit_signature(&mut self, signature: &'a syn::Signature) {
        self.add(&signature.ident);
        visit::visit_signature(self, signature);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.add(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.add(&item.ident);
        for variant in &item.variants {
            self.0.insert(format!("{}::{}", name_of(&item.ident), name_of(&variant.ident)));
        }
        visit::visit_item_enum(self, item);
    }

    fn visit_item_union(&mut self, item: &'a syn::ItemUnion) {
        self.add(&item.ident);
        visit::visit_item_union(self, item);
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        self.add(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        self.add(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_item_const(&mut self, item: &'a syn::ItemConst) {
        self.add(&item.ident);
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'a syn::ItemStatic) {
        self.add(&item.ident);
        visit::visit_item_static(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &'a syn::ImplItemConst) {
        self.add(&item.ident);
        visit::visit_impl_item_const(self, item);
    }

    fn visit_trait_item_const(&mut self, item: &'a syn::TraitItemConst) {
        self.add(&item.ident);
        visit::visit_trait_item_const(self, item);
    }

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.add(&item.ident);
        visit::visit_item_mod(self, item);
    }

    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        item.ident.iter().for_each(|ident| self.add(ident));
        visit::visit_item_macro(self, item);
    }

    fn visit_use_rename(&mut self, name: &'a syn::UseRename) {
        self.add(&name.rename);
    }

    fn visit_macro(&mut self, used: &'a syn::Macro) {
        self.tokens(used.tokens.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# old\tnew\tscope\ttarget\n\
        Told\tPendingEvent\tcrates/x\tx\n\
        tell\temit\tcrates/x\tx\n\
        LANES\tSTRIPES\tcrates/x\tx\n\
        crew.rs\thandlers.rs\tcrates/x\tx\n\
        sinks/\tpublishers/\tcrates/x\tx\n\
        Leased+Taken\tDueEntry\tcrates/x\tx\n\
        Verdict{Done,Park}\tDisposition{Ack,Park}\tcrates/x\tx\n\
        State{Expected}\t{Reserved}\tcrates/x\tx\n\
        Told\tOther\tcrates/y\ty\n";

    /// What is left in a file of a scope that is done.
    fn left(path: &str, source: &str) -> Vec<String> {
        let renames = renames(TABLE).unwrap();
        let done =
            [Finished { scope: "crates/x", target: "x", path: "crates/new", others: Vec::new() }];
        left_over(&renames, &done, &[(path.into(), source.into())]).unwrap()
    }

    #[test]
    fn old_definitions_are_found_in_every_form() {
        for (source, name) in [
            ("pub struct Told;", "Told"),
            ("enum Told {}", "Told"),
            ("trait Told {}", "Told"),
            ("type Told = u8;", "Told"),
            ("use a::PendingEvent as Told;", "Told"),
            ("mod m { struct Told; }", "Told"),
            ("made! { pub struct Told { a: u8 } }", "Told"),
            ("fn tell() {}", "tell"),
            ("impl X { fn tell(&self) {} }", "tell"),
            ("trait X { fn tell(&self); }", "tell"),
            ("mod tell {}", "tell"),
            ("macro_rules! tell { () => {}; }", "tell"),
            ("const LANES: u8 = 1;", "LANES"),
            ("impl X { const LANES: u8 = 1; }", "LANES"),
            ("struct Leased;", "Leased"),
            ("struct Taken;", "Taken"),
            ("enum Verdict {}", "Verdict"),
            ("enum Disposition { Done, Park }", "Disposition::Done"),
            ("enum State { Expected }", "State::Expected"),
        ] {
            let expected = [format!("crates/new/src/a.rs still defines {name}")];
            assert_eq!(left("crates/new/src/a.rs", source), expected, "{source}");
        }
    }

    #[test]
    fn texts_comments_variables_and_other_scopes_are_left_alone() {
        for source in [
            "// Told\nfn f() { let tell = \"Told\"; }",
            "enum State { Reserved }",
            "enum Disposition { Ack, Park }",
            "enum Other { Done }",
        ] {
            assert_eq!(left("crates/new/src/a.rs", source), Vec::<String>::new(), "{source}");
        }
        let renames = renames(TABLE).unwrap();
        let other =
            [Finished { scope: "crates/y", target: "y", path: "crates/y", others: Vec::new() }];
        let files = [("crates/y/a.rs".into(), "fn tell() {}".into())];
        assert_eq!(left_over(&renames, &other, &files).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn old_files_and_folders_are_found() {
        assert_eq!(
            left("crates/new/src/crew.rs", ""),
            ["crates/new/src/crew.rs is still called crew.rs"]
        );
        assert_eq!(
            left("crates/new/src/sinks/a.rs", ""),
            ["crates/new/src/sinks/a.rs is still called sinks/"]
        );
        assert_eq!(left("crates/new/src/screw.rs", ""), Vec::<String>::new());
    }

    #[test]
    fn a_name_that_something_else_has_by_right_is_left_alone_and_must_be_an_old_one() {
        let renames = renames(TABLE).unwrap();
        let files = [("crates/new/a.rs".to_owned(), "fn tell() {} struct Told;".to_owned())];
        let with = |table| left_over(&renames, &finished(table).unwrap(), &files);
        let left = with("crates/x\tx\tcrates/new\ttell").unwrap();
        assert_eq!(left, ["crates/new/a.rs still defines Told"]);
        assert!(with("crates/x\tx\tcrates/new\ttold").unwrap_err().contains("no old name"));
    }

    #[test]
    fn a_scope_that_is_misspelt_is_no_success() {
        let renames = renames(TABLE).unwrap();
        let files = [("crates/new/a.rs".to_owned(), String::new())];
        for (scope, path) in [("crates/z", "crates/new"), ("crates/x", "crates/old")] {
            let done = [Finished { scope, target: "x", path, others: Vec::new() }];
            assert!(left_over(&renames, &done, &files).is_err(), "{scope} {path}");
        }
    }
}
