//! Rules about sizes, names and places; each gives what breaks it.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Fields, Item, Visibility};

use crate::baseline::Finding;
use crate::floors::{COMPOSERS, FLOORS};
use crate::module_graph::ModuleGraph;
use crate::module_tree::{ModuleTree, SourceFiles, parse};
use crate::syntax::{attributes, derives, is_alternative, is_test_file, production_items};

/// A crate with more lines of production code holds more than one subject.
pub const MOST_CRATE_LINES: usize = 12_000;
/// Longer files hold more than one thing.
pub const MOST_LINES: usize = 400;
/// Tests are read one at a time.
pub const MOST_LINES_OF_TESTS: usize = 600;
/// A state with more fields depends on too much.
pub const MOST_STATE_FIELDS: usize = 10;

/// The states that handlers get, one for each crate.
const STATES: &[&str] = &[
    "Platform",
    "Users",
    "Post",
    "Media",
    "Identity",
    "Profiles",
    "Activity",
    "Integrations",
    "App",
];

/// The files that a feature's folder may hold.
const FEATURE_FILES: &[&str] = &[
    "mod.rs",
    "http.rs",
    "operation.rs",
    "rule.rs",
    "record.rs",
    "events.rs",
    "view.rs",
    "on_event.rs",
    "settings.rs",
    "tests.rs",
];

/// What only composing crates may name: the types of adapters, and the crates that hold nothing
/// else.
const ADAPTERS: &[&str] = &[
    "selfsame_store_sqlite",
    "selfsame_store_sqlite",
    "selfsame_store_postgres",
    "selfsame_store_dynamodb",
    "selfsame_brokers",
    "rusqlite",
    "SqliteStore",
    "FileBlobs",
    "FileUploads",
    "S3Settings",
    "connect_s3",
    "ResendAccount",
    "FileSink",
    "FilePublisher",
    "NatsSink",
    "NatsPublisher",
    "RabbitMqSink",
    "RabbitMqPublisher",
    "RabbitMqQueue",
    "RabbitMqConsumer",
];

/// The highest floor of ports, beside which their adapters are defined.
const HIGHEST_PORT: u8 = 4;

/// A crate to look at.
pub struct SourceCrate {
    /// Its name: that of its folder.
    pub name: String,
    /// Its files, parsed.
    pub files: SourceFiles,
    /// The same files as texts.
    pub sources: BTreeMap<String, String>,
    /// The modules of its library and its programs.
    pub trees: Vec<ModuleTree>,
}

