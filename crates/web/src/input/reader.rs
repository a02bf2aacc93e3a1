//! Reads a type from a body, and knows where it is.

use std::collections::BTreeSet;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::path::Path;
use super::refused::{Kind, Refused};
use super::tree::Tree;
use crate::fault::{Fault, JsonType};

/// Pointers of members with reported faults, which are skipped.
pub(super) type Skipped = BTreeSet<String>;

/// Reads `tree`, which stands at `path`.
#[derive(Clone, Copy)]
pub(super) struct Reader<'t, 'p> {
    pub(super) tree: &'t Tree,
    pub(super) path: &'p Path<'p>,
    pub(super) skipped: &'p Skipped,
}

const fn wrong<T>(expected: JsonType) -> Result<T, Refused> {
    Err(Refused::fault(Fault::WrongType { expected }))
}

impl Reader<'_, '_> {
    /// The whole number that stands here, if it lies in the range of its type.
    fn whole<N>(&self, min: i64, max: u64) -> Result<N, Refused>
    where
        N: TryFrom<u64> + TryFrom<i64> + std::str::FromStr,
    {
        let outside = || Refused::fault(Fault::OutOfRange { min, max });
        match self.tree {
            Tree::Unsigned(number) => N::try_from(*number).map_err(|_| outside()),
            Tree::Signed(number) => N::try_from(*number).map_err(|_| outside()),
            Tree::Plain(text) => text.parse().map_err(|_| {
                let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
                let is_whole =
                    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                if is_whole {
                    outside()
                } else {
                    Refused::fault(Fault::WrongType { expected: JsonType::Integer })
                }
            }),
            Tree::Null
            | Tree::Bool(_)
            | Tree::Float(_)
            | Tree::Text(_)
            | Tree::List(_)
            | Tree::Map(_) => wrong(JsonType::Integer),
        }
    }
}

macro_rules! whole {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            #[allow(
                clippy::cast_lossless,
                clippy::cast_possible_wrap,
                reason = "the same line for all widths; no least value is too large"
            )]
            visitor.$visit(self.whole::<$type>(<$type>::MIN as i64, <$type>::MAX as u64)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de, '_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Unsigned(value) => visitor.visit_u64(*value),
            Tree::Signed(value) => visitor.visit_i64(*value),
            Tree::Float(value) => visitor.visit_f64(*value),
            Tree::Text(text) | Tree::Plain(text) => visitor.visit_borrowed_str(text),
            Tree::List(_) => self.deserialize_seq(visitor),
            Tree::Map(_) => self.deserialize_map(visitor),
        }
    }

    whole! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.tree {
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Plain(text) if text == "true" || text == "false" => {
                visitor.visit_bool(text == "true")
            }
            Tree::Null
            | Tree::Unsigned(_)
            | Tree::Signed(_)
            | Tree::Float(_)
            | Tree::Text(_)
            | Tree::Plain(_)
            | Tree::List(_)
            | Tree::Map(_) => wrong(JsonType::Boolean),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        #[expect(clippy::cast_precision_loss, reason = "as JSON itself means numbers")]
        match self.tree {
            Tree::Float(value) => visitor.visit_f64(*value),
            Tree::Unsigned(value) => visitor.visit_f64(*value as f64),
            Tree::Signed(value) => visitor.visit_f64(*value as f64),
            Tree::Plain(text) => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => visitor.visit_f64(value),
                _ => wrong(JsonType::Number),
            },
            Tree::Null | Tree::Bool(_) | Tree::Text(_) | Tree::List(_) | Tree::Map(_) => {
                wrong(JsonType::Number)
            }
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.tree {
            Tree::Text(text) | Tree::Plain(text) => visitor.visit_borrowed_str(text),
            Tree::Null
            | Tree::Bool(_)
            | Tree::Unsigned(_)
            | Tree::Signed(_)
            | Tree::Float(_)
            | Tree::List(_)
            | Tree::Map(_) => wrong(JsonType::String),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if *self.tree == Tree::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if *self.tree == Tree::Null { visitor.visit_unit() } else { wrong(JsonType::Null) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let Tree::List(items) = self.tree else { return wrong(JsonType::Array) };
        let items = Items { items: items.iter().enumerate(), of: self };
        visitor.visit_seq(items).map_err(|refused| refused.at(|| self.path.pointer()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let Tree::Map(members) = self.tree else { return wrong(JsonType::Object) };
        let members = Members { left: members.iter(), value: None, of: self };
        visitor.visit_map(members).map_err(|refused| refused.at(|| self.path.pointer()))
    }

    /// A struct is an object: serde would fill one from a list too, by position, which no schema of
    /// ours allows.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match self.tree {
            Tree::Text(text) | Tree::Plain(text) if variants.contains(&text.as_str()) => {
                visitor.visit_enum(Variant(text))
            }
            Tree::Text(text) | Tree::Plain(text) => Err(Refused::unknown_variant(text, variants)),
            Tree::Null
            | Tree::Bool(_)
            | Tree::Unsigned(_)
            | Tree::Signed(_)
            | Tree::Float(_)
            | Tree::List(_)
            | Tree::Map(_) => wrong(JsonType::String),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i128 u128 bytes byte_buf }
}

struct Items<'t, 'p> {
    items: std::iter::Enumerate<std::slice::Iter<'t, Tree>>,
    of: Reader<'t, 'p>,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        for (index, tree) in self.items.by_ref() {
            let path = self.of.path.index(index);
            if !self.of.skipped.is_empty() && self.of.skipped.contains(&path.pointer()) {
                continue;
            }
            let reader = Reader { tree, path: &path, skipped: self.of.skipped };
            return seed
                .deserialize(reader)
                .map(Some)
                .map_err(|refused| refused.at(|| path.pointer()));
        }
        Ok(None)
    }
}

struct Members<'t, 'p> {
    left: std::slice::Iter<'t, (String, Tree)>,
    value: Option<&'t (String, Tree)>,
    of: Reader<'t, 'p>,
}

impl<'de> MapAccess<'de> for Members<'de, '_> {
    type Error = Refused;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        for member in self.left.by_ref() {
            let path = self.of.path.key(&member.0);
            if !self.of.skipped.is_empty() && self.of.skipped.contains(&path.pointer()) {
                continue;
            }
            self.value = Some(member);
            let key = seed.deserialize(StrDeserializer::<Refused>::new(&member.0));
            // A fault of a name is reported at the member; an unknown name is reported by name.
            return key.map(Some).map_err(|refused| match refused.kind {
                Kind::Unknown(_) => refused,
                Kind::Missing(_) | Kind::Fault(_) => refused.at(|| path.pointer()),
            });
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        let Some((name, tree)) = self.value.take() else {
            return Err(Refused::fault(Fault::NotTaken));
        };
        let path = self.of.path.key(name);
        let reader = Reader { tree, path: &path, skipped: self.of.skipped };
        seed.deserialize(reader).map_err(|refused| refused.at(|| path.pointer()))
    }
}

/// The name of a variant that holds nothing.
struct Variant<'t>(&'t str);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Refused> {
        Ok((seed.deserialize(StrDeserializer::<Refused>::new(self.0))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Refused> {
        wrong(JsonType::Object)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Refused> {
        wrong(JsonType::Object)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Refused> {
        wrong(JsonType::Object)
    }
}
