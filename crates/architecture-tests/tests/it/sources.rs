//! Every source file.

use selfsame_architecture_tests::{root, sources};

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not break its own rule.
    let marks = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["db", "g!("].concat(),
        ["todo", "!("].concat(),
        ["unimple", "mented!("].concat(),
    ];
    let scripts = sources("tests", &[".sh", ".py", ".mjs", ".js"]).unwrap();
    let sources = [
        sources("crates", &[".rs"]).unwrap(),
        sources("ui", &[".js", ".css", ".html"]).unwrap(),
        scripts,
    ];
    for (path, source) in sources.concat() {
        for mark in &marks {
            assert!(!source.contains(mark.as_str()), "{path} holds {mark}");
        }
    }
}

#[test]
fn no_test_waits_for_time_to_pass_or_is_left_out() {
    let waits = [["thread::", "sleep("].concat(), ["#[", "ignore"].concat()];
    for (path, source) in sources("crates", &[".rs"]).unwrap() {
        for wait in &waits {
            assert!(!source.contains(wait.as_str()), "{path} holds {wait}");
        }
    }
}

#[test]
fn every_environment_variable_is_documented() {
    let page = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let is_test = |path: &str| {
        path.contains("/tests/")
            || path.contains("/examples/")
            || path.starts_with("crates/testbed/")
    };
    for (path, source) in
        sources("crates", &[".rs"]).unwrap().iter().filter(|(path, _)| !is_test(path))
    {
        let in_server_table = path.ends_with("server/src/settings/table.rs");
        for part in
            source.split("env::var(\"").skip(1).chain(source.split("env::var_os(\"").skip(1))
        {
            let name = part.split('"').next().unwrap_or_default();
            // Cargo sets these for builds and tests.
            let is_cargos = name.starts_with("CARGO") || name == "OUT_DIR";
            assert!(is_cargos || in_server_table || page.contains(name), "{path} reads {name}");
        }
    }
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let manifests = sources("crates", &["Cargo.toml"]).unwrap();
    // What lies deeper, a fuzzer say, is a workspace of its own.
    for (path, manifest) in manifests.iter().filter(|(path, _)| path.split('/').count() == 3) {
        assert!(manifest.contains("[lints]\nworkspace = true"), "{path}");
    }
}
