//! Templates of the operator's own.

use std::collections::HashMap;
use std::path::Path;

/// A part of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Subject,
    Text,
    Html,
}

impl Part {
    /// The name under which the engine decides whether to escape.
    pub(super) const fn engine_name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Subject | Self::Text => "text",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Subject => "subject.txt",
            Self::Text => "txt",
            Self::Html => "html",
        }
    }
}

/// The files of a folder, by their names: `password-reset.html`, or `password-reset.de.html` for
/// one language.
#[derive(Debug, Default)]
pub(super) struct Overrides(HashMap<String, String>);

impl Overrides {
    pub(super) fn read(folder: &Path) -> std::io::Result<Self> {
        let mut files = HashMap::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if path.extension().is_some_and(|ending| ending == "html" || ending == "txt") {
                files.insert(name, std::fs::read_to_string(&path)?);
            }
        }
        Ok(Self(files))
    }

    /// The file for one language before the one for all.
    pub(super) fn find(&self, kind: &str, language: &str, part: Part) -> Option<(&str, &str)> {
        let ending = part.ending();
        let names = [format!("{kind}.{language}.{ending}"), format!("{kind}.{ending}")];
        let found = names.iter().find_map(|name| self.0.get_key_value(name));
        found.map(|(name, source)| (name.as_str(), source.as_str()))
    }
}
