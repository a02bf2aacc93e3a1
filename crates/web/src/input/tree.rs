//! A body as it was sent, with every repetition.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::path::Path;
use crate::fault::{Fault, FieldErrors};

/// A value of JSON, or of a query, where all is text.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    /// A text of a query, which may stand for a number or a truth.
    Plain(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// Removes all but the first of fields with one name, and reports them.
    pub(super) fn without_repetitions(&mut self, path: &Path<'_>, faults: &mut FieldErrors) {
        match self {
            Self::Map(members) => {
                let mut seen = BTreeSet::new();
                members.retain(|(name, _)| {
                    let is_new = seen.insert(name.clone());
                    if !is_new {
                        faults.add(path.key(name).pointer(), Fault::Repeated);
                    }
                    is_new
                });
                for (name, value) in members {
                    value.without_repetitions(&path.key(name), faults);
                }
            }
            Self::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    item.without_repetitions(&path.index(index), faults);
                }
            }
            Self::Null
            | Self::Bool(_)
            | Self::Unsigned(_)
            | Self::Signed(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::Plain(_) => {}
        }
    }

    /// What a step of a pointer leads to.
    pub(super) fn below(&self, step: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => {
                let name = step.replace("~1", "/").replace("~0", "~");
                members.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
            }
            Self::List(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
            Self::Null
            | Self::Bool(_)
            | Self::Unsigned(_)
            | Self::Signed(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::Plain(_) => None,
        }
    }

    /// The names of the members of what lies at `pointer`.
    pub(super) fn names_at(&self, pointer: &str) -> Vec<&str> {
        let found = pointer.split('/').skip(1).try_fold(self, |tree, step| tree.below(step));
        match found {
            Some(Self::Map(members)) => members.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Builder)
    }
}

struct Builder;

impl<'de> Visitor<'de> for Builder {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Signed(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(member) = members.next_entry()? {
            map.push(member);
        }
        Ok(Tree::Map(map))
    }
}
