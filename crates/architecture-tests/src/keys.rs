//! The skeletons of stored keys: the literal parts of partitions and sort keys, `{}` for the rest.
//!
//! A call of `Key::new` or `user_key` gives `key <partition> <sort>`; a function, constant or field
//! that is called a partition gives `partition <skeleton>`; `DueLayout::new` gives both. Constants
//! and functions are followed by name: in the file, else in its crate, else anywhere, so that a
//! move changes no skeleton.

use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprCall, FieldValue, ImplItem, Item, Lit, Local, Member, Pat, Stmt, Token,
};

use crate::module_tree::SourceFiles;
use crate::stored::type_name;
use crate::syntax::{attributes, is_for_tests, is_test_file, member_attributes};

/// What can't be read from the source.
const OPEN: &str = "{}";
/// Constants and functions that are followed one behind the other.
const DEEPEST: usize = 8;

/// Something with a name that a skeleton may go through.
struct Definition<'f> {
    file: &'f str,
    owner: Option<String>,
    name: String,
    value: &'f Expr,
}

/// The skeletons of `files` that are no tests'.
#[must_use]
pub fn skeletons(files: &SourceFiles) -> BTreeSet<String> {
    let production: Vec<_> = files.iter().filter(|(path, _)| !is_test_file(path)).collect();
    let mut definitions = Vec::new();
    for (path, file) in &production {
        let mut found = Definitions { file: path, owner: None, found: &mut definitions };
        found.visit_file(file);
    }
    let mut lines = BTreeSet::new();
    for (path, file) in &production {
        let place = Place { file: path, owner: None };
        Keys { all: &definitions, place, lines: &mut lines }.visit_file(file);
    }
    lines
}

/// The last expression of `block`, which is its value.
fn value(block: &Block) -> Option<&Expr> {
    match block.stmts.last()? {
        Stmt::Expr(value, None) => Some(value),
        Stmt::Expr(_, Some(_)) | Stmt::Local(_) | Stmt::Item(_) | Stmt::Macro(_) => None,
    }
}

struct Definitions<'f, 'v> {
    file: &'f str,
    owner: Option<String>,
    found: &'v mut Vec<Definition<'f>>,
}

impl<'f> Definitions<'f, '_> {
    fn add(&mut self, name: &proc_macro2::Ident, value: &'f Expr) {
        let (file, owner) = (self.file, self.owner.clone());
        self.found.push(Definition { file, owner, name: name.to_string(), value });
    }
}

impl<'f> Visit<'f> for Definitions<'f, '_> {
    fn visit_item(&mut self, item: &'f Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        match item {
            Item::Const(item) => self.add(&item.ident, &item.expr),
            Item::Fn(item) => {
                if let Some(value) = value(&item.block) {
                    self.add(&item.sig.ident, value);
                }
            }
            Item::Impl(block) => self.owner = type_name(&block.self_ty),
            _ => {}
        }
        visit::visit_item(self, item);
        if matches!(item, Item::Impl(_)) {
            self.owner = None;
        }
    }

    fn visit_impl_item(&mut self, item: &'f ImplItem) {
        match item {
            ImplItem::Const(item) => self.add(&item.ident, &item.expr),
            ImplItem::Fn(item) => {
                if let Some(value) = value(&item.block) {
                    self.add(&item.sig.ident, value);
                }
            }
            _ => {}
        }
        visit::visit_impl_item(self, item);
    }
}

/// Where an expression stands.
#[derive(Clone, Debug)]
struct Place<'f> {
    file: &'f str,
    owner: Option<String>,
}

struct Keys<'f, 'd> {
    all: &'d [Definition<'f>],
    place: Place<'f>,
    lines: &'d mut BTreeSet<String>,
}

impl Keys<'_, '_> {
    fn skeleton(&self, value: &Expr) -> String {
        skeleton(self.all, &self.place, value, DEEPEST)
    }

    fn partition(&mut self, name: &str, value: &Expr) {
        if name.to_lowercase().contains("partition") {
            let found = self.skeleton(value);
            if found.contains(char::is_alphabetic) {
                self.lines.insert(format!("partition {found}"));
            }
        }
    }
}

