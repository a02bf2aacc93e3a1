//! What mails look like: one layout in HTML and one in text, with the words of five languages.
//!
//! Operators may put files into a folder to have another look or other words for one kind of mail. Whatever is broken there is
//! logged, and the built-in form is used.

mod kind;
mod overrides;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;

pub use kind::{Circumstances, Finding, KINDS, Template};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use selfsame_basics::Locale;
use serde_json::{Value, json};
use thiserror::Error;

use self::overrides::{Overrides, Part};
use self::words::words;

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
        let subject = context["subject"].as_str().unwrap_or_default().to_owned();
        let part = |part: Part, built_in| self.part(template, locale, part, built_in, &context);
        let subject = match self.overridden(template, locale, Part::Subject, &context) {
            Some(subject) => subject,
            None => subject,
        };
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
        context: &Value,
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
        context: &Value,
    ) -> Option<String> {
        let (name, source) = self.overrides.find(template.kind(), language_code(locale), part)?;
        let filled = self.fill(part.engine_name(), source, context);
        filled.inspect_err(|error| tracing::warn!(name, %error, "the built-in form is used instead")).ok()
    }

    fn fill(&self, name: &str, source: &str, context: &Value) -> Result<String, BrokenTemplate> {
        Ok(self.engine.render_named_str(name, source, minijinja::value::Serde(context))?)
    }

    /// Everything that layouts may show. The words themselves are filled in first, as plain text.
    fn context(&self, template: &Template, locale: Locale) -> Result<Value, BrokenTemplate> {
        let words = words(locale);
        let mut values = template.values();
        values["service"] = json!(self.service);
        if let Some(finding) = values["finding"].as_str() {
            values["finding"] = words["findings"][finding].clone();
        }
        let say = |words: &Value| self.fill("words", words.as_str().unwrap_or_default(), &values);
        let (own, frame) = (&words[template.kind()], &words["frame"]);
        let body: Result<Vec<_>, _> = own["body"].as_array().into_iter().flatten().map(say).collect();
        let button = template.link().map(|url| {
            Ok::<_, BrokenTemplate>(
                json!({"url": url, "label": say(&own["button"])?, "otherwise": say(&frame["otherwise"])?}),
            )
        });
        let details = template.details();
        let details = details.iter().map(|(name, value)| json!({"label": frame[*name], "value": value}));
        Ok(json!({
            "language": language_code(locale),
            "service": self.service,
            "subject": say(&own["subject"])?,
            "heading": say(&own["heading"])?,
            "body": body?,
            "code": template.code(),
            "details": details.collect::<Vec<_>>(),
            "button": button.transpose()?,
            "note": say(&own["note"])?,
            "footer": say(&frame["footer"])?,
        }))
    }
}
