//! A test of the test: each form in which one module may use another.

use super::*;
use crate::module_tree::parse;

/// The graph of a crate of these files.
fn graph(files: &[(&str, &str)]) -> ModuleGraph {
    let files: Vec<_> = files
        .iter()
        .map(|(path, source)| (format!("x/src/{path}"), (*source).to_owned()))
        .collect();
    ModuleGraph::of(&ModuleTree::of(&parse(&files).unwrap(), "x/src/lib.rs").unwrap())
}

/// The modules that `a` uses where `source` is its code; beside it are `b`, with the type `X`, the
/// function `f`, the macro `m` and the module `b::c` with the type `Y`, and `d` with the type `Z`.
/// The root re-exports `X` and `Z`.
fn used(source: &str) -> Vec<String> {
    let graph = graph(&[
        ("lib.rs", "mod a; pub mod b; mod d; pub use b::X; pub use d::*;"),
        ("a.rs", source),
        (
            "b/mod.rs",
            "pub mod c; pub struct X; pub enum E { V } pub fn f() {} macro_rules! m { () => {} } pub(crate) use m;",
        ),
        ("b/c.rs", "pub struct Y;"),
        ("d.rs", "pub struct Z; pub use crate::b::c::Y as Renamed;"),
    ]);
    graph.used_by("a").into_iter().map(str::to_owned).collect()
}

#[test]
fn imports_are_resolved_in_every_form() {
    for source in [
        "use crate::b::X;",
        "use crate::b;",
        "use crate::b::{self};",
        "use crate::{b::X};",
        "use crate::{b::{c::{Y}}};",
        "use crate::b::X as Other;",
        "use crate::b::X as _;",
        "use crate::b::*;",
        "use super::b::X;",
        "use super::{b::X};",
        "use self::super::b::X;",
        "pub use crate::b::X;",
        "pub(crate) use crate::b::X;",
        "fn g() { use crate::b::X; }",
        "fn g() { if x { use crate::b::E::*; } }",
        "mod inner { use super::super::b::X; }",
        "mod inner { use crate::b::X; }",
        "use super as root; use root::b::X;",
        "use crate as root; fn g() { root::b::f() }",
    ] {
        assert_eq!(used(source), ["b"], "{source}");
    }
}

#[test]
fn paths_in_code_are_resolved() {
    for source in [
        "fn g() { crate::b::f() }",
        "fn g() { super::b::f() }",
        "fn g(x: crate::b::X) {}",
        "fn g(x: &[Option<crate::b::X>]) {}",
        "struct S { x: crate::b::X }",
        "impl crate::b::X { fn g() {} }",
        "impl Trait for crate::b::X {}",
        "fn g() { let crate::b::E::V = x; }",
        "fn g() { match x { crate::b::E::V => {} } }",
        "fn g() { <crate::b::X as Trait>::h() }",
        "const C: fn() = crate::b::f;",
        "type T = dyn Fn(crate::b::X);",
        "#[serde(with = \"crate::b::c\", default)] struct S;",
        "struct S { #[serde(deserialize_with = \"crate::b::f\")] x: u8 }",
        "struct S { #[schemars(with = \"Option<crate::b::X>\")] x: u8 }",
        "use crate::*; fn g() { b::f() }",
    ] {
        assert_eq!(used(source), ["b"], "{source}");
    }
}

#[test]
fn paths_in_macros_are_resolved() {
    for source in [
        "fn g() { vec![crate::b::f()]; }",
        "fn g() { assert_eq!(x, super::b::f()); }",
        "fn g() { format!(\"{}\", y(crate::b::E::V)); }",
        "fn g() { matches!(x, [crate::b::E::V]); }",
        "macro_rules! n { () => { $crate::b::f() } }",
        "macro_rules! n { () => { use $crate::{b::{X}}; } }",
        "made! { struct S { x: crate::b::X } }",
        "crate::b::m!();",
        "use crate::b::m; m!();",
        "use crate::*; fn g() { vec![b::f()]; }",
    ] {
        assert_eq!(used(source), ["b"], "{source}");
    }
}

#[test]
fn re_exports_are_followed_to_the_definition() {
    for (source, module) in [
        ("use crate::X;", "b"),
        ("use crate::{X};", "b"),
        ("use super::X;", "b"),
        ("fn g() { crate::X }", "b"),
        ("use crate::X as Other; fn g() { Other }", "b"),
        ("use crate::*; fn g() { X }", "b"),
        ("use crate::*; fn g() { vec![X]; }", "b"),
        ("use crate::Z;", "d"),
        ("use crate::*; fn g() -> Z {}", "d"),
        // Through two of them: the root's `*`, and a new name.
        ("use crate::Renamed;", "b"),
        ("use crate::d::Renamed;", "b"),
    ] {
        assert_eq!(used(source), [module], "{source}");
    }
}

#[test]
fn a_type_and_a_module_of_one_name_are_both_found() {
    let files = [
        ("lib.rs", "mod a; mod router; pub use router::router;"),
        ("a.rs", "fn g() { crate::router() }"),
        ("router.rs", "pub fn router() {}"),
    ];
    assert_eq!(graph(&files).used_by("a"), ["router"]);
}

#[test]
fn what_a_macro_generates_is_its_modules() {
    let files = [
        ("lib.rs", "mod a; mod id; pub use id::UserId;"),
        ("a.rs", "use crate::UserId;"),
        ("id.rs", "id! { UserId }"),
    ];
    assert_eq!(graph(&files).used_by("a"), ["id"]);
}

