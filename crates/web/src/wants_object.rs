//! Whether a type is written as a JSON object.

use std::cell::Cell;

use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// Whether `T` asks for an object. serde also fills structs from lists, by position, which no schema of ours allows.
pub(crate) fn wants_object<T: DeserializeOwned>() -> bool {
    let asked = Cell::new(false);
    // It always fails: only the question counts.
    let _ = T::deserialize(Probe(&asked));
    asked.get()
}

struct Probe<'a>(&'a Cell<bool>);

type Refusal = serde::de::value::Error;

fn refuse<T>() -> Result<T, Refusal> {
    Err(serde::de::Error::custom("nothing is read here"))
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refusal> {
        refuse()
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refusal> {
        self.0.set(true);
        refuse()
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Refusal> {
        self.0.set(true);
        refuse()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its form counts")]
    struct Fields {
        one: Option<u8>,
    }

    #[test]
    fn structs_and_maps_are_objects_and_lists_are_not() {
        assert!(wants_object::<Fields>() && wants_object::<BTreeMap<String, u8>>());
        assert!(
            !wants_object::<Vec<Fields>>() && !wants_object::<serde_json::Value>() && !wants_object::<u8>()
        );
    }
}
