//! Users, for administrators.

use std::io::{Read as _, Write as _};

use clap::Subcommand;
use selfsame_accounts::service::suspend::{self, SuspendRequest};
use selfsame_accounts::service::{Asker, Standing, Suspension, reinstate};
use selfsame_accounts::{Account, Claim};
use selfsame_basics::{EmailAddress, UserId, Username, base64url};
use selfsame_events::Origin;
use selfsame_items::{ItemStore, Key, StoreError, decode};
use selfsame_web::Problem;
use serde_json::{Value, json};

use super::local::Local;
use crate::failure::Failure;
use crate::wiring::Installation;

/// What to do with users.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make a user. Without --password-stdin a password is made up and shown.
    Create {
        /// Where mail goes.
        #[arg(long)]
        email: String,
        /// The name that others find the user by.
        #[arg(long)]
        username: Option<String>,
        /// What the user is called.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Read the password from the first line of standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Show a user: everything but the password.
    Show {
        /// Id, email address or username.
        user: String,
    },
    /// Stop an account: its sessions end at once, and nobody sees it.
    Suspend {
        /// Id, email address or username.
        user: String,
        /// Why, for those who decide about it.
        #[arg(long)]
        reason: String,
    },
    /// Let an account that was stopped work again.
    Reinstate {
        /// Id, email address or username.
        user: String,
    },
    /// List users, in no particular order.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
}

impl User {
    pub(super) async fn run(self, installation: Installation) -> Result<(), Failure> {
        match self {
            Self::Create { email, username, name, password_stdin } => {
                let password = if password_stdin { Some(first_line()?) } else { None };
                create(&installation, &email, username, name, password).await
            }
            Self::Show { user } => show(&installation, &user).await,
            Self::Suspend { user, reason } => {
                let (local, id) = found(&installation, &user).await?;
                let request = SuspendRequest { reason };
                tell(&suspend::apply(&local.app, &id, &request, &operator()).await)
            }
            Self::Reinstate { user } => {
                let (local, id) = found(&installation, &user).await?;
                tell(&reinstate::apply(&local.app, &id, &operator()).await)
            }
            Self::List { limit } => list(&installation, limit).await,
        }
    }
}

fn first_line() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().take(4096).read_to_string(&mut text);
    read.map_err(|error| Failure::System { what: "can't read the password".into(), error })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        Err(Failure::Said("there is no password on standard input".into()))
    } else {
        Ok(line.to_owned())
    }
}

async fn create(
    installation: &Installation,
    email: &str,
    username: Option<String>,
    name: Option<String>,
    password: Option<String>,
) -> Result<(), Failure> {
    let made_up = password.is_none();
    let password = password.unwrap_or_else(|| base64url(installation.random.bytes::<18>()));
    let mut body = json!({"email": email, "password": password});
    if let Some(fields) = body.as_object_mut() {
        let given = [("username", username), ("displayName", name)];
        fields
            .extend(given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?)))));
    }
    let local = Local::new(installation)?;
    local.post("/auth/register", &body).await?;
    let email = EmailAddress::parse(email).map_err(|error| Failure::Said(error.to_string()))?;
    let id = claimed(&*local.app.store, &local.app.email_claim(&email)).await?;
    let id = id.ok_or_else(|| Failure::Said("the user was made, but can't be found".into()))?;
    writeln!(std::io::stdout().lock(), "{id}")?;
    if made_up {
        eprintln!("The password, which is shown only now: {password}");
    }
    Ok(())
}

pub(super) async fn claimed(store: &dyn ItemStore, claim: &Key) -> Result<Option<UserId>, StoreError> {
    let item = store.get(claim).await?;
    Ok(item.map(|item| decode::<Claim>(&item.body)).transpose()?.map(|claim| claim.user_id))
}

async fn find(local: &Local, text: &str) -> Result<Option<UserId>, Failure> {
    let app = &local.app;
    if let Ok(email) = EmailAddress::parse(text) {
        return Ok(claimed(&*app.store, &app.email_claim(&email)).await?);
    }
    if let Ok(id) = UserId::parse(text)
        && app.people.get(&id).await?.is_some()
    {
        return Ok(Some(id));
    }
    let Ok(username) = Username::parse(text) else { return Ok(None) };
    let claims = app.username_claims(&username);
    let Some(claim) = claims.first() else { return Ok(None) };
    Ok(claimed(&*app.store, claim).await?)
}

fn nobody(text: &str) -> Failure {
    Failure::Said(format!("there is no user {text}"))
}

async fn found(installation: &Installation, text: &str) -> Result<(Local, UserId), Failure> {
    let local = Local::new(installation)?;
    let id = find(&local, text).await?.ok_or_else(|| nobody(text))?;
    Ok((local, id))
}

/// Whoever sits at the command line.
fn operator() -> Asker {
    Asker { service: "operator".into(), origin: Origin::default() }
}

fn tell(standing: &Result<Standing, Problem>) -> Result<(), Failure> {
    let standing = standing.as_ref().map_err(|problem| Failure::Said(problem.detail.clone()))?;
    Ok(writeln!(std::io::stdout().lock(), "{:#}", json!(standing))?)
}

async fn show(installation: &Installation, text: &str) -> Result<(), Failure> {
    let (local, id) = found(installation, text).await?;
    let person = local.app.people.get(&id).await?.ok_or_else(|| nobody(text))?;
    let suspension = local.app.store.get(&Suspension::key(&id)).await?;
    let suspension = suspension.map(|item| decode::<Suspension>(&item.body)).transpose();
    let mut account = serde_json::to_value(&person.account).unwrap_or_default();
    if let Some(fields) = account.as_object_mut() {
        let has_password = fields.remove("password").is_some_and(|hash| !hash.is_null());
        fields.insert("hasPassword".into(), has_password.into());
    }
    let shown = json!({
        "userId": id,
        "status": person.status,
        "suspension": suspension.map_err(StoreError::from)?,
        "account": account,
        "profile": person.profile,
        "stats": person.stats,
        "presence": person.presence,
    });
    Ok(writeln!(std::io::stdout().lock(), "{shown:#}")?)
}

async fn list(installation: &Installation, limit: usize) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let (mut after, mut left) = (None, limit);
    while left > 0 {
        let page = installation.store.chores.scan("user/", after.as_ref()).await?;
        for item in page.items.iter().filter(|item| item.key.sort == "account").take(left) {
            let account: Account = decode(&item.body).map_err(StoreError::from)?;
            writeln!(out, "{}", line(&item.key, &account))?;
            left -= 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

fn line(key: &Key, account: &Account) -> String {
    let id = key.partition.trim_start_matches("user/");
    let email = account.email.as_ref().map_or("-", EmailAddress::as_str);
    let username = account.username.as_ref().map_or("-", Username::as_str);
    format!("{id}  {}  {username}  {email}", account.created_at)
}
