//! The mail provider.

use std::sync::Arc;

use selfsame_mail::{Inbox, Provider, ResendAccount, Sender, Templates};
use selfsame_mail_queue::MailAdapters;
use selfsame_primitives::Random;
use selfsame_store::Store;

use crate::failure::Failure;
use crate::settings::{MailProvider, Settings};

/// The name of the service in mails unless `email.from` has one.
const SERVICE: &str = "Selfsame";
/// The sender of mails in the development inbox.
const DEFAULT_SENDER: &str = "no-reply@selfsame.example";

/// The provider in the settings, and the development inbox in `store`.
pub fn connect(
    settings: &Settings,
    store: Arc<dyn Store>,
    random: Arc<dyn Random>,
) -> Result<MailAdapters, Failure> {
    let default_sender = || Sender::parse(DEFAULT_SENDER, SERVICE);
    let sender = settings.email_from.clone().or_else(default_sender);
    let sender = sender.ok_or_else(|| Failure::Said("nobody sends the mails".into()))?;
    let templates = Templates::built_in(&sender.name);
    let templates = match &settings.email_templates {
        Some(folder) => templates
            .with_overrides(folder)
            .map_err(Failure::at("read the mail templates in", folder))?,
        None => templates,
    };
    let inbox = Arc::new(Inbox::new(store, random));
    let mailer = selfsame_mail::connect(&provider(settings), sender, &inbox)
        .map_err(|error| Failure::Said(error.to_string()))?;
    Ok(MailAdapters { mailer, inbox, templates: Arc::new(templates) })
}

/// The rules of the settings ensure that everything a provider needs is set.
fn provider(settings: &Settings) -> Provider {
    match settings.email_provider {
        MailProvider::Inbox => Provider::Inbox,
        MailProvider::Smtp => Provider::Smtp(settings.smtp_url.clone().unwrap_or_default()),
        MailProvider::Resend => Provider::Resend(ResendAccount {
            url: settings.resend_url.as_str().to_owned(),
            key: settings.resend_api_key.clone().unwrap_or_default(),
        }),
    }
}
