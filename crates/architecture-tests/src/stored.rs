//! What is stored, read from the source: the records, and the skeletons of their keys.

use syn::{Expr, ImplItem, Item, Lit, Type};

use crate::syntax::production_items;

/// A type that is stored.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RecordKind {
    /// What is written before the record.
    pub kind: String,
    /// The version that is written.
    pub version: String,
    /// The type.
    pub type_name: String,
}

/// The records of `file` that are no test's.
#[must_use]
pub fn records(file: &syn::File) -> Vec<RecordKind> {
    let mut found = Vec::new();
    production_items(file, |item| {
        if let Item::Impl(block) = item
            && let Some((_, path, _)) = &block.trait_
            && path.segments.last().is_some_and(|part| part.ident == "Record")
        {
            let constant = |name: &str| block.items.iter().find_map(|item| constant(item, name));
            found.push(RecordKind {
                kind: constant("KIND").unwrap_or_default(),
                version: constant("VERSION").unwrap_or_else(|| "1".to_owned()),
                type_name: type_name(&block.self_ty).unwrap_or_default(),
            });
        }
    });
    found
}

/// The last part of the path of `named`, without generic arguments.
pub(crate) fn type_name(named: &Type) -> Option<String> {
    match named {
        Type::Path(path) => path.path.segments.last().map(|part| part.ident.to_string()),
        Type::Reference(reference) => type_name(&reference.elem),
        _ => None,
    }
}

/// The literal that the associated constant `name` is set to by `item`.
fn constant(item: &ImplItem, name: &str) -> Option<String> {
    match item {
        ImplItem::Const(item) if item.ident == name => match &item.expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                Lit::Int(number) => Some(number.base10_digits().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The labels of each set of them in `file` (`derive(EncodeLabelSet)`), which are the names of its
/// fields.
#[must_use]
pub fn label_sets(file: &syn::File) -> Vec<String> {
    let mut found = Vec::new();
    production_items(file, |item| {
        if let Item::Struct(item) = item
            && crate::syntax::derives(&item.attrs, "EncodeLabelSet")
        {
            let names: Vec<_> = item
                .fields
                .iter()
                .filter_map(|field| Some(field.ident.as_ref()?.to_string()))
                .collect();
            found.push(names.join(" "));
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_with_kind_and_version() {
        let file = syn::parse_file(
            "impl Record for A { const KIND: &'static str = \"a\"; }
             impl selfsame_store::Record for B<'_> {
                 const KIND: &'static str = \"b\";
                 const VERSION: u16 = 3;
             }
             impl Other for C {}
             mod inner { impl Record for D { const KIND: &'static str = \"d\"; } }
             #[cfg(test)]
             mod tests { impl Record for E { const KIND: &'static str = \"e\"; } }",
        );
        let found: Vec<_> = records(&file.unwrap())
            .into_iter()
            .map(|record| format!("{} {} {}", record.kind, record.version, record.type_name))
            .collect();
        assert_eq!(found, ["a 1 A", "b 3 B", "d 1 D"]);
    }

    #[test]
    fn labels_are_the_fields_of_their_set() {
        let file = syn::parse_file(
            "#[derive(Clone, EncodeLabelSet)] struct A { method: u8, r#type: u8 }
             #[derive(Clone)] struct B { other: u8 }",
        );
        assert_eq!(label_sets(&file.unwrap()), ["method r#type"]);
    }
}
