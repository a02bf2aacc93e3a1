//! The paths that an item writes: in `use`, in code, in attributes, and in the tokens of macros.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Lit, Macro, Meta, Path, VisRestricted};

use crate::syntax::{attributes, is_for_tests, member_attributes, name_of};

/// Collects the paths of what it visits; what is built for tests alone is left out, and so are
/// modules, which have paths of their own.
#[derive(Default)]
pub(crate) struct Paths {
    pub(crate) imports: Vec<ItemUse>,
    pub(crate) code: Vec<Vec<String>>,
    pub(crate) macros: Vec<Vec<String>>,
    pub(crate) attributes: Vec<Vec<String>>,
}

impl<'a> Visit<'a> for Paths {
    fn visit_item(&mut self, item: &'a Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        if !is_for_tests(member_attributes(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, _: &'a ItemMod) {}

    /// `pub(in crate::x)` uses nothing of `crate::x`.
    fn visit_vis_restricted(&mut self, _: &'a VisRestricted) {}

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        self.imports.push(item.clone());
    }

    fn visit_path(&mut self, path: &'a Path) {
        if path.leading_colon.is_none() {
            self.code.push(path.segments.iter().map(|part| name_of(&part.ident)).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, used: &'a Macro) {
        if used.path.leading_colon.is_none() {
            self.macros.push(used.path.segments.iter().map(|part| name_of(&part.ident)).collect());
        }
        self.tokens(used.tokens.clone());
    }

    /// `#[serde(with = "crate::x")]` and its like name functions and types in texts.
    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if let Meta::List(list) = &attribute.meta
            && (list.path.is_ident("serde") || list.path.is_ident("schemars"))
        {
            self.texts(list.tokens.clone());
        }
    }
}

impl Paths {
    /// Takes in the paths that stand in `tokens`: of identifiers with `::` between them. An
    /// identifier behind a dot is a field or method.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let mut is_member = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    let name = name_of(&ident);
                    if colons == 2 && !path.is_empty() {
                        path.push(name);
                    } else {
                        self.finish(&mut path);
                        // `::name` is another crate's, `.name` a member, `'name` a lifetime.
                        if !is_member && colons != 2 {
                            path.push(name);
                        }
                    }
                    (colons, is_member) = (0, false);
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    is_member = false;
                }
                TokenTree::Punct(mark) => {
                    self.finish(&mut path);
                    (colons, is_member) = (0, matches!(mark.as_char(), '.' | '\''));
                }
                TokenTree::Group(group) => {
                    // `use a::{b, c}` in a macro: each begins with what stands before.
                    if colons == 2 && !path.is_empty() {
                        self.group(&path, group.stream());
                        path.clear();
                    } else {
                        self.finish(&mut path);
                        self.tokens(group.stream());
                    }
                    (colons, is_member) = (0, false);
                }
                TokenTree::Literal(_) => {
                    self.finish(&mut path);
                    (colons, is_member) = (0, false);
                }
            }
        }
        self.finish(&mut path);
    }

    /// Takes in the paths of a group behind `before::`.
    fn group(&mut self, before: &[String], tokens: TokenStream) {
        let mut inner = Self::default();
        inner.tokens(tokens);
        for path in inner.code {
            let path = path.into_iter().filter(|part| part != "self");
            self.code.push(before.iter().cloned().chain(path).collect());
        }
    }

    fn finish(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.code.push(std::mem::take(path));
        }
    }

    /// Takes in the paths and types that texts among `tokens` hold.
    fn texts(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.texts(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = match Lit::new(literal) {
                        Lit::Str(text) => text.value(),
                        _ => continue,
                    };
                    if let Ok(path) = syn::parse_str::<syn::Type>(&text) {
                        let mut inner = Self::default();
                        inner.visit_type(&path);
                        self.attributes.extend(inner.code);
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}
