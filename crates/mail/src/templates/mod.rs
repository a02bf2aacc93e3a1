//! Rendering of mails: one layout in HTML and one in text, with texts in five languages.
//!
//! Operators may put files into a folder to change the layout or the texts of one kind of mail. A
//! broken file is logged, and the built-in form is used.

mod kind;
mod overrides;
#[cfg(test)]
mod tests;
mod texts;

use std::path::Path;

pub use kind::{AlertDetails, Circumstances, KINDS, Template};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use selfsame_primitives::Locale;
use serde::Serialize;
use serde_json::json;
use thiserror::Error;

use self::overrides::{Overrides, Part};
use self::texts::words;

/// The languages of mails.
pub const LANGUAGES: &[Locale] = &[Locale::En, Locale::Es, Locale::Fr, Locale::De, Locale::Ja];

const HTML: &str = include_str!("../../templates/layout.html");
const TEXT: &str = include_str!("../../templates/layout.txt");

/// The code of a language (ISO 639-1).
#[must_use]
pub const fn language_code(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "en",
        Locale::Es => "es",
        Locale::Fr => "fr",
        Locale::De => "de",
        Locale::Ja => "ja",
    }
}

/// A template that can't be filled in.
#[derive(Debug, Error)]
#[error("a template is broken: {0}")]
pub struct BrokenTemplate(String);

impl From<minijinja::Error> for BrokenTemplate {
    fn from(error: minijinja::Error) -> Self {
        Self(error.to_string())
    }
}

/// A mail as its reader gets it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// For the others.
    pub html: String,
}

/// Fills in templates.
#[derive(Debug)]
pub struct Templates {
    engine: Environment<'static>,
    service: String,
    overrides: Overrides,
}

impl Templates {
    /// The built-in templates, for a service that calls itself `service`.
    #[must_use]
    pub fn built_in(service: &str) -> Self {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_auto_escape_callback(|name| match name {
            "html" => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        Self { engine, service: service.to_owned(), overrides: Overrides::default() }
    }

    /// The same, but that the templates in `folder` go before the built-in ones.
    pub fn with_overrides(self, folder: &Path) -> std::io::Result<Self> {
        Ok(Self { overrides: Overrides::read(folder)?, ..self })
    }

    /// The mail for `template` in the language `locale`.
    pub fn render(&self, template: &Template, locale: Locale) -> Result<Rendered, BrokenTemplate> {
        let context = self.context(template, locale)?;
        let part = |part: Part, built_in| self.part(template, locale, part, built_in, &context);
        let subject = self.overridden(template, locale, Part::Subject, &context);
        let subject = subject.unwrap_or_else(|| context.subject.clone());
        Ok(Rendered {
            // A line break would begin another header.
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: part(Part::Text, TEXT)?,
            html: part(Part::Html, HTML)?,
        })
    }

    fn part(
        &self,
        template: &Template,
        locale: Locale,
        part: Part,
        built_in: &str,
        context: &Context,
    ) -> Result<String, BrokenTemplate> {
        match self.overridden(template, locale, part, context) {
            Some(text) => Ok(text),
            None => self.fill(part.engine_name(), built_in, context),
        }
    }

    /// The operator's own form, where there is one and it can be filled in.
    fn overridden(
        &self,
        template: &Template,
        locale: Locale,
        part: Part,
        context: &Context,
    ) -> Option<String> {
        let (name, source) = self.overrides.find(template.kind(), language_code(locale), part)?;
        let filled = self.fill(part.engine_name(), source, context);
        filled
            .inspect_err(|error| tracing::warn!(name, %error, "the built-in form is used instead"))
            .ok()
    }

    fn fill(
        &self,
        name: &str,
        source: &str,
        context: &impl Serialize,
    ) -> Result<String, BrokenTemplate> {
        Ok(self.engine.render_named_str(name, source, minijinja::value::Serde(context))?)
    }

    /// Everything that layouts may show. The words themselves are filled in first, as plain text.
    fn context(&self, template: &Template, locale: Locale) -> Result<Context, BrokenTemplate> {
        let words = words(locale);
        let kind = template.kind();
        let own =
            words.kinds.get(kind).ok_or_else(|| BrokenTemplate(format!("{kind} has no words")))?;
        let finding = template.finding().and_then(|name| words.findings.get(name));
        let values = json!({"service": self.service, "minutes": template.code_minutes(), "finding": finding});
        let say = |words: &str| self.fill("words", words, &values);
        let frame = |name: &str| words.frame.get(name).map(String::as_str).unwrap_or_default();
        let button = |url: &str| {
            let (label, otherwise) = (say(&own.button)?, say(frame("otherwise"))?);
            Ok::<_, BrokenTemplate>(Button { url: url.to_owned(), label, otherwise })
        };
        let detail = |(name, value)| Detail { label: frame(name).to_owned(), value };
        Ok(Context {
            language: language_code(locale),
            service: self.service.clone(),
            subject: say(&own.subject)?,
            heading: say(&own.heading)?,
            body: own.body.iter().map(|paragraph| say(paragraph)).collect::<Result<_, _>>()?,
            code: template.code().map(str::to_owned),
            details: template.details().into_iter().map(detail).collect(),
            button: template.link().map(button).transpose()?,
            note: say(&own.note)?,
            footer: say(frame("footer"))?,
        })
    }
}

/// What layouts may show.
#[derive(Serialize)]
struct Context {
    language: &'static str,
    service: String,
    subject: String,
    heading: String,
    body: Vec<String>,
    code: Option<String>,
    details: Vec<Detail>,
    button: Option<Button>,
    note: String,
    footer: String,
}

#[derive(Serialize)]
struct Detail {
    label: String,
    value: String,
}

#[derive(Serialize)]
struct Button {
    url: String,
    label: String,
    otherwise: String,
}
