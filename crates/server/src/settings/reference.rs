//! The reference of settings: a page of documentation and a commented file, both made from the
//! table.

use std::fmt::Write as _;

use super::{Setting, TABLE};

const HEAD: &str = "# Configuration

<!-- Made by `selfsame settings --markdown`; a test holds it to the code. -->

Every setting has a default that runs, a key for a configuration file and an environment variable. A flag goes before the
environment, the environment before the file (`--config FILE`, or `selfsame.toml` in the current folder), the file before the
default. An environment variable that is empty counts as not set.

A value that is wrong, or a name that is not known, stops the start; all mistakes are told at once. `selfsame settings` shows
what is in force and prints a commented file with `--toml`.
";

/// The page `docs/configuration.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for row in TABLE {
        let _ = write!(
            page,
            "\n## `{}`\n\n{}\n\n- Environment: `{}`\n- Default: {}\n- Takes: {}\n",
            row.key,
            text(row),
            row.env,
            if row.default.is_empty() { "none".to_owned() } else { format!("`{}`", row.default) },
            (row.takes)(),
        );
        if row.secret {
            let _ = writeln!(
                page,
                "- Secret: never shown or logged; `{}_FILE` may name a file that holds it",
                row.env
            );
        }
    }
    page
}

/// A configuration file with the defaults, all of it commented out.
#[must_use]
pub fn commented_file() -> String {
    let mut file = "# Settings of Selfsame. What is commented out is the default.\n".to_owned();
    let (tables, top): (Vec<_>, Vec<_>) = TABLE.iter().partition(|row| row.key.contains('.'));
    for row in top {
        entry(&mut file, row, row.key);
    }
    let mut open = "";
    for row in tables {
        let (table, name) = row.key.split_once('.').unwrap_or(("", row.key));
        if table != open {
            let _ = write!(file, "\n[{table}]\n");
            open = table;
        }
        entry(&mut file, row, name);
    }
    file
}

fn entry(file: &mut String, row: &Setting, name: &str) {
    let _ =
        write!(file, "\n# {}\n# Takes {}. Environment: {}\n", text(row), (row.takes)(), row.env);
    let _ = writeln!(file, "# {name} = {}", toml_default(row));
}

fn toml_default(row: &Setting) -> String {
    let bare = row.default.parse::<u64>().is_ok() || matches!(row.default, "true" | "false");
    if bare { row.default.to_owned() } else { format!("\"{}\"", row.default) }
}

fn text(row: &Setting) -> &'static str {
    row.doc.trim()
}
