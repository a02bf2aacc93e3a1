//! Each rule on a crate that breaks it.

use super::*;

fn source_crate(name: &str, files: &[(&str, &str)]) -> SourceCrate {
    let files: Vec<_> = files
        .iter()
        .map(|(path, source)| (format!("crates/{name}/src/{path}"), (*source).to_owned()))
        .collect();
    SourceCrate::parse(name, files).unwrap()
}

fn subjects(findings: &[Finding]) -> Vec<String> {
    let size = |finding: &Finding| finding.size.map(|size| format!(" {size}")).unwrap_or_default();
    findings.iter().map(|finding| format!("{}{}", finding.subject, size(finding))).collect()
}

#[test]
fn a_circle_names_its_uses() {
    let found = source_crate(
        "web",
        &[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::X;"), ("b.rs", "use super::a;")],
    );
    assert_eq!(subjects(&found.circles()), ["web a -> b", "web b -> a"]);
}

#[test]
fn production_lines_are_those_outside_of_tests() {
    let found = source_crate(
        "web",
        &[
            ("lib.rs", "//! One.\nmod a;\n#[cfg(test)]\nmod b;\n"),
            ("a.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n"),
            ("b.rs", "fn h() {}\n"),
        ],
    );
    assert_eq!(found.production_lines(), 4 + 2);
    assert_eq!(subjects(&found.too_large()), Vec::<String>::new());
    let long = source_crate("web", &[("lib.rs", &"fn f() {}\n".repeat(12_001))]);
    assert_eq!(subjects(&long.too_large()), ["web 12001"]);
}

#[test]
fn a_file_that_no_module_is_in_is_found() {
    let found = source_crate("web", &[("lib.rs", "mod a;"), ("a.rs", ""), ("b.rs", "")]);
    assert_eq!(found.files_without_module(), ["crates/web/src/b.rs"]);
}

#[test]
fn wide_states_are_found_and_other_structs_are_not() {
    let fields = |count| (0..count).map(|at| format!("f{at}: u8,")).collect::<Vec<_>>().concat();
    let source =
        format!("pub struct Identity {{ {} }} struct Other {{ {} }}", fields(11), fields(30));
    let found = source_crate("identity", &[("lib.rs", &source)]);
    assert_eq!(subjects(&found.wide_states()), ["identity Identity 11"]);
    let record = format!("#[derive(Serialize)] pub struct Media {{ {} }}", fields(11));
    let found = source_crate("users", &[("lib.rs", &record)]);
    assert_eq!(subjects(&found.wide_states()), Vec::<String>::new());
    let narrow = format!("pub struct Identity {{ {} }}", fields(10));
    let found = source_crate("identity", &[("lib.rs", &narrow)]);
    assert_eq!(subjects(&found.wide_states()), Vec::<String>::new());
}

#[test]
fn public_types_of_one_name_are_found() {
    let found = source_crate(
        "web",
        &[
            ("lib.rs", "mod a; mod b; pub struct Once; struct Hidden;"),
            ("a.rs", "pub enum Twice {} pub(crate) struct Hidden;"),
            ("b.rs", "pub trait Twice {} #[cfg(test)] pub struct Once; #[cfg(not(unix))] mod c;"),
            ("b/c.rs", "pub struct Once;"),
        ],
    );
    assert_eq!(subjects(&found.homonyms()), ["web Twice 2"]);
}

#[test]
fn no_crate_above_the_ports_names_adapters() {
    let lib = [("lib.rs", "fn f() { vec![FileBlobs::new()]; } // SqliteStore\n")];
    let found = source_crate("identity", &lib).adapters_named();
    assert_eq!(subjects(&found), ["crates/identity/src/lib.rs FileBlobs"]);
    for fine in ["server", "testbed", "blobs"] {
        assert_eq!(source_crate(fine, &lib).adapters_named(), []);
    }
}

#[test]
fn the_platform_has_no_records_and_no_routes() {
    let lib = [("lib.rs", "impl Record for A {} fn routes() -> Vec<Route<()>> {}")];
    let found = source_crate("platform", &lib).records_and_routes_of_platform();
    let expected = ["crates/platform/src/lib.rs A", "crates/platform/src/lib.rs Route"];
    assert_eq!(subjects(&found), expected);
    assert_eq!(source_crate("users", &lib).records_and_routes_of_platform(), []);
}

#[test]
fn features_hold_the_files_of_features_and_algorithms() {
    let found = source_crate(
        "identity",
        &[
            ("lib.rs", "mod two_factor; mod hashing;"),
            (
                "two_factor/mod.rs",
                "mod http; mod totp; mod later; #[cfg(test)] mod tests; pub const FEATURE: u8 = 1;",
            ),
            ("two_factor/http.rs", ""),
            ("two_factor/totp.rs", ""),
            ("two_factor/later.rs", ""),
            ("two_factor/tests.rs", ""),
            ("hashing/mod.rs", "mod pool;"),
            ("hashing/pool.rs", ""),
        ],
    );
    let table = "# path\talgorithm\ncrates/identity/src/two_factor/totp.rs\tTOTP, RFC 6238\n";
    let algorithms = algorithms(table).unwrap();
    let expected = ["crates/identity/src/two_factor/later.rs"];
    assert_eq!(subjects(&found.strange_feature_files(&algorithms)), expected);
    assert!(super::algorithms("crates/x.rs").is_err());
}

#[test]
fn tables_of_texts_do_not_make_a_file_long() {
    let long = "x\n".repeat(401);
    assert_eq!(subjects(&too_long("crates/x/src/a.rs", &long)), ["crates/x/src/a.rs 401"]);
    assert_eq!(too_long("crates/x/src/a/tests.rs", &long), []);
    let table = format!("texts! {{\n{long}}}\n");
    assert_eq!(too_long("crates/x/src/a.rs", &table), []);
    let longer = "x\n".repeat(601);
    assert_eq!(too_long("crates/x/tests/a.rs", &longer).len(), 1);
}

#[test]
fn names_that_say_nothing_are_found() {
    assert_eq!(meaningless("crates/core/src/a.rs"), Some("core"));
    assert_eq!(meaningless("ui/pages/utils.test.js"), Some("utils"));
    assert_eq!(meaningless("crates/users/src/utility.rs"), None);
}
