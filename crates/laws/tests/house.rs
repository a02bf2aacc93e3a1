//! Crates, modules, folders.

use std::collections::{BTreeMap, BTreeSet};

use selfsame_laws::{list, metadata, sources, text};

/// Every crate may use those that stand before it and no others.
const ORDER: &[&str] = &[
    "basics",
    "drawings",
    "images",
    "items",
    "blobs",
    "mail",
    "payments",
    "items-sqlite",
    "items-postgres",
    "items-dynamodb",
    "events",
    "web",
    "accounts",
    "testbed",
    "server",
    "bench",
    "laws",
];

fn floor(package: &str) -> Option<usize> {
    ORDER.iter().position(|name| package.strip_prefix("selfsame-") == Some(name))
}

#[test]
fn crates_use_only_crates_below_them() {
    let metadata = metadata().unwrap();
    let own: Vec<_> =
        list(&metadata, "packages").iter().filter(|package| package["source"].is_null()).collect();
    assert!(own.len() > 5, "the workspace is found");
    for package in own {
        let name = text(package, "name");
        let floor_of_this =
            floor(name).unwrap_or_else(|| panic!("{name} has no place in the order of crates"));
        for dependency in list(package, "dependencies") {
            let used = text(dependency, "name");
            // A crate's tests may ask for the crate itself with its test features, and for the
            // testbed.
            let is_test =
                text(dependency, "kind") == "dev" && (used == name || used == "selfsame-testbed");
            if used.starts_with("selfsame-") && !is_test {
                assert!(
                    floor(used) < Some(floor_of_this),
                    "{name} uses {used}, which does not stand below it"
                );
            }
        }
    }
}

#[test]
fn the_features_name_no_adapter() {
    let adapters = [
        "selfsame_items_sqlite",
        "selfsame_items_postgres",
        "selfsame_items_dynamodb",
        "rusqlite",
        "FileBlobs",
    ];
    for (path, source) in sources("crates/accounts/src", &[".rs"]).unwrap() {
        for adapter in adapters {
            assert!(!source.contains(adapter), "{path} names {adapter}");
        }
    }
}

#[test]
fn no_folder_has_a_name_that_means_nothing() {
    for (path, _) in
        sources("crates", &[".rs"]).unwrap().iter().chain(&sources("ui", &[".js", ".css"]).unwrap())
    {
        let meaningless = path.split('/').find(|part| {
            matches!(
                part.trim_end_matches(".rs").trim_end_matches(".js"),
                "core" | "common" | "utils" | "util" | "helpers" | "misc"
            )
        });
        assert_eq!(meaningless, None, "{path}");
    }
}

/// For each top-level module of a crate the others that it names as `crate::…`. Tests may look
/// anywhere.
fn uses(files: &[(String, String)], base: &str) -> BTreeMap<String, BTreeSet<String>> {
    let module = |path: &str| {
        let below = path.strip_prefix(base)?.trim_start_matches('/');
        let name = below.split('/').next()?.trim_end_matches(".rs").to_owned();
        (!matches!(name.as_str(), "lib" | "main" | "tests")).then_some(name)
    };
    let all: BTreeSet<String> = files.iter().filter_map(|(path, _)| module(path)).collect();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, source) in
        files.iter().filter(|(path, _)| !path.ends_with("/tests.rs") && !path.contains("/tests/"))
    {
        let Some(own) = module(path) else { continue };
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for rest in lines.flat_map(|line| line.split("crate::").skip(1)) {
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name != own && all.contains(&name) {
                uses.entry(own.clone()).or_default().insert(name);
            }
        }
    }
    uses
}

/// All that can be reached from `from`.
fn reached(uses: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(module) = open.pop() {
        for next in uses.get(&module).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    found
}

/// The modules that are in a circle.
fn circled(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    uses.keys().filter(|module| reached(uses, module).contains(*module)).cloned().collect()
}

#[test]
fn modules_do_not_use_each_other_in_circles() {
    let crates = std::fs::read_dir(selfsame_laws::root().join("crates")).unwrap();
    for folder in crates {
        let name = folder.unwrap().file_name().to_string_lossy().into_owned();
        let base = format!("crates/{name}/src");
        let found = circled(&uses(&sources(&base, &[".rs"]).unwrap(), &base));
        assert!(
            found.is_empty(),
            "the modules of {name} that use each other in circles: {found:?}"
        );
    }
}

#[test]
fn a_circle_would_be_found() {
    let file = |name: &str, source: &str| (format!("x/src/{name}"), source.to_owned());
    let files = [
        file("a.rs", "use crate::b::X;"),
        file("b/mod.rs", "crate::c::f()"),
        file("c.rs", "use crate::a;"),
        file("d.rs", "use crate::a;"),
    ];
    assert_eq!(circled(&uses(&files, "x/src")), ["a", "b", "c"]);
}