#[test]
fn macros_are_in_scope_below_their_module() {
    let files = [
        ("lib.rs", "#[macro_use] mod macros; mod a;"),
        ("macros.rs", "macro_rules! m { () => {} }"),
        ("a.rs", "mod inner { fn g() { m!(); } }"),
    ];
    assert_eq!(graph(&files).used_by("a"), ["macros"]);
    let files = [("lib.rs", "macro_rules! m { () => {} } mod a;"), ("a.rs", "m!();")];
    assert_eq!(graph(&files).used_by("a"), ["lib"]);
}

#[test]
fn tests_own_parts_and_other_crates_are_no_use() {
    for source in [
        "#[cfg(test)] use crate::b::X;",
        "#[cfg(test)] mod tests { use crate::b::X; }",
        "#[cfg(test)] mod other { use crate::b::X; }",
        "#[cfg(all(test, unix))] mod other { use crate::b::X; }",
        "mod tests { use crate::b::X; }",
        "mod testing { use crate::b::X; }",
        "#[cfg(test)] fn g() { crate::b::f() }",
        "#[test] fn g() { crate::b::f() }",
        "impl S { #[cfg(test)] fn g() { crate::b::f() } }",
        "use ::b::X;",
        "use other::b::X;",
        "fn g() { ::b::f() }",
        "fn g() { vec![::b::f()]; }",
        "fn g() { x.b.f(); vec![x.b]; }",
        "fn g() { \"crate::b::f\"; } // crate::b::f\n",
        "/// [`crate::b::X`]\nstruct S;",
        "pub(in crate::b) struct S;",
        "mod own { pub struct O; } use self::own::O; use crate::a::own;",
        "fn g(b: u8) -> u8 { b }",
    ] {
        assert_eq!(used(source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn modules_are_found_in_every_form() {
    for (files, name) in [
        (
            vec![
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::X;"),
                ("b.rs", "pub struct X;"),
            ],
            "name.rs",
        ),
        (
            vec![
                ("lib.rs", "mod a; mod b;"),
                ("a/mod.rs", "mod inner;"),
                ("a/inner/mod.rs", "mod deep;"),
                ("a/inner/deep.rs", "use crate::b::X;"),
                ("b.rs", "pub struct X;"),
            ],
            "mod.rs",
        ),
        (
            vec![
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "mod inner;"),
                ("a/inner.rs", "use super::super::b::X;"),
                ("b.rs", "pub struct X;"),
            ],
            "name.rs beside its folder",
        ),
        (
            vec![
                ("lib.rs", "mod a { mod inner; } mod b { pub struct X; }"),
                ("a/inner.rs", "use crate::b::X;"),
            ],
            "inline",
        ),
        (
            vec![
                ("lib.rs", "#[path = \"else/where.rs\"] mod a; mod b;"),
                ("else/where.rs", "mod inner;"),
                ("else/inner.rs", "use crate::b::X;"),
                ("b.rs", "pub struct X;"),
            ],
            "#[path]",
        ),
        (
            vec![
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::X;"),
                ("b.rs", "#[path = \"../far.rs\"] mod far; pub use far::X;"),
                ("../far.rs", "pub struct X;"),
            ],
            "#[path] out of the folder",
        ),
    ] {
        let files: Vec<_> = files
            .into_iter()
            .map(|(path, source)| {
                let path = path
                    .strip_prefix("../")
                    .map_or(format!("x/src/{path}"), |path| format!("x/{path}"));
                (path, source.to_owned())
            })
            .collect();
        let graph =
            ModuleGraph::of(&ModuleTree::of(&parse(&files).unwrap(), "x/src/lib.rs").unwrap());
        assert_eq!(graph.used_by("a"), ["b"], "{name}");
    }
}

#[test]
fn a_module_without_a_file_is_an_error() {
    let of = |source: &str| {
        let files = parse(&[("x/src/lib.rs".to_owned(), source.to_owned())])?;
        ModuleTree::of(&files, "x/src/lib.rs")
    };
    assert_eq!(of("mod a;").unwrap_err(), "x/src/lib.rs: no file of `a`");
    assert!(of("\nmod {").unwrap_err().starts_with("x/src/lib.rs:2: "));
}

#[test]
fn circles_are_found_and_what_only_leads_to_one_is_not() {
    let graph = graph(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::X;"),
        ("b/mod.rs", "fn g() { crate::c::f() }"),
        ("c.rs", "use crate::a;"),
        ("d.rs", "use crate::a;"),
    ]);
    assert_eq!(graph.circular_uses(), [("a", "b"), ("b", "c"), ("c", "a")]);
}

/// What the check before this one did not see: it read `crate::<module>` alone, and in
/// `use crate::{Settings, …}` there is none.
#[test]
fn a_circle_through_a_re_export_of_the_root_is_found() {
    for import in ["use crate::Settings;", "use crate::{Settings};", "use super::Settings;"] {
        let graph = graph(&[
            ("lib.rs", "mod app; mod mail; pub use app::Settings;"),
            ("app.rs", "use crate::mail::Post; pub struct Settings;"),
            ("mail.rs", &format!("{import} pub struct Post;")),
        ]);
        assert_eq!(graph.circular_uses(), [("app", "mail"), ("mail", "app")], "{import}");
    }
}

#[test]
fn a_circle_through_the_code_of_the_root_is_found() {
    let graph = graph(&[
        ("lib.rs", "mod app; pub mod mail; pub const FEATURES: &[u8] = &[mail::FEATURE];"),
        ("app.rs", "use crate::FEATURES; pub struct App;"),
        ("mail.rs", "use crate::app::App; pub const FEATURE: u8 = 1;"),
    ]);
    assert_eq!(graph.circular_uses(), [("app", "lib"), ("lib", "mail"), ("mail", "app")]);
}
