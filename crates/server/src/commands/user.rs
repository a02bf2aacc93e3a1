//! `user`, for operators.

use std::io::{Read as _, Write as _};

use clap::Subcommand;
use selfsame_app::App;
use selfsame_events::Origin;
use selfsame_identity::actor::Actor;
use selfsame_identity::administrators::set_administrator;
use selfsame_identity::suspension::{self, SuspendRequest, Suspension, SuspensionView};
use selfsame_primitives::{EmailAddress, UserId, Username, base64url};
use selfsame_store::{Key, Store, StoreError, decode};
use selfsame_users::{records::Account, records::Claim};
use selfsame_web::Problem;
use serde_json::{Value, json};

use super::local::Local;
use super::say;
use crate::failure::Failure;
use crate::wiring::{Beginning, Installation};

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
    /// Make a user an administrator: somebody who manages webhooks and what else is not of one
    /// user.
    Promote {
        /// Id, email address or username.
        user: String,
    },
    /// Make an administrator an ordinary user again, at once.
    Demote {
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
    /// Whether the command may begin a store.
    pub(super) const fn beginning(&self) -> Beginning {
        match self {
            Self::Create { .. } => Beginning::Allowed,
            Self::Show { .. }
            | Self::Suspend { .. }
            | Self::Reinstate { .. }
            | Self::Promote { .. }
            | Self::Demote { .. }
            | Self::List { .. } => Beginning::Refused,
        }
    }

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
                report(&suspension::suspend(&local.app.identity, &id, &request, &operator()).await)
            }
            Self::Reinstate { user } => {
                let (local, id) = found(&installation, &user).await?;
                report(&suspension::reinstate(&local.app.identity, &id, &operator()).await)
            }
            Self::Promote { user } => appoint_user(&installation, &user, true).await,
            Self::Demote { user } => appoint_user(&installation, &user, false).await,
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
        fields.extend(
            given
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?)))),
        );
    }
    let local = Local::new(installation)?;
    local.post("/auth/register", &body).await?;
    let email = EmailAddress::parse(email).map_err(|error| Failure::Said(error.to_string()))?;
    let id = claimed(&*local.app.platform.store, &local.app.users.email_claim(&email)).await?;
    let id = id.ok_or_else(|| Failure::Said("the user was made, but can't be found".into()))?;
    // Its output may fail, and then no user could sign in.
    if made_up {
        say::secret(format_args!("The password, which is shown only now: {password}"))?;
    }
    Ok(writeln!(std::io::stdout().lock(), "{id}")?)
}

pub(super) async fn claimed(store: &dyn Store, claim: &Key) -> Result<Option<UserId>, StoreError> {
    let item = store.get(claim).await?;
    Ok(item.map(|item| decode::<Claim>(&item.body)).transpose()?.map(|claim| claim.user_id))
}

async fn find(app: &App, text: &str) -> Result<Option<UserId>, Failure> {
    if let Ok(email) = EmailAddress::sought(text) {
        let is_theirs = |account: &Account| {
            account.email.as_ref().is_some_and(|own| own.canonical() == email.canonical())
        };
        if let Some(id) = claimant(app, &app.users.email_claim(&email), is_theirs).await? {
            return Ok(Some(id));
        }
    }
    if let Ok(id) = UserId::parse(text)
        && app.users.cache.get(&id).await?.is_some()
    {
        return Ok(Some(id));
    }
    let Ok(username) = Username::sought(text) else { return Ok(None) };
    let is_theirs =
        |account: &Account| account.username.as_ref().is_some_and(|own| own.is_same(&username));
    claimant(app, &Claim::username_key(&username.skeleton()), is_theirs).await
}

/// The user of the claim at `key`, if it is on their present address or name: a former one stays
/// reserved for a while, and finds no user.
async fn claimant(
    app: &App,
    key: &Key,
    is_theirs: impl Fn(&Account) -> bool,
) -> Result<Option<UserId>, Failure> {
    let Some(id) = claimed(&*app.platform.store, key).await? else { return Ok(None) };
    let person = app.users.cache.get(&id).await?;
    Ok(person.filter(|person| is_theirs(&person.account)).map(|_| id))
}

fn unknown_user(text: &str) -> Failure {
    Failure::Said(format!("there is no user {text}"))
}

async fn found(installation: &Installation, text: &str) -> Result<(Local, UserId), Failure> {
    let local = Local::new(installation)?;
    let id = find(&local.app, text).await?.ok_or_else(|| unknown_user(text))?;
    Ok((local, id))
}

/// The operator at the command line.
fn operator() -> Actor {
    Actor::new("operator", Origin::default())
}

