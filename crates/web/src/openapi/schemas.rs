//! The schemas of all bodies, each once.
//!
//! A type may read otherwise than it writes (a field that may be left out is always there in an
//! answer), so requests and answers have a generator each. Where the two disagree about a name, the
//! request's schema is called `…Input`.

use std::collections::BTreeSet;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::SchemaOf;

const PREFIX: &str = "#/components/schemas/";
/// Marks references of requests until it is known which names the two sides share.
const INPUT_PREFIX: &str = "#/components/inputs/";

pub(crate) struct Schemas {
    inputs: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = |path: &'static str| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = path.into();
                settings.meta_schema = None;
            })
        };
        Self {
            inputs: settings("/components/inputs").for_deserialize().into_generator(),
            answers: settings("/components/schemas").for_serialize().into_generator(),
        }
    }

    /// The schema of what a request holds.
    pub(crate) fn input(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.inputs).to_value()
    }

    /// The schema of what an answer holds.
    pub(crate) fn answer(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.answers).to_value()
    }

    /// All that were referred to, by name; `paths` refers to them by their final names from now on.
    pub(crate) fn finish(mut self, paths: &mut Value) -> Map<String, Value> {
        let mut answers = self.answers.take_definitions(true);
        let inputs = self.inputs.take_definitions(true);
        let own = names_of_their_own(&inputs, &answers);
        let rename = |reference: &str| {
            let name = reference.strip_prefix(INPUT_PREFIX)?;
            Some(format!("{PREFIX}{}", final_name(name, &own)))
        };
        rewrite(paths, &rename);
        for (name, mut schema) in inputs {
            rewrite(&mut schema, &rename);
            answers.insert(final_name(&name, &own), schema);
        }
        answers
    }
}

fn final_name(name: &str, own: &BTreeSet<String>) -> String {
    if own.contains(name) { format!("{name}Input") } else { name.to_owned() }
}

/// The names of inputs that mean something else in answers, in themselves or in what they refer to.
fn names_of_their_own(
    inputs: &Map<String, Value>,
    answers: &Map<String, Value>,
) -> BTreeSet<String> {
    let as_answer =
        |reference: &str| Some(format!("{PREFIX}{}", reference.strip_prefix(INPUT_PREFIX)?));
    let differs = |name: &String, schema: &Value| {
        let mut schema = schema.clone();
        rewrite(&mut schema, &as_answer);
        answers.get(name).is_some_and(|answer| *answer != schema)
    };
    let mut own: BTreeSet<String> = inputs
        .iter()
        .filter(|(name, schema)| differs(name, schema))
        .map(|(name, _)| name.clone())
        .collect();
    loop {
        let refers = |schema: &Value| {
            own.iter().any(|name| mentions(schema, &format!("{INPUT_PREFIX}{name}")))
        };
        let more = inputs.iter().find(|(name, schema)| {
            !own.contains(*name) && answers.contains_key(*name) && refers(schema)
        });
        match more.map(|(name, _)| name.clone()) {
            Some(name) => own.insert(name),
            None => return own,
        };
    }
}

fn mentions(schema: &Value, reference: &str) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(name, value)| {
            (name == "$ref" && value == reference) || mentions(value, reference)
        }),
        Value::Array(items) => items.iter().any(|item| mentions(item, reference)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Replaces every reference in `schema` for which `rename` has another.
fn rewrite(schema: &mut Value, rename: &dyn Fn(&str) -> Option<String>) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value.as_str().filter(|_| name == "$ref").and_then(rename) {
                    Some(renamed) => *value = Value::String(renamed),
                    None => rewrite(value, rename),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, rename)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