impl SourceCrate {
    /// Parses the crate `name` whose files (path from the root of the workspace, source) are
    /// `sources`: those below `src`, and those of its tests.
    ///
    /// # Errors
    /// Names the file that is missing, or is no Rust.
    pub fn parse(name: &str, sources: Vec<(String, String)>) -> Result<Self, String> {
        let files = parse(&sources)?;
        let sources: BTreeMap<_, _> = sources.into_iter().collect();
        let entries = sources.keys().filter(|path| {
            path.ends_with("/src/lib.rs")
                || path.ends_with("/src/main.rs")
                || path.rsplit_once('/').is_some_and(|(folder, _)| folder.ends_with("/src/bin"))
        });
        let trees = entries.map(|entry| ModuleTree::of(&files, entry)).collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), files, sources, trees })
    }

    /// The files that are not built for tests alone.
    fn production(&self) -> impl Iterator<Item = (&String, &syn::File)> {
        let modules = self.trees.iter().flat_map(|tree| &tree.modules);
        let files: BTreeSet<_> =
            modules.filter(|module| !module.is_test).map(|module| &module.file).collect();
        self.files.iter().filter(move |(path, _)| files.contains(*path))
    }

    /// The uses of modules that are part of a circle.
    #[must_use]
    pub fn circles(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for tree in &self.trees {
            let graph = ModuleGraph::of(tree);
            found.extend(graph.circular_uses().into_iter().map(|(from, to)| Finding {
                rule: "cycle",
                subject: format!("{} {from} -> {to}", self.name),
                size: None,
            }));
        }
        found
    }

    /// The files below `src` that no module is in.
    #[must_use]
    pub fn files_without_module(&self) -> Vec<&str> {
        let modules = self.trees.iter().flat_map(|tree| &tree.modules);
        let files: BTreeSet<_> = modules.map(|module| module.file.as_str()).collect();
        let is_unused = |path: &&str| path.contains("/src/") && !files.contains(path);
        self.sources.keys().map(String::as_str).filter(is_unused).collect()
    }

    /// The lines of production code, comments included.
    #[must_use]
    pub fn production_lines(&self) -> usize {
        let mut of_tests: BTreeMap<&str, usize> = BTreeMap::new();
        for module in self.trees.iter().flat_map(|tree| &tree.modules) {
            *of_tests.entry(&module.file).or_default() += module.inline_test_lines;
        }
        self.production()
            .map(|(path, _)| {
                let lines = self.sources.get(path).map_or(0, |source| source.lines().count());
                lines - of_tests.get(path.as_str()).copied().unwrap_or_default().min(lines)
            })
            .sum()
    }

    /// The crate itself where it is too large.
    #[must_use]
    pub fn too_large(&self) -> Vec<Finding> {
        measured("crate-lines", &self.name, self.production_lines(), MOST_CRATE_LINES)
    }

    /// The states with too many fields.
    #[must_use]
    pub fn wide_states(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (_, file) in self.production() {
            production_items(file, |item| {
                if let Item::Struct(item) = item
                    && STATES.iter().any(|state| item.ident == state)
                    // A record of that name is none.
                    && !derives(&item.attrs, "Serialize")
                {
                    let subject = format!("{} {}", self.name, item.ident);
                    let fields = match &item.fields {
                        Fields::Named(fields) => fields.named.len(),
                        Fields::Unnamed(fields) => fields.unnamed.len(),
                        Fields::Unit => 0,
                    };
                    found.extend(measured("state-fields", &subject, fields, MOST_STATE_FIELDS));
                }
            });
        }
        found
    }

    /// The names that more than one public type has, with how many have it. What is built in place
    /// of another type does not count beside it.
    #[must_use]
    pub fn homonyms(&self) -> Vec<Finding> {
        let modules = self.trees.iter().flat_map(|tree| &tree.modules);
        let alternatives: BTreeSet<_> =
            modules.filter(|module| module.is_alternative).map(|module| &module.file).collect();
        let mut types: BTreeMap<String, usize> = BTreeMap::new();
        for (_, file) in self.production().filter(|(path, _)| !alternatives.contains(path)) {
            production_items(file, |item| {
                let (visibility, ident) = match item {
                    Item::Enum(item) => (&item.vis, &item.ident),
                    Item::Struct(item) => (&item.vis, &item.ident),
                    Item::Trait(item) => (&item.vis, &item.ident),
                    Item::Type(item) => (&item.vis, &item.ident),
                    Item::Union(item) => (&item.vis, &item.ident),
                    _ => return,
                };
                let is_alternative = is_alternative(attributes(item));
                if matches!(visibility, Visibility::Public(_)) && !is_alternative {
                    *types.entry(ident.to_string()).or_default() += 1;
                }
            });
        }
        let several = types.into_iter().filter(|(_, count)| *count > 1);
        let finding = |(name, count)| Finding {
            rule: "public-types-of-one-name",
            subject: format!("{} {name}", self.name),
            size: Some(count),
        };
        several.map(finding).collect()
    }

    /// The adapters that this crate names, unless they are defined beside it or it puts the
    /// application together.
    #[must_use]
    pub fn adapters_named(&self) -> Vec<Finding> {
        let floor = FLOORS.iter().find(|(name, _)| *name == self.name).map(|(_, floor)| *floor);
        if COMPOSERS.contains(&self.name.as_str())
            || floor.is_none_or(|floor| floor <= HIGHEST_PORT)
        {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (path, source) in &self.sources {
            let named = idents(source);
            found.extend(ADAPTERS.iter().filter(|name| named.contains(**name)).map(|name| {
                Finding { rule: "adapter-named", subject: format!("{path} {name}"), size: None }
            }));
        }
        found
    }

    /// The records and routes of the crate `platform`, which has none.
    #[must_use]
    pub fn records_and_routes_of_platform(&self) -> Vec<Finding> {
        if self.name != "platform" {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (path, file) in self.production() {
            let finding = |subject| Finding { rule: "platform-holds", subject, size: None };
            let records = crate::stored::records(file);
            found.extend(
                records.iter().map(|record| finding(format!("{path} {}", record.type_name))),
            );
            if self.sources.get(path).is_some_and(|source| idents(source).contains("Route")) {
                found.push(finding(format!("{path} Route")));
            }
        }
        found
    }

    /// The files of features' folders that are none of those that a feature has, and are not listed
    /// in `algorithms` with what they are named after.
    #[must_use]
    pub fn strange_feature_files(&self, algorithms: &BTreeMap<&str, &str>) -> Vec<Finding> {
        let mut found = Vec::new();
        let modules = self.trees.iter().flat_map(|tree| &tree.modules);
        let features = modules.filter(|module| module.names.contains_key("FEATURE"));
        for module in features.filter(|module| !module.path.is_empty()) {
            let base = module.file.trim_end_matches(".rs").trim_end_matches("/mod");
            for path in self.sources.keys() {
                let Some(below) = path.strip_prefix(&format!("{base}/")) else { continue };
                let is_known = FEATURE_FILES.contains(&below)
                    || below.starts_with("tests/")
                    || algorithms.contains_key(path.as_str());
                if !is_known {
                    let subject = path.clone();
                    found.push(Finding { rule: "feature-file", subject, size: None });
                }
            }
        }
        found
    }
}

fn measured(rule: &'static str, subject: &str, size: usize, most: usize) -> Vec<Finding> {
    let finding = Finding { rule, subject: subject.to_owned(), size: Some(size) };
    if size > most { vec![finding] } else { Vec::new() }
}

/// All identifiers of `source`, those in macros included; none where it is no Rust.
#[must_use]
pub fn idents(source: &str) -> BTreeSet<String> {
    fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    found.insert(ident.to_string());
                }
                TokenTree::Group(group) => collect(group.stream(), found),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    let mut found = BTreeSet::new();
    collect(source.parse().unwrap_or_default(), &mut found);
    found
}

/// The lines of a source file that are read: a table of translations is looked up.
fn lines(source: &str) -> usize {
    let mut in_table = false;
    let is_read = |line: &&str| {
        in_table = (in_table || *line == "texts! {") && *line != "}";
        !in_table
    };
    source.lines().filter(is_read).count()
}

/// The file at `path` where it is too long.
#[must_use]
pub fn too_long(path: &str, source: &str) -> Vec<Finding> {
    let most = if is_test_file(path) { MOST_LINES_OF_TESTS } else { MOST_LINES };
    measured("file-lines", path, lines(source), most)
}

/// The part of `path` that says nothing about what is there.
#[must_use]
pub fn meaningless(path: &str) -> Option<&str> {
    path.split('/')
        .map(|part| part.split('.').next().unwrap_or_default())
        .find(|part| matches!(*part, "core" | "common" | "utils" | "util" | "helpers" | "misc"))
}

/// The rows of a table of files and the algorithms that they are named after.
///
/// # Errors
/// Names the row that has not two columns.
pub fn algorithms(table: &str) -> Result<BTreeMap<&str, &str>, String> {
    let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|row| row.split_once('\t').ok_or_else(|| format!("{row} names no algorithm")))
        .collect()
}

#[cfg(test)]
mod tests;
