//! Which crates there may be, and which of them each may use.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::workspace::{list, text};

/// The floor of each crate, by its name without `selfsame-`: a crate uses crates of lower floors
/// only. A new crate gets a line here.
pub const FLOORS: &[(&str, u8)] = &[
    ("primitives", 1),
    ("images", 1),
    ("generated-avatars", 1),
    ("store", 2),
    ("blobs", 2),
    ("invalidation", 2),
    ("user-pools", 2),
    ("payments", 2),
    ("store-sqlite", 3),
    ("store-postgres", 3),
    ("store-dynamodb", 3),
    // Its development inbox is kept in the store.
    ("mail", 3),
    ("events", 3),
    ("brokers", 4),
    ("web", 4),
    ("platform", 5),
    ("users", 6),
    // Knows no user: settings, rules and hashes of passwords.
    ("password-hashing", 6),
    ("mail-queue", 6),
    ("tokens", 6),
    ("security-signals", 6),
    ("media", 7),
    ("webauthn", 2),
    ("identity", 8),
    ("profiles", 9),
    ("activity", 9),
    ("oauth-provider", 9),
    ("billing", 9),
    ("terms", 9),
    ("integrations", 10),
    ("admin", 11),
    ("data-requests", 11),
    ("app", 12),
    ("testbed", 13),
    ("server", 14),
    ("bench", 14),
    // It reads the others as texts.
    ("architecture-tests", 0),
];

/// Crates that use no other one although it stands below them, each with the ones that it leaves
/// alone.
pub const KEPT_APART: &[(&str, &str)] = &[("integrations", "brokers")];

/// The crates that hold adapters alone, and the outside libraries behind them.
const ADAPTER_PACKAGES: &[&str] = &[
    "selfsame-store-sqlite",
    "selfsame-store-postgres",
    "selfsame-store-dynamodb",
    "selfsame-brokers",
];

/// The crates that put the application together, and so name adapters.
pub const COMPOSERS: &[&str] = &["server", "testbed", "bench"];

fn floor(package: &str) -> Option<u8> {
    let name = package.strip_prefix("selfsame-")?;
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

/// Everything in which `metadata` (of `cargo metadata`) breaks the order of the crates. Tests may
/// ask for the crate itself, with its test features, and for the testbed.
#[must_use]
pub fn breaches(metadata: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for package in list(metadata, "packages").iter().filter(|package| is_own(package)) {
        let name = text(package, "name");
        let Some(floor_of_this) = floor(name) else {
            found.push(format!("{name} has no floor"));
            continue;
        };
        let short = name.trim_start_matches("selfsame-");
        for dependency in list(package, "dependencies") {
            let used = text(dependency, "name");
            let is_for_tests =
                text(dependency, "kind") == "dev" && (used == name || used == "selfsame-testbed");
            if !used.starts_with("selfsame-") || is_for_tests {
                continue;
            }
            if floor(used).is_none_or(|floor| floor >= floor_of_this) {
                found.push(format!("{name} uses {used}, which is not on a lower floor"));
            }
            if KEPT_APART.contains(&(short, used.trim_start_matches("selfsame-"))) {
                found.push(format!("{name} uses {used}, from which it is kept apart"));
            }
            if ADAPTER_PACKAGES.contains(&used) && !COMPOSERS.contains(&short) {
                found.push(format!("{name} uses the adapter {used}"));
            }
        }
    }
    found
}

fn is_own(package: &Value) -> bool {
    package.get("source").is_some_and(Value::is_null)
}

/// Floors by name; `None` where a name has two lines.
#[must_use]
pub fn by_name() -> Option<BTreeMap<&'static str, u8>> {
    let map: BTreeMap<_, _> = FLOORS.iter().copied().collect();
    (map.len() == FLOORS.len()).then_some(map)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is wrong with a workspace in which `name` depends on `used` in the way of `kind`.
    fn of(name: &str, used: &str, kind: Option<&str>) -> Vec<String> {
        let dependency = json!({"name": format!("selfsame-{used}"), "kind": kind});
        let package = json!({"name": format!("selfsame-{name}"), "source": null, "dependencies": [dependency]});
        breaches(&json!({"packages": [package]}))
    }

    #[test]
    fn lower_floors_may_be_used_and_others_may_not() {
        assert_eq!(of("profiles", "identity", None), Vec::<String>::new());
        for (name, used) in
            [("identity", "profiles"), ("profiles", "activity"), ("web", "unheard-of")]
        {
            let expected =
                format!("selfsame-{name} uses selfsame-{used}, which is not on a lower floor");
            assert_eq!(of(name, used, None), [expected]);
        }
        assert_eq!(of("people", "store", None), ["selfsame-people has no floor"]);
    }

    #[test]
    fn tests_may_use_the_testbed_and_their_own_crate() {
        for used in ["testbed", "events"] {
            assert_eq!(of("events", used, Some("dev")), Vec::<String>::new());
            assert_eq!(of("events", used, None).len(), 1);
        }
        assert_eq!(of("events", "server", Some("dev")).len(), 1);
    }

    #[test]
    fn adapters_are_used_where_the_application_is_put_together() {
        assert_eq!(of("server", "store-sqlite", None), Vec::<String>::new());
        for (name, used) in [("identity", "store-sqlite"), ("integrations", "brokers")] {
            assert!(!of(name, used, None).is_empty(), "{name} {used}");
            assert!(!of(name, used, Some("dev")).is_empty(), "{name} {used}");
        }
    }

    #[test]
    fn every_crate_has_one_floor() {
        assert!(by_name().is_some());
    }
}
