//! Sources of settings: flags before the environment before the file before the defaults.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::kinds::Kind;
use super::{Setting, Settings, TABLE, rules};

/// The file that is read when no other is named and it exists.
pub const DEFAULT_FILE: &str = "selfsame.toml";

/// Variables that begin like settings and belong to the tests.
const FOREIGN: &[&str] = &["SELFSAME_CACHE", "SELFSAME_URL"];

/// The source of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Source {
    Flag(&'static str),
    Environment(&'static str),
    /// The file that a variable names.
    Named(String, PathBuf),
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "{name}"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::Named(name, path) => write!(f, "{}, which {name} names", path.display()),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// One fault of the settings, as a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong(pub String);

/// The settings are invalid: the service can't start.
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

/// The given values, by the keys of settings.
#[derive(Debug, Default)]
pub(super) struct Given {
    values: BTreeMap<&'static str, (String, Source)>,
}

impl Given {
    /// The value of `row`; a fault joins `wrong`.
    pub(super) fn value<K: Kind>(
        &self,
        row: &Setting,
        kind: &K,
        wrong: &mut Vec<Wrong>,
    ) -> Option<K::Out> {
        let Some((text, source)) = self.values.get(row.key) else { return kind.read(row.default) };
        let value = kind.read(text);
        if value.is_none() {
            let found = if row.secret { "not usable".to_owned() } else { format!("\"{text}\"") };
            let reason =
                kind.explain(text).map_or_else(String::new, |reason| format!(" ({reason})"));
            let takes = kind.takes();
            wrong.push(Wrong(format!(
                "{} (from {source}) is {found}{reason}; it takes {takes}",
                row.key
            )));
        }
        value
    }

    fn set(&mut self, row: &Setting, text: String, source: Source) {
        self.values.insert(row.key, (text, source));
    }
}

/// The inputs of the process.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Values of flags: the key of the setting, the flag's name, the value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// The resulting settings, or all faults of them.
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
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.file.is_none() => {
                return;
            }
            Err(error) => {
                return wrong.push(Wrong(format!("{} can't be read: {error}", path.display())));
            }
        };
        match text.parse::<toml::Table>() {
            Ok(table) => read_table(&path, "", &table, given, wrong),
            Err(error) => wrong.push(Wrong(format!("{} is not TOML: {error}", path.display()))),
        }
    }

    fn read_environment(&self, given: &mut Given, wrong: &mut Vec<Wrong>) {
        for (name, text) in &self.environment {
            // A name that is no text is no setting.
            let Some(name) = name.to_str() else { continue };
            let read = match (meant_by(name, text), text.to_str()) {
                (Meant::Unknown, _) => Err(unknown_variable(name)),
                // Templating tools leave variables empty where there is no value.
                (Meant::Nothing, _) | (_, Some("")) => Ok(()),
                (_, None) => Err(format!("the environment variable {name} is not UTF-8")),
                (Meant::Setting(row), Some(text)) => self
                    .given_twice(row, name)
                    .map(|()| given.set(row, text.to_owned(), Source::Environment(row.env))),
                (Meant::FileOf(row), Some(path)) => read_secret(name, Path::new(path))
                    .map(|text| given.set(row, text, Source::Named(name.to_owned(), path.into()))),
            };
            wrong.extend(read.err().map(Wrong));
        }
    }

    /// The operator must decide between two values.
    fn given_twice(&self, row: &Setting, name: &str) -> Result<(), String> {
        let file = format!("{}{FILE_SUFFIX}", row.env);
        let is_given = |(name, text): &(OsString, OsString)| *name == *file && !text.is_empty();
        if row.secret && self.environment.iter().any(is_given) {
            return Err(format!("{name} and {file} are both set; set one of them"));
        }
        Ok(())
    }
}

/// The suffix of a secret's variable that names a file with the value.
const FILE_SUFFIX: &str = "_FILE";

/// The meaning of an environment variable.
enum Meant {
    Setting(&'static Setting),
    /// The file that holds the value of this secret.
    FileOf(&'static Setting),
    /// It is named like a setting and is none.
    Unknown,
    Nothing,
}

fn meant_by(name: &str, text: &OsStr) -> Meant {
    if let Some(row) = TABLE.iter().find(|row| row.env == name) {
        return Meant::Setting(row);
    }
    let secret = name.strip_suffix(FILE_SUFFIX);
    if let Some(row) = TABLE.iter().find(|row| row.secret && Some(row.env) == secret) {
        return Meant::FileOf(row);
    }
    let is_ours =
        name.starts_with("SELFSAME_") && !FOREIGN.contains(&name) && !is_of_kubernetes(name, text);
    if is_ours { Meant::Unknown } else { Meant::Nothing }
}

/// Kubernetes tells every container where the services of its namespace are, in variables that
/// begin with their names ("Discovering services" of its documentation): a service called
/// `selfsame` sets `SELFSAME_PORT` and others.
fn is_of_kubernetes(name: &str, text: &OsStr) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_port = |rest: &str| {
        let mut parts = rest.split('_');
        parts.next().is_some_and(is_number)
            && parts.next().is_some_and(|protocol| matches!(protocol, "TCP" | "UDP" | "SCTP"))
            && parts.next().is_none_or(|what| matches!(what, "ADDR" | "PORT" | "PROTO"))
            && parts.next().is_none()
    };
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || name.ends_with("_PORT") && text.to_str().is_some_and(|text| text.contains("://"))
        || name
            .match_indices("_PORT_")
            .any(|(place, found)| name.get(place + found.len()..).is_some_and(is_port))
}

fn unknown_variable(name: &str) -> String {
    let hint = nearest(name, TABLE.iter().map(|row| row.env));
    format!("the environment variable {name} is not known{hint}")
}

/// The secret in the file at `path`, without the line's end that editors leave.
fn read_secret(name: &str, path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!("{}, which {name} names, can't be read: {error}", path.display())
    })?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(format!("{}, which {name} names, is empty", path.display())),
        text => Ok(text.to_owned()),
    }
}

fn read_table(
    path: &Path,
    prefix: &str,
    table: &toml::Table,
    given: &mut Given,
    wrong: &mut Vec<Wrong>,
) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let row = TABLE.iter().find(|row| row.key == key);
        let is_section = TABLE.iter().any(|row| row.key.starts_with(&format!("{key}.")));
        match (row, value) {
            (Some(row), value) => given.set(row, plain(value), Source::File(path.to_owned())),
            (None, toml::Value::Table(inner)) if is_section => {
                read_table(path, &key, inner, given, wrong);
            }
            (None, _) => {
                let hint = nearest(&key, TABLE.iter().map(|row| row.key));
                wrong
                    .push(Wrong(format!("{key} (from {}) is not a setting{hint}", path.display())));
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
        toml::Value::Array(_) | toml::Value::Table(_) => {
            serde_json::to_string(value).unwrap_or_default()
        }
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
