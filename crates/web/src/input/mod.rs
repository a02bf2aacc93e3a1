//! Reads types from bodies and queries, and reports all faults at once.
//!
//! serde reports only the first fault of a type. So that fault is recorded, its member skipped and
//! the rest read again, until the type is complete or nothing more can be found.

mod fields;
mod path;
mod reader;
mod refused;
mod required;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::Problem;
use crate::fault::{Fault, FieldErrors, FieldFault};
pub use fields::Fields;
use path::Path;
use reader::{Reader, Skipped};
use refused::{Kind, Refused};
use tree::Tree;

/// Faults in one answer. It bounds the rounds of reading, so that no body causes endless work.
const MOST_FAULTS: usize = 25;

/// The names that the object at a pointer must have and has not, where one of them is known.
type Missing = fn(&Tree, &str, &str) -> Vec<String>;

/// Reads `bytes` as JSON of type `T`. Members of the whole that are named in `ignored` are passed
/// over; `check` finds what else is wrong, where something is: in the whole, if there is one, or in
/// its fields.
pub(crate) fn json<T: DeserializeOwned + JsonSchema>(
    bytes: &[u8],
    ignored: &[&str],
    check: impl FnOnce(Option<&T>, &Fields<'_>, &mut FieldErrors),
) -> Result<T, Problem> {
    let tree: Tree = serde_json::from_slice(bytes).map_err(|error| {
        Problem::fault("", Fault::NotJson { line: error.line(), column: error.column() })
    })?;
    let skipped = ignored.iter().map(|name| Path::Root.key(name).pointer()).collect();
    read(tree, skipped, required::missing::<T>, check)
}

/// Reads a query as type `T`.
pub(crate) fn query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let members = pairs.map(|(name, value)| (name.into_owned(), Tree::Plain(value.into_owned())));
    let missing: Missing = |_, _, first| vec![first.to_owned()];
    read(Tree::Map(members.collect()), Skipped::new(), missing, |_, _, _| {}).map_err(
        |mut problem| {
            for error in &mut problem.errors {
                error.pointer = format!("?{}", error.pointer.trim_start_matches('/'));
            }
            problem
        },
    )
}

/// Reads a value of JSON as type `T`.
pub fn value<T: DeserializeOwned + JsonSchema>(value: &serde_json::Value) -> Result<T, Problem> {
    use serde::Deserialize as _;
    let tree = Tree::deserialize(value).map_err(|_| Problem::fault("", Fault::NotTaken))?;
    read(tree, Skipped::new(), required::missing::<T>, |_, _, _| {})
}

/// Reads `tree`.
fn read<T: DeserializeOwned>(
    mut tree: Tree,
    skipped: Skipped,
    missing: Missing,
    check: impl FnOnce(Option<&T>, &Fields<'_>, &mut FieldErrors),
) -> Result<T, Problem> {
    let mut faults = FieldErrors::default();
    tree.without_repetitions(&Path::Root, &mut faults);
    let (outcome, skipped) = gather(&tree, skipped, missing, &mut faults);
    match outcome {
        Some(value) if faults.is_empty() => Ok(value),
        unsound => {
            let (mut known, mut found) = (faults.into_vec(), FieldErrors::default());
            if unsound.is_some() || matches!(tree, Tree::Map(_)) {
                check(unsound.as_ref(), &Fields::new(&tree, &skipped), &mut found);
            }
            let found = found.into_vec().into_iter().map(|fault| in_place(fault, &tree, &skipped));
            let is_new =
                |fault: &FieldFault| !is_missing(fault, &known) && !is_displaced(fault, &skipped);
            let found: Vec<_> = found.filter(is_new).collect();
            known.extend(found);
            known.truncate(MOST_FAULTS);
            Err(Problem::faults(known))
        }
    }
}

/// The pointer of `fault` in `tree`: in a list the check has counted only the readable items.
fn in_place(fault: FieldFault, tree: &Tree, skipped: &Skipped) -> FieldFault {
    let mut steps = fault.pointer.split('/');
    let mut pointer = steps.next().unwrap_or_default().to_owned();
    let mut at = Some(tree);
    for step in steps {
        let item = if let Some(Tree::List(items)) = at {
            let is_read = |index: &usize| !skipped.contains(&format!("{pointer}/{index}"));
            let mut read = (0..items.len()).filter(is_read);
            step.parse().ok().and_then(|position| read.nth(position))
        } else {
            None
        };
        let step = item.map_or_else(|| step.to_owned(), |index| index.to_string());
        at = at.and_then(|tree| tree.below(&step));
        pointer.push('/');
        pointer.push_str(&step);
    }
    FieldFault { pointer, fault: fault.fault }
}

/// Whether `fault` is about a field that `known` reports as missing.
fn is_missing(fault: &FieldFault, known: &[FieldFault]) -> bool {
    known.iter().any(|other| other.fault == Fault::Required && other.pointer == fault.pointer)
}

/// Whether `fault` may exist only since something was skipped: it misses that, or a whole that it
/// was a part of. What is too much without a part is too much with it.
fn is_displaced(fault: &FieldFault, skipped: &Skipped) -> bool {
    let is_too_much = matches!(fault.fault, Fault::TooMany { .. } | Fault::TooLarge { .. });
    let is_found_wanting = |passed: &String| {
        let rest = passed.strip_prefix(fault.pointer.as_str());
        rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && !is_too_much))
    };
    skipped.iter().any(is_found_wanting)
}

/// The value, if it is complete, and what was skipped; `faults` gets the faults.
fn gather<T: DeserializeOwned>(
    tree: &Tree,
    mut skipped: Skipped,
    missing: Missing,
    faults: &mut FieldErrors,
) -> (Option<T>, Skipped) {
    let mut unreadable = BTreeSet::new();
    for _ in 0..MOST_FAULTS {
        let reader = Reader { tree, path: &Path::Root, skipped: &skipped };
        let Refused { pointer, kind } = match T::deserialize(reader) {
            Ok(value) => return (Some(value), skipped),
            Err(refused) => refused,
        };
        let pointer = pointer.unwrap_or_default();
        let passed_over = match kind {
            Kind::Unknown(name) => {
                let member = format!("{pointer}{}", Path::Root.key(&name).pointer());
                faults.add(member.as_str(), Fault::UnknownField);
                member
            }
            Kind::Missing(name) => {
                for name in missing(tree, &pointer, &name) {
                    let member = format!("{pointer}{}", Path::Root.key(&name).pointer());
                    // An unreadable member is not missing.
                    if !unreadable.contains(&member) {
                        faults.add(member, Fault::Required);
                    }
                }
                unreadable.insert(pointer.clone());
                pointer
            }
            Kind::Fault(fault) => {
                faults.add(pointer.as_str(), fault);
                unreadable.insert(pointer.clone());
                pointer
            }
        };
        // After a fault of the whole there is no rest to read.
        if passed_over.is_empty() || !skipped.insert(passed_over) {
            break;
        }
    }
    (None, skipped)
}