impl<'a> Visit<'a> for Keys<'_, '_> {
    fn visit_item(&mut self, item: &'a Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        match item {
            Item::Const(item) => self.partition(&item.ident.to_string(), &item.expr),
            Item::Fn(item) => {
                if let Some(value) = value(&item.block) {
                    self.partition(&item.sig.ident.to_string(), value);
                }
            }
            Item::Impl(block) => self.place.owner = type_name(&block.self_ty),
            _ => {}
        }
        visit::visit_item(self, item);
        if matches!(item, Item::Impl(_)) {
            self.place.owner = None;
        }
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        if is_for_tests(member_attributes(item)) {
            return;
        }
        if let ImplItem::Fn(item) = item
            && let Some(value) = value(&item.block)
        {
            self.partition(&item.sig.ident.to_string(), value);
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_field_value(&mut self, field: &'a FieldValue) {
        if let Member::Named(name) = &field.member {
            self.partition(&name.to_string(), &field.expr);
        }
        visit::visit_field_value(self, field);
    }

    fn visit_local(&mut self, local: &'a Local) {
        if let (Pat::Ident(name), Some(value)) = (&local.pat, &local.init) {
            self.partition(&name.ident.to_string(), &value.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        let arguments: Vec<_> = call.args.iter().collect();
        if let (Expr::Path(function), [first, second]) = (&*call.func, arguments.as_slice()) {
            let parts: Vec<_> =
                function.path.segments.iter().map(|part| part.ident.to_string()).collect();
            let parts: Vec<_> = parts.iter().map(String::as_str).collect();
            let called = |name| called(self.all, &self.place, name, DEEPEST);
            let (partition, sort) = match parts.as_slice() {
                ["Key", "new"] => (Some(self.skeleton(first)), self.skeleton(second)),
                [.., "user_key"] => (called("user_partition"), self.skeleton(second)),
                // `DueLayout::key` puts the id behind the time.
                ["DueLayout", "new"] => {
                    (Some(self.skeleton(second)), called("before_all").unwrap_or_default() + OPEN)
                }
                _ => (None, String::new()),
            };
            if let Some(partition) = partition
                && (partition.as_str(), sort.as_str()) != (OPEN, OPEN)
            {
                self.lines.insert(format!("key {partition} {sort}"));
            }
            if parts == ["DueLayout", "new"] {
                self.partition("partition", second);
            }
        }
        visit::visit_expr_call(self, call);
    }
}

/// The skeleton of `value`, which stands at `place`.
fn skeleton(all: &[Definition<'_>], place: &Place<'_>, value: &Expr, depth: usize) -> String {
    let Some(depth) = depth.checked_sub(1) else { return OPEN.to_owned() };
    let inner = |value: &Expr| skeleton(all, place, value, depth);
    let found = match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            Lit::Int(number) => Some(number.base10_digits().to_owned()),
            Lit::Char(letter) => Some(letter.value().to_string()),
            _ => None,
        },
        Expr::Reference(reference) => Some(inner(&reference.expr)),
        Expr::Paren(group) => Some(inner(&group.expr)),
        Expr::Group(group) => Some(inner(&group.expr)),
        Expr::Closure(closure) => Some(inner(&closure.body)),
        Expr::Block(block) => self::value(&block.block).map(inner),
        Expr::If(choice) => {
            let otherwise = choice.else_branch.as_ref().map(|(_, value)| inner(value));
            let then = self::value(&choice.then_branch).map(inner);
            Some(alternatives(then.into_iter().chain(otherwise)))
        }
        Expr::Match(choice) => Some(alternatives(choice.arms.iter().map(|arm| inner(&arm.body)))),
        Expr::Macro(used) if used.mac.path.is_ident("format") => formatted(&used.mac, inner),
        Expr::Path(path) => {
            let parts: Vec<_> =
                path.path.segments.iter().map(|part| part.ident.to_string()).collect();
            let name = parts.last().cloned().unwrap_or_default();
            // Lower case is a variable, and mixed case a variant.
            let is_constant = !name.chars().any(char::is_lowercase);
            is_constant.then(|| followed(all, place, &parts, depth)).flatten()
        }
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => {
                let parts: Vec<_> =
                    path.path.segments.iter().map(|part| part.ident.to_string()).collect();
                followed(all, place, &parts, depth)
            }
            _ => None,
        },
        Expr::MethodCall(call) => match &*call.receiver {
            Expr::Path(path) if path.path.is_ident("self") => {
                followed(all, place, &["Self".to_owned(), call.method.to_string()], depth)
            }
            receiver if call.args.is_empty() => Some(inner(receiver)),
            _ if call.method == "map_or_else" || call.method == "map_or" => {
                Some(alternatives(call.args.iter().map(inner)))
            }
            _ => None,
        },
        _ => None,
    };
    found.unwrap_or_else(|| OPEN.to_owned())
}

fn alternatives(all: impl Iterator<Item = String>) -> String {
    let all: BTreeSet<String> = all.collect();
    let all: Vec<String> = all.into_iter().collect();
    match all.as_slice() {
        [only] => only.clone(),
        _ => format!("({})", all.join("|")),
    }
}

/// The skeleton of the function `name`.
fn called(all: &[Definition<'_>], place: &Place<'_>, name: &str, depth: usize) -> Option<String> {
    followed(all, place, &[name.to_owned()], depth)
}

/// The skeleton of the constant or function at the path `parts`; `None` where several are nearest.
fn followed(
    all: &[Definition<'_>],
    place: &Place<'_>,
    parts: &[String],
    depth: usize,
) -> Option<String> {
    let name = parts.last()?;
    let owner = parts.len().checked_sub(2).and_then(|before| parts.get(before));
    let owner = owner.filter(|owner| owner.starts_with(char::is_uppercase));
    let owner = if owner.is_some_and(|owner| owner == "Self") {
        place.owner.clone()
    } else {
        owner.cloned()
    };
    let known: Vec<_> = all
        .iter()
        .filter(|definition| definition.name == *name && definition.owner == owner)
        .collect();
    let near = |is_near: &dyn Fn(&str) -> bool| -> Option<BTreeSet<String>> {
        let near = known.iter().filter(|definition| is_near(definition.file));
        let found: BTreeSet<_> = near
            .map(|definition| {
                let place = Place { file: definition.file, owner: definition.owner.clone() };
                skeleton(all, &place, definition.value, depth)
            })
            .collect();
        (!found.is_empty()).then_some(found)
    };
    let module = parts.len().checked_sub(2).and_then(|before| parts.get(before));
    let is_of_module = |file: &str| {
        module.is_some_and(|module| {
            file.ends_with(&format!("/{module}.rs")) || file.ends_with(&format!("/{module}/mod.rs"))
        })
    };
    let of_crate = |file: &str| file.split("/src/").next() == place.file.split("/src/").next();
    let found = near(&|file| file == place.file)
        .or_else(|| near(&|file| of_crate(file) && is_of_module(file)))
        .or_else(|| near(&of_crate))
        .or_else(|| near(&|_| true))?;
    let mut found = found.into_iter();
    found.next().filter(|_| found.next().is_none())
}

/// What `format!` makes: its text with the skeletons of its arguments; how a number is written
/// (`{:012}`) is part of what is stored.
fn formatted(used: &syn::Macro, skeleton: impl Fn(&Expr) -> String) -> Option<String> {
    let arguments = used.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated).ok()?;
    let mut arguments = arguments.iter();
    let Some(Expr::Lit(text)) = arguments.next() else { return None };
    let Lit::Str(text) = &text.lit else { return None };
    let (text, mut made) = (text.value(), String::new());
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once('{') {
        let (hole, behind) = behind.split_once('}')?;
        made.push_str(before);
        let (name, form) = hole.split_once(':').map_or((hole, ""), |(name, form)| (name, form));
        let value = if name.is_empty() {
            arguments.next().map(&skeleton)
        } else {
            syn::parse_str::<Expr>(name).ok().map(|name| skeleton(&name))
        };
        match value {
            Some(value) if value != OPEN => made.push_str(&value),
            _ if form.is_empty() => made.push_str(OPEN),
            _ => made.extend(["{:", form, "}"]),
        }
        rest = behind;
    }
    made.push_str(rest);
    Some(made)
}

#[cfg(test)]
mod tests;