fn report(standing: &Result<SuspensionView, Problem>) -> Result<(), Failure> {
    let standing = standing.as_ref().map_err(|problem| Failure::Said(problem.in_words()))?;
    Ok(writeln!(std::io::stdout().lock(), "{:#}", json!(standing))?)
}

async fn show(installation: &Installation, text: &str) -> Result<(), Failure> {
    let (local, id) = found(installation, text).await?;
    let person = local.app.users.cache.get(&id).await?.ok_or_else(|| unknown_user(text))?;
    let suspension = local.app.platform.store.get(&Suspension::key(&id)).await?;
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

async fn appoint_user(
    installation: &Installation,
    text: &str,
    administrator: bool,
) -> Result<(), Failure> {
    let local = Local::new(installation)?;
    let found = find(&local.app, text).await?;
    let id = found.ok_or_else(|| Failure::Said(format!("there is no user {text}")))?;
    set_administrator(&local.app.identity, &id, administrator)
        .await
        .map_err(|problem| Failure::Said(problem.in_words()))?;
    let role = if administrator { "an administrator" } else { "no administrator" };
    Ok(writeln!(std::io::stdout().lock(), "{id} is {role}")?)
}

async fn list(installation: &Installation, limit: usize) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let (mut after, mut remaining) = (None, limit);
    while remaining > 0 {
        let page = installation.store.maintenance.scan("user/", after.as_ref()).await?;
        for item in page.items.iter().filter(|item| item.key.sort == "account").take(remaining) {
            let account: Account = decode(&item.body).map_err(StoreError::from)?;
            writeln!(out, "{}", line(&item.key, &account))?;
            remaining -= 1;
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use selfsame_store::{Guard, Write};
    use selfsame_testbed::Testbed;

    use super::*;

    async fn found(bed: &Testbed, text: &str) -> Option<String> {
        find(&bed.app, text).await.unwrap().map(|id| id.to_string())
    }

    #[tokio::test]
    async fn an_address_or_name_that_would_be_refused_today_finds_its_user() {
        let bed = Testbed::new();
        let ada = bed.register("ada").await;
        let id = UserId::parse(&ada.id).unwrap();
        let item = bed.store.get(&Account::key(&id)).await.unwrap().unwrap();
        let account = String::from_utf8(item.body.to_vec()).unwrap();
        let of_old =
            account.replace("\"ada\"", "\"admin\"").replace("ada@example.org", "ada@localhost");
        let email = EmailAddress::sought("ada@localhost").unwrap();
        let claim = selfsame_store::encode(&Claim::of(id.clone()));
        let claims = bed.app.users.username_claims(&Username::sought("admin").unwrap()).into_iter();
        let claims = claims.chain([bed.app.users.email_claim(&email)]);
        let mut writes: Vec<_> =
            claims.map(|key| Write::put(key, Guard::Any, claim.clone())).collect();
        writes.push(Write::put(Account::key(&id), Guard::Any, of_old.into_bytes()));
        bed.app.platform.journal.commit(writes).await.unwrap();
        for of_old in ["admin", "ADMIN", "ada@localhost"] {
            assert_eq!(found(&bed, of_old).await.as_ref(), Some(&ada.id), "{of_old}");
        }
    }

    #[tokio::test]
    async fn a_former_address_or_name_finds_no_user_while_it_is_reserved() {
        let bed = Testbed::new();
        let ada = bed.register("ada").await;
        for present in ["ada@example.org", "ADA@example.org", "ada", &ada.id] {
            assert_eq!(found(&bed, present).await.as_ref(), Some(&ada.id), "{present}");
        }
        let new = "new@example.org";
        bed.post("/auth/profile/email/initiate", &json!({"newEmail": new}))
            .by(&ada)
            .send()
            .await
            .expect(200);
        bed.app.mail.drain().await.unwrap();
        let mails = bed.get(&format!("/dev/mail/messages?to={new}")).send().await.json();
        let code = mails[0]["text"]
            .as_str()
            .unwrap()
            .lines()
            .find(|line| line.starts_with("    "))
            .unwrap();
        let body = json!({"newEmail": new, "otp": code});
        bed.post("/auth/profile/email/complete", &body).by(&ada).send().await.expect(200);
        bed.put("/auth/profile/username", &json!({"username": "countess"}))
            .by(&ada)
            .send()
            .await
            .expect(200);
        bed.clock.advance(Duration::from_secs(1));
        for former in ["ada@example.org", "ada"] {
            assert_eq!(found(&bed, former).await, None, "{former}");
        }
        for present in [new, "countess", &ada.id] {
            assert_eq!(found(&bed, present).await.as_ref(), Some(&ada.id), "{present}");
        }
        bed.events().await;
    }
}
