//! The forms that generators of clients know, in place of others that mean the same.

use serde_json::{Map, Value};

/// Puts plain forms into `schema` and everything in it.
pub(super) fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(tidy);
            enumerate(members);
            // Nothing is what an absent member means anyway; generators take a default for a
            // promise that there is a value.
            if members.get("default") == Some(&Value::Null) {
                members.remove("default");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A choice among constant texts is an enumeration; what each means joins the description.
fn enumerate(members: &mut Map<String, Value>) {
    let Some(options) = members.get("oneOf").and_then(Value::as_array) else { return };
    let mut names = Vec::new();
    let mut meanings: Vec<String> =
        members.get("description").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    for option in options {
        let (constant, several) =
            (option.get("const"), option.get("enum").and_then(Value::as_array));
        let ((Some(Value::String(_)), None) | (None, Some(_))) = (constant, several) else {
            return;
        };
        names.extend(constant.into_iter().chain(several.into_iter().flatten()).cloned());
        if let (Some(name), Some(meaning)) =
            (constant.and_then(Value::as_str), option.get("description").and_then(Value::as_str))
        {
            meanings.push(format!("- `{name}`: {meaning}"));
        }
    }
    members.remove("oneOf");
    members.insert("type".into(), "string".into());
    members.insert("enum".into(), names.into());
    if !meanings.is_empty() {
        members.insert("description".into(), meanings.join("\n").into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_choice_of_constants_is_an_enumeration() {
        let mut schema = json!({"anyOf": [
            {"description": "How.", "oneOf": [{"type": "string", "const": "a", "description": "First."}, {"type": "string", "enum": ["b", "c"]}]},
            {"type": "null"},
        ], "default": null});
        tidy(&mut schema);
        let choice = json!({"type": "string", "enum": ["a", "b", "c"], "description": "How.\n- `a`: First."});
        assert_eq!(schema, json!({"anyOf": [choice, {"type": "null"}]}));
    }

    #[test]
    fn a_choice_of_anything_else_stays() {
        let mut schema = json!({"oneOf": [{"const": "a"}, {"$ref": "#/x"}]});
        tidy(&mut schema);
        assert_eq!(schema, json!({"oneOf": [{"const": "a"}, {"$ref": "#/x"}]}));
    }
}
