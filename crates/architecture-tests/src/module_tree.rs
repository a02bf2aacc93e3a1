//! The modules of a crate, with the names that each brings into scope and the paths that it writes.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::Visit as _;
use syn::{Attribute, Expr, Item, ItemMod, ItemUse, Lit, Meta, UseTree, Visibility};

use crate::paths::Paths;
use crate::syntax::{attributes, is_alternative, is_for_tests, name_of};

/// Parsed source files by their paths from the root of the workspace.
pub type SourceFiles = BTreeMap<String, syn::File>;

/// Parses `sources` (path, text).
///
/// # Errors
/// Names the file and line that is no Rust.
pub fn parse(sources: &[(String, String)]) -> Result<SourceFiles, String> {
    let parsed = sources.iter().map(|(path, source)| {
        let file = syn::parse_file(source)
            .map_err(|error| format!("{path}:{}: {error}", error.span().start().line))?;
        Ok((path.clone(), file))
    });
    parsed.collect()
}

/// A crate's modules; the first is its root.
#[derive(Debug)]
pub struct ModuleTree {
    /// The modules, parents before their children.
    pub modules: Vec<Module>,
}

/// One module.
#[derive(Debug)]
pub struct Module {
    /// Its path from the root of the crate, which has an empty one.
    pub path: Vec<String>,
    /// The file that it is in.
    pub file: String,
    /// Whether it is built for tests alone, or is called `tests` or `testing`.
    pub is_test: bool,
    /// Whether it is built where a feature or system is missing, in place of another module.
    pub is_alternative: bool,
    /// Its place among the modules; the root's is 0.
    pub index: usize,
    /// The place of the module around it.
    pub parent: usize,
    /// What each name in its scope stands for.
    pub names: BTreeMap<String, Vec<Binding>>,
    /// The macros that it defines, and those of its children that `#[macro_use]` lifts into it.
    pub macros: BTreeSet<String>,
    /// The paths whose content it imports with `*`.
    pub globs: Vec<Vec<String>>,
    /// The paths that it writes outside of tests.
    pub references: Vec<Reference>,
    /// The lines of its file that belong to inline modules of tests.
    pub inline_test_lines: usize,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Binding {
    /// A module of the crate.
    Module(usize),
    /// Something that is defined here.
    Item,
    /// What the path of a `use` leads to.
    Import(Vec<String>),
}

/// A path as it is written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reference {
    /// Its parts, without generic arguments. A macro's `$crate` is `crate`.
    pub path: Vec<String>,
    /// Where it is written.
    pub place: Place,
}

/// Where a path is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// In a private `use`.
    Use,
    /// In a `use` with a visibility.
    Reexport,
    /// In code, and in the tokens of macros.
    Code,
    /// In a text of an attribute of serde or schemars.
    Attribute,
    /// Before the `!` of a macro.
    Macro,
}

impl ModuleTree {
    /// The tree whose root is the file `entry` (`…/lib.rs`) of `files`.
    ///
    /// # Errors
    /// Names the module whose file is missing.
    pub fn of(files: &SourceFiles, entry: &str) -> Result<Self, String> {
        let mut tree = Self { modules: Vec::new() };
        let folder = entry.rsplit_once('/').map_or("", |(folder, _)| folder);
        let place = FilePlace { file: entry.to_owned(), children: folder.to_owned() };
        tree.add_file(files, &place, &[], 0, false)?;
        Ok(tree)
    }

    /// Adds the module that is in the file at `place`, and those below it.
    fn add_file(
        &mut self,
        files: &SourceFiles,
        place: &FilePlace,
        path: &[String],
        parent: usize,
        is_test: bool,
    ) -> Result<usize, String> {
        let file =
            files.get(&place.file).ok_or_else(|| format!("there is no file {}", place.file))?;
        let is_test = is_test || is_for_tests(&file.attrs);
        self.add(files, place, &file.items, path, parent, is_test)
    }

    /// Adds a module with `items`, and those below it.
    fn add(
        &mut self,
        files: &SourceFiles,
        place: &FilePlace,
        items: &[Item],
        path: &[String],
        parent: usize,
        is_test: bool,
    ) -> Result<usize, String> {
        let index = self.modules.len();
        self.modules.push(Module {
            path: path.to_vec(),
            file: place.file.clone(),
            is_test,
            is_alternative: false,
            index,
            parent,
            names: BTreeMap::new(),
            macros: BTreeSet::new(),
            globs: Vec::new(),
            references: Vec::new(),
            inline_test_lines: 0,
        });
        for item in items {
            if let Item::Mod(module) = item {
                self.add_child(files, place, module, index)?;
                continue;
            }
            if is_for_tests(attributes(item)) {
                continue;
            }
            let mut paths = Paths::default();
            paths.visit_item(item);
            if let Some(module) = self.modules.get_mut(index) {
                module.take(item, paths);
            }
        }
        Ok(index)
    }

