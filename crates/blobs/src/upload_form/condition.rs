//! The conditions of a policy.

use std::fmt;

use serde_json::{Value, json};

use super::{Form, Refusal};

/// One condition. Names of fields are in lower case, as [`Form`] has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Condition {
    /// The field has this value.
    Equals(String, String),
    /// The field starts like this.
    StartsWith(String, String),
    /// The file has between so many bytes, both ends included.
    Length(u64, u64),
    /// Nothing fulfils it: a field that is not named by a `$`.
    Never(Value),
}

impl Condition {
    /// Reads `{"field": "value"}`, `["eq" or "starts-with", "$field", "value"]` or
    /// `["content-length-range", least, most]`.
    pub(super) fn read(value: &Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(pairs) => {
                let mut pairs = pairs.iter();
                match (pairs.next(), pairs.next()) {
                    (Some((name, value)), None) => Self::simple(name, value),
                    _ => Err(simple("Simple-Conditions must have exactly one property specified.")),
                }
            }
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(operator), second, third] => {
                    Self::operation(operator, second, third, value)
                }
                _ => Err(Refusal::bad_policy(
                    "Invalid Condition: it must have an operator and two values.",
                )),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err(Refusal::bad_policy("Invalid Condition: it must be an object or a list."))
            }
        }
    }

    fn simple(name: &str, value: &Value) -> Result<Self, Refusal> {
        let value = value.as_str().ok_or_else(|| simple("value must be a string."))?;
        Ok(Self::Equals(name.to_ascii_lowercase(), value.to_owned()))
    }

    fn operation(
        operator: &str,
        second: &Value,
        third: &Value,
        whole: &Value,
    ) -> Result<Self, Refusal> {
        let operator = operator.to_ascii_lowercase();
        if operator == "content-length-range" {
            return Self::length(second, third);
        }
        let (Some(field), Some(value)) = (second.as_str(), third.as_str()) else {
            return Err(Refusal::bad_policy("Invalid Condition: its values must be strings."));
        };
        let Some(field) = field.strip_prefix('$') else { return Ok(Self::Never(whole.clone())) };
        let (field, value) = (field.to_ascii_lowercase(), value.to_owned());
        match operator.as_str() {
            "eq" => Ok(Self::Equals(field, value)),
            "starts-with" => Ok(Self::StartsWith(field, value)),
            _ => Err(Refusal::bad_policy(format!(
                "Invalid Condition: unknown operation '{operator}'."
            ))),
        }
    }

    fn length(least: &Value, most: &Value) -> Result<Self, Refusal> {
        // S3 takes digits in quotes too.
        let bytes = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        match (bytes(least), bytes(most)) {
            (Some(least), Some(most)) if least <= most => Ok(Self::Length(least, most)),
            _ => Err(Refusal::bad_policy(
                "Invalid content-length-range: it must be two numbers in order.",
            )),
        }
    }

    /// The field that it covers.
    pub(super) fn field(&self) -> Option<&str> {
        match self {
            Self::Equals(field, _) | Self::StartsWith(field, _) => Some(field),
            Self::Length(..) | Self::Never(_) => None,
        }
    }

    /// Fails where `form`, sent to `bucket`, does not fulfil it. A field that is absent fulfils
    /// nothing.
    pub(super) fn check(&self, form: &Form, bucket: &str) -> Result<(), Refusal> {
        let holds = match self {
            Self::Equals(field, value) => {
                found(form, bucket, field).is_some_and(|found| found == value.as_str())
            }
            Self::StartsWith(field, start) => {
                found(form, bucket, field).is_some_and(|found| starts(field, found, start))
            }
            Self::Length(..) => true,
            Self::Never(_) => false,
        };
        if holds {
            Ok(())
        } else {
            Err(Refusal::against_policy(format_args!("Policy Condition failed: {self}")))
        }
    }
}

/// The bucket is given by the address. A field that names another one is compared instead, so that
/// it fails.
fn found<'a>(form: &'a Form, bucket: &'a str, field: &str) -> Option<&'a str> {
    match (field, form.get(field)) {
        ("bucket", None) => Some(bucket),
        ("bucket", Some(named)) => (named == bucket).then_some(bucket),
        (_, value) => value,
    }
}

/// Several media types, separated by commas, must each start so.
fn starts(field: &str, value: &str, start: &str) -> bool {
    if field == "content-type" && !start.contains(',') {
        return value.split(',').all(|part| part.starts_with(start));
    }
    value.starts_with(start)
}

fn simple(what: &str) -> Refusal {
    Refusal::bad_policy(format_args!("Invalid Simple-Condition: {what}"))
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [operator, field, value] = match self {
            Self::Equals(field, value) => ["eq", field, value],
            Self::StartsWith(field, value) => ["starts-with", field, value],
            Self::Length(least, most) => {
                return write!(f, "[\"content-length-range\", {least}, {most}]");
            }
            Self::Never(whole) => return write!(f, "{whole}"),
        };
        write!(f, "[\"{operator}\", {}, {}]", json!(format!("${field}")), json!(value))
    }
}
