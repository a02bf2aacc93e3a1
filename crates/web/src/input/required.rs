//! What else must be there, where something is missing: a type names only the first.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::tree::Tree;

/// The names that the object at `pointer` must have and has not, `first` among them.
pub(super) fn missing<T: JsonSchema>(tree: &Tree, pointer: &str, first: &str) -> Vec<String> {
    let present = tree.names_at(pointer);
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let root = settings.into_generator().into_root_schema_for::<T>().to_value();
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let required = at(&root, &root, &steps)
        .and_then(|schema| schema.get("required"))
        .and_then(Value::as_array);
    let required = required.into_iter().flatten().filter_map(Value::as_str);
    let mut missing: Vec<String> =
        required.filter(|name| !present.contains(name)).map(ToOwned::to_owned).collect();
    if !missing.iter().any(|name| name == first) {
        missing.insert(0, first.to_owned());
    }
    missing
}

/// The schema of the object that `steps` lead to.
fn at<'s>(root: &'s Value, schema: &'s Value, steps: &[&str]) -> Option<&'s Value> {
    if let Some(name) =
        schema.get("$ref").and_then(Value::as_str).and_then(|of| of.strip_prefix("#/$defs/"))
    {
        return at(root, root.get("$defs")?.get(name)?, steps);
    }
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        return options.iter().find_map(|option| at(root, option, steps));
    }
    match steps.split_first() {
        None => schema.get("properties").map(|_| schema),
        Some((step, rest)) => {
            let of_name = schema.get("properties").and_then(|properties| properties.get(step));
            at(
                root,
                of_name
                    .or_else(|| schema.get("items"))
                    .or_else(|| schema.get("additionalProperties"))?,
                rest,
            )
        }
    }
}
