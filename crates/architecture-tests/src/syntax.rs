//! What several checks ask of parsed Rust.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, Meta};

/// Whether `attributes` leave what they stand at out of every build but that of tests.
#[must_use]
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let mut tokens = list.tokens.clone().into_iter();
            match (tokens.next(), tokens.next()) {
                (Some(TokenTree::Ident(only)), None) => only == "test",
                // `all(test, …)`
                (Some(TokenTree::Ident(all)), Some(TokenTree::Group(group))) => {
                    all == "all" && has_ident(group.stream(), "test")
                }
                _ => false,
            }
        }
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(_) | Meta::NameValue(_) => false,
    })
}

/// Whether `attributes` leave what they stand at out of builds that have something: a feature, or a
/// system.
#[must_use]
pub fn is_alternative(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && has_ident(list.tokens.clone(), "not"),
        Meta::Path(_) | Meta::NameValue(_) => false,
    })
}

/// Whether `name` stands in `tokens` themselves, outside of groups.
fn has_ident(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident == name))
}

/// The attributes of `item`.
#[must_use]
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The attributes of a member of an `impl` block.
#[must_use]
pub fn member_attributes(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Fn(item) => &item.attrs,
        ImplItem::Macro(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        _ => &[],
    }
}

/// Calls `found` for every item of `file` that is built for production, those of inline modules and
/// of functions' bodies included.
pub fn production_items<'f>(file: &'f syn::File, found: impl FnMut(&'f Item)) {
    struct Items<F>(F);
    impl<'f, F: FnMut(&'f Item)> Visit<'f> for Items<F> {
        fn visit_item(&mut self, item: &'f Item) {
            if !is_for_tests(attributes(item)) {
                (self.0)(item);
                visit::visit_item(self, item);
            }
        }
    }
    Items(found).visit_file(file);
}

/// Whether the file at `path` holds tests, by its name.
#[must_use]
pub fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/fuzz/")
}

/// Whether `attributes` derive `name`.
#[must_use]
pub fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("derive") && has_ident(list.tokens.clone(), name),
        Meta::Path(_) | Meta::NameValue(_) => false,
    })
}

/// The text of `ident`, without the `r#` of a raw one.
#[must_use]
pub fn name_of(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}
