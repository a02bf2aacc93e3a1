//! Where settings come from: flags before the environment before the file before the defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::kinds::Kind;
use super::{Setting, Settings, TABLE, rules};

/// The file that is read when no other is named and it exists.
pub const DEFAULT_FILE: &str = "selfsame.toml";

/// Variables that begin like settings and belong to the tests.
const FOREIGN: &[&str] = &["SELFSAME_CACHE", "SELFSAME_URL"];

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Source {
    Flag(&'static str),
    Environment(&'static str),
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "{name}"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// One thing that is wrong with the settings, in words for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong(pub String);

/// The service can't start with these settings.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{}", self.text())]
pub struct InvalidSettings(pub Vec<Wrong>);

impl InvalidSettings {
    fn text(&self) -> String {
        let lines: Vec<_> = self.0.iter().map(|wrong| format!("  - {}", wrong.0)).collect();
        let subject = if lines.len() == 1 { "This setting is" } else { "These settings are" };
        format!("{subject} wrong:\n{}", lines.join("\n"))
    }
}

/// What was given, by the keys of settings.
#[derive(Debug, Default)]
pub(super) struct Given {
    values: BTreeMap<&'static str, (String, Source)>,
}

impl Given {
    /// The value of `row`; notes in `wrong` why there is none.
    pub(super) fn value<K: Kind>(&self, row: &Setting, kind: &K, wrong: &mut Vec<Wrong>) -> Option<K::Out> {
        let Some((text, source)) = self.values.get(row.key) else { return kind.read(row.default) };
        let value = kind.read(text);
        if value.is_none() {
            let found = if row.secret { "not usable".to_owned() } else { format!("\"{text}\"") };
            let reason = kind.explain(text).map_or_else(String::new, |reason| format!(" ({reason})"));
            let takes = kind.takes();
            wrong.push(Wrong(format!("{} (from {source}) is {found}{reason}; it takes {takes}", row.key)));
        }
        value
    }

    fn set(&mut self, row: &Setting, text: String, source: Source) {
        self.values.insert(row.key, (text, source));
    }
}

/// What the process was started with.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Values of flags: the key of the setting, the flag's name, the value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// The settings that follow, or all that is wrong with them.
    pub fn load(&self) -> Result<Settings, InvalidSettings> {
        let mut given = Given::default();
        let mut wrong = Vec::new();
        self.read_file(&mut given, &mut wrong);
        self.read_environment(&mut given, &mut wrong);
        for (key, flag, text) in &self.flags {
            if let Some(row) = TABLE.iter().find(|row| row.key == *key) {
                given.set(row, text.clone(), Source::Flag(flag));
            }
        }
        match Settings::read(&given) {
            Ok(settings) => wrong.extend(rules::broken(&settings)),
            Err(more) => wrong.extend(more),
        }
        if wrong.is_empty() {
            Settings::read(&given).map_err(InvalidSettings)
        } else {
            Err(InvalidSettings(wrong))
        }
    }

    fn read_file(&self, given: &mut Given, wrong: &mut Vec<Wrong>) {
        let path = self.file.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.file.is_none() => return,
            Err(error) => return wrong.push(Wrong(format!("{} can't be read: {error}", path.display()))),
        };
        match text.parse::<toml::Table>() {
            Ok(table) => read_table(&path, "", &table, given, wrong),
            Err(error) => wrong.push(Wrong(format!("{} is not TOML: {error}", path.display()))),
        }
    }

    fn read_environment(&self, given: &mut Given, wrong: &mut Vec<Wrong>) {
        for (name, text) in &self.environment {
            if let Some(row) = TABLE.iter().find(|row| row.env == name) {
                // Tools that fill in templates leave variables empty where there is nothing to say.
                if !text.is_empty() {
                    given.set(row, text.clone(), Source::Environment(row.env));
                }
            } else if name.starts_with("SELFSAME_") && !FOREIGN.contains(&name.as_str()) {
                let hint = nearest(name, TABLE.iter().map(|row| row.env));
                wrong.push(Wrong(format!("the environment variable {name} is not known{hint}")));
            }
        }
    }
}

fn read_table(path: &Path, prefix: &str, table: &toml::Table, given: &mut Given, wrong: &mut Vec<Wrong>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let row = TABLE.iter().find(|row| row.key == key);
        let is_section = TABLE.iter().any(|row| row.key.starts_with(&format!("{key}.")));
        match (row, value) {
            (Some(row), value) => given.set(row, plain(value), Source::File(path.to_owned())),
            (None, toml::Value::Table(inner)) if is_section => read_table(path, &key, inner, given, wrong),
            (None, _) => {
                let hint = nearest(&key, TABLE.iter().map(|row| row.key));
                wrong.push(Wrong(format!("{key} (from {}) is not a setting{hint}", path.display())));
            }
        }
    }
}

/// The value as it would be written in an environment variable.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) if !values.iter().any(toml::Value::is_table) => {
            values.iter().map(plain).collect::<Vec<_>>().join(",")
        }
        toml::Value::Array(_) | toml::Value::Table(_) => serde_json::to_string(value).unwrap_or_default(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Datetime(time) => time.to_string(),
    }
}

/// "; did you mean …?" where one of `names` is close to `name`.
fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let close = |candidate: &'n str| (strsim::jaro_winkler(name, candidate), candidate);
    let best = names.map(close).max_by(|left, right| left.0.total_cmp(&right.0));
    best.filter(|(likeness, _)| *likeness > 0.8)
        .map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"))
}
