//! `POST /auth/register`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use selfsame_basics::{EmailAddress, Secret, UserId, Username, clean_line};
use selfsame_items::StoreError;
use selfsame_web::{Access, Client, Code, Json, Problem, Route};
use serde::Deserialize;
use serde_json::json;

use super::rule::{self, NAMELESS, Newcomer};
use crate::App;
use crate::sessions::{self, Delivery, Grant, Opening};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Register {
    /// Where mail goes; one account for each.
    email: EmailAddress,
    /// 15 to 128 characters, not easy to guess.
    password: Secret,
    /// The name others find one by.
    username: Option<Username>,
    /// What one is called, 1 to 50 characters; the username unless given.
    display_name: Option<String>,
    /// What the device is called; its `User-Agent` unless given.
    device_name: Option<String>,
    /// `cookie` has the refresh token set as a cookie, for pages of this site.
    #[serde(default)]
    session: Delivery,
}

impl Register {
    /// What the person is called. Never made from the email address, since others see it.
    fn display_name(&self) -> Result<String, Problem> {
        let given = self.display_name.as_deref().map(|name| clean_line(name, 50)).transpose();
        let given = given.map_err(|problem| Problem::field("/displayName", problem.to_string()))?;
        let username = || self.username.as_ref().map(|name| name.as_str().to_owned());
        Ok(given.or_else(username).unwrap_or_else(|| NAMELESS.to_owned()))
    }

    /// The hash of the password, if the rules take it.
    async fn password(&self, app: &App) -> Result<String, Problem> {
        let email = self.email.as_str();
        let local = email.split('@').next().unwrap_or_default();
        let names = [self.username.as_ref().map(Username::as_str), self.display_name.as_deref()];
        let own: Vec<&str> = [email, local].into_iter().chain(names.into_iter().flatten()).collect();
        app.passwords.accept(&self.password, &own).await
    }

    async fn into_newcomer(self, app: &App) -> Result<Newcomer, Problem> {
        let display_name = self.display_name()?;
        Ok(Newcomer {
            user: UserId::generate(app.now(), &*app.random),
            password: self.password(app).await?,
            email_claim: app.email_claim(&self.email),
            username_claims: self.username.as_ref().map(|name| app.username_claims(name)).unwrap_or_default(),
            email: self.email,
            username: self.username,
            display_name,
        })
    }
}

async fn register(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    Json(mut request): Json<Register>,
) -> Result<Response, Problem> {
    sessions::check_delivery(&app, request.session, &headers)?;
    let (device, delivery) = (request.device_name.take(), request.session);
    let new = request.into_newcomer(&app).await?;
    let opening = Opening::first(&app, &new.user, &client, device.as_deref(), delivery)?;
    let keys = [new.keys(), opening.keys()].concat();
    let origin = client.origin(Some(&opening.session.id));
    app.journal.change(&new.user, &keys, &origin, |loaded| rule::register(loaded, &new, &opening)).await?;
    sessions::grant(&app, &new.user, &opening.session, StatusCode::CREATED).await
}

/// Makes `user` known, whom another issuer has signed in.
pub(crate) async fn admit(app: &App, user: &UserId, issuer: &str, client: &Client) -> Result<(), Problem> {
    let keys = [crate::Account::key(user)];
    let origin = client.origin(None);
    Ok(app
        .journal
        .change(user, &keys, &origin, |loaded| Ok::<_, StoreError>((rule::admit(loaded, user, issuer), ())))
        .await?)
}

pub(super) fn routes() -> Vec<Route<Arc<App>>> {
    vec![
        Route::post("/auth/register", "Become a user", register)
            .describe("Makes an account and signs in.")
            .access(Access::Public)
            .takes::<Register>(json!({
                "email": "ada@example.org",
                "password": "notes on the analytical engine",
                "username": "ada.lovelace",
                "displayName": "Ada Lovelace"
            }))
            .answers::<Grant>(201, "The account is there and signed in.", sessions::example())
            .problems(&[Code::EmailTaken, Code::UsernameTaken, Code::Forbidden]),
    ]
}
