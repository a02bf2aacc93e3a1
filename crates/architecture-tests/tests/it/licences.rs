//! What others' code may be under.

use selfsame_architecture_tests::{list, metadata, text};

/// Licences that ask for nothing but their own text to be kept.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an SPDX expression can be kept with allowed licences alone. Only `OR` and `AND` are
/// known, and brackets around alternatives.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let (mut depth, mut parts, mut start) = (0, Vec::new(), 0);
    for (at, character) in expression.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && expression[at..].starts_with(" AND ") => {
                parts.push(&expression[start..at]);
                start = at + " AND ".len();
            }
            _ => {}
        }
    }
    parts.push(&expression[start..]);
    parts.iter().all(|part| {
        let bare = part.trim().trim_start_matches('(').trim_end_matches(')');
        bare.split(" OR ").any(|licence| ALLOWED.contains(&licence.trim()))
    })
}

#[test]
fn every_dependency_is_under_a_licence_that_asks_for_nothing() {
    let metadata = metadata().unwrap();
    let packages = list(&metadata, "packages");
    assert!(packages.len() > 50, "the dependencies are found");
    let refused: Vec<_> = packages
        .iter()
        .filter(|package| !is_allowed(text(package, "license")))
        .map(|package| {
            format!("{} is under \"{}\"", text(package, "name"), text(package, "license"))
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn nothing_brings_another_cryptography_or_a_build_tool() {
    let metadata = metadata().unwrap();
    let refused = [
        "openssl",
        "openssl-sys",
        "aws-lc-rs",
        "aws-lc-sys",
        "cmake",
        "nasm-rs",
        "native-tls",
        "bindgen",
    ];
    let resolve = metadata.get("resolve").unwrap();
    for node in list(resolve, "nodes") {
        let id = text(node, "id");
        let name =
            id.rsplit(['/', '#']).next().unwrap_or_default().split('@').next().unwrap_or_default();
        assert!(!refused.contains(&name), "{id}");
    }
}

#[test]
fn expressions_are_understood() {
    for good in [
        "MIT",
        "MIT OR GPL-3.0",
        "MIT/Apache-2.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 AND ISC",
    ] {
        assert!(is_allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(GPL-2.0 OR AGPL-3.0) AND MIT", "MPL-2.0"] {
        assert!(!is_allowed(bad), "{bad}");
    }
}