    fn add_child(
        &mut self,
        files: &SourceFiles,
        place: &FilePlace,
        module: &ItemMod,
        parent: usize,
    ) -> Result<(), String> {
        let name = name_of(&module.ident);
        let Some((mut path, around_is_test)) =
            self.modules.get(parent).map(|module| (module.path.clone(), module.is_test))
        else {
            return Ok(());
        };
        path.push(name.clone());
        let is_marked = is_for_tests(&module.attrs) || matches!(name.as_str(), "tests" | "testing");
        let is_test = around_is_test || is_marked;
        let at = path_attribute(&module.attrs);
        let index = if let Some((_, items)) = &module.content {
            let inner = place.inline(&name, at.as_deref());
            let index = self.add(files, &inner, items, &path, parent, is_test)?;
            self.count_test_lines(parent, module, around_is_test, is_marked);
            index
        } else {
            let file = place.child(files, &name, at.as_deref());
            let file = file.ok_or_else(|| format!("{}: no file of `{name}`", place.file))?;
            self.add_file(files, &file, &path, parent, is_test)?
        };
        if is_alternative(&module.attrs) {
            for below in self.modules.iter_mut().skip(index) {
                below.is_alternative = true;
            }
        }
        let exported = module.attrs.iter().any(|attribute| attribute.path().is_ident("macro_use"));
        let macros = self.modules.get(index).filter(|_| exported).map(|child| child.macros.clone());
        let Some(around) = self.modules.get_mut(parent) else { return Ok(()) };
        for found in macros.into_iter().flatten() {
            around.macros.insert(found.clone());
            around.bind(found.clone(), Binding::Import(vec!["self".into(), name.clone(), found]));
        }
        around.bind(name, Binding::Module(index));
        Ok(())
    }

    /// Notes the lines of an inline module of tests at the module that its file begins with.
    fn count_test_lines(
        &mut self,
        parent: usize,
        module: &ItemMod,
        around_is_test: bool,
        is_marked: bool,
    ) {
        let Some((braces, _)) = module.content.as_ref().filter(|_| is_marked && !around_is_test)
        else {
            return;
        };
        let lines = braces.span.close().start().line - braces.span.open().start().line + 1;
        let Some(file) = self.modules.get(parent).map(|module| module.file.clone()) else { return };
        if let Some(first) = self.modules.iter_mut().find(|module| module.file == file) {
            first.inline_test_lines += lines;
        }
    }
}

impl Module {
    /// Its folder or file below the root, which is itself called `lib` here.
    #[must_use]
    pub fn top(&self) -> &str {
        self.path.first().map_or("lib", String::as_str)
    }

    fn bind(&mut self, name: String, binding: Binding) {
        self.names.entry(name).or_default().push(binding);
    }

    /// Takes in what `item` defines, and the `paths` that it writes.
    fn take(&mut self, item: &Item, paths: Paths) {
        if let Some(name) = defined(item) {
            if matches!(item, Item::Macro(_)) {
                self.macros.insert(name.clone());
            }
            self.bind(name, Binding::Item);
        }
        for import in paths.imports {
            self.import(&import);
        }
        for (paths, place) in [
            (paths.code, Place::Code),
            (paths.macros, Place::Macro),
            (paths.attributes, Place::Attribute),
        ] {
            self.references.extend(paths.into_iter().map(|path| Reference { path, place }));
        }
    }

    /// Takes in a `use`, wherever in the module it stands.
    fn import(&mut self, item: &ItemUse) {
        if item.leading_colon.is_some() {
            return;
        }
        let place = match item.vis {
            Visibility::Inherited => Place::Use,
            Visibility::Public(_) | Visibility::Restricted(_) => Place::Reexport,
        };
        self.import_tree(&item.tree, &mut Vec::new(), place);
    }

    fn import_tree(&mut self, tree: &UseTree, path: &mut Vec<String>, place: Place) {
        match tree {
            UseTree::Path(part) => {
                path.push(name_of(&part.ident));
                self.import_tree(&part.tree, path, place);
                path.pop();
            }
            UseTree::Name(name) => self.import_name(&name_of(&name.ident), None, path, place),
            UseTree::Rename(name) => {
                self.import_name(&name_of(&name.ident), Some(name_of(&name.rename)), path, place);
            }
            UseTree::Glob(_) => {
                self.globs.push(path.clone());
                self.references.push(Reference { path: path.clone(), place });
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import_tree(tree, path, place);
                }
            }
        }
    }

    /// Takes in `use path::name as alias`; `path::self` is `path`.
    fn import_name(&mut self, name: &str, alias: Option<String>, path: &[String], place: Place) {
        let mut path = path.to_vec();
        if name != "self" || path.is_empty() {
            path.push(name.to_owned());
        }
        let local = alias.or_else(|| path.last().cloned()).unwrap_or_default();
        self.references.push(Reference { path: path.clone(), place });
        // `use tracing;` and `use x as x` of the module itself lead nowhere else.
        if local != "_" && path != [local.clone()] {
            self.bind(local, Binding::Import(path));
        }
    }
}

/// The name that `item` defines in its module, unless it is a module.
fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name_of(ident))
}

/// What `#[path = "…"]` says, where it stands.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        Meta::NameValue(_) | Meta::Path(_) | Meta::List(_) => None,
    })
}

/// The file that a module is in, and the folder of its children's files.
#[derive(Clone, Debug)]
struct FilePlace {
    file: String,
    children: String,
}

impl FilePlace {
    /// The place of an inline module.
    fn inline(&self, name: &str, path: Option<&str>) -> Self {
        let children = joined(&self.children, path.unwrap_or(name));
        Self { file: self.file.clone(), children }
    }

    /// The place of the module `name` in a file of its own; `None` where `files` has none.
    fn child(&self, files: &SourceFiles, name: &str, path: Option<&str>) -> Option<Self> {
        if let Some(path) = path {
            // Relative to the folder of this file, whatever it is called.
            let folder = self.file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let file = joined(folder, path);
            let children = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            return files.contains_key(&file).then_some(Self { file, children });
        }
        let children = joined(&self.children, name);
        [format!("{children}.rs"), format!("{children}/mod.rs")]
            .into_iter()
            .find(|file| files.contains_key(file))
            .map(|file| Self { file, children })
    }
}

/// `path` from `folder`, without `.` and `..`.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
