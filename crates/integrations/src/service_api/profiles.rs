//! Batches of profiles: names and pictures for chats and posts.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;
use schemars::JsonSchema;
use selfsame_events::Status;
use selfsame_primitives::{InvalidId, UserId};
use selfsame_store::StoreError;
use selfsame_web::{Fault, FieldChecks, FieldErrors, Fields, Problem};
use serde::{Deserialize, Serialize};

use crate::Integrations;
use selfsame_profiles::{
    primary_profile::PublicProfile, primary_profile::activity, primary_profile::public,
};
use selfsame_users::user_cache::UserSnapshot;
use selfsame_users::visibility::Audience;

/// Most profiles of one request.
const MOST: usize = 100;

/// What is asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BatchRequest {
    /// Whose profiles.
    #[schemars(length(min = 1, max = 100))]
    user_ids: Vec<String>,
    /// Who will look at them: `public` (as without this), `authenticated`, or the id of the user.
    #[serde(default)]
    viewer: Option<String>,
}

impl BatchRequest {
    fn checked(&self) -> Result<(BatchViewer, Vec<UserId>), Problem> {
        let mut faults = FieldErrors::default();
        match self.user_ids.len() {
            0 => faults.add("/userIds", Fault::TooFew { min: 1 }),
            1..=MOST => {}
            _ => faults.add("/userIds", Fault::TooMany { max: MOST }),
        }
        let mut ids = Vec::with_capacity(self.user_ids.len().min(MOST));
        for (index, id) in self.user_ids.iter().take(MOST).enumerate() {
            ids.extend(faults.check(&format!("/userIds/{index}"), UserId::parse(id)));
        }
        let viewer = faults
            .check("/viewer", BatchViewer::parse(self.viewer.as_deref()))
            .unwrap_or(BatchViewer::Public);
        faults.or((viewer, ids))
    }
}

impl<S> FieldChecks<S> for BatchRequest {
    fn check(_: &S, fields: &Fields<'_>, faults: &mut FieldErrors) {
        let request = Self {
            user_ids: fields.get("userIds").unwrap_or_default(),
            viewer: fields.get("viewer"),
        };
        faults.join(request.checked());
    }
}

/// The viewer of a batch.
enum BatchViewer {
    Public,
    SignedIn,
    User(UserId),
}

impl BatchViewer {
    fn parse(text: Option<&str>) -> Result<Self, InvalidId> {
        match text {
            None | Some("public") => Ok(Self::Public),
            Some("authenticated") => Ok(Self::SignedIn),
            Some(id) => UserId::parse(id).map(Self::User),
        }
    }

    fn audience(&self, user: &UserId) -> Audience {
        match self {
            Self::Public => Audience::Public,
            Self::User(id) if id == user => Audience::Owner,
            Self::SignedIn | Self::User(_) => Audience::Authenticated,
        }
    }
}

/// Profiles by the ids of their users; those that others may not know of are absent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Profiles<'p> {
    /// What the viewer may see of each.
    pub profiles: BTreeMap<&'p str, PublicProfile<'p>>,
}

/// The requested users, and the audience of the viewer for each.
pub(super) struct Batch {
    users: Vec<Arc<UserSnapshot>>,
    viewer: BatchViewer,
}

impl Batch {
    pub(super) async fn load(
        integrations: &Integrations,
        request: &BatchRequest,
    ) -> Result<Self, Problem> {
        let (viewer, ids) = request.checked()?;
        let found: Result<Vec<_>, StoreError> =
            try_join_all(ids.iter().map(|id| integrations.users.cache.get(id))).await;
        let is_there = |person: &Arc<UserSnapshot>| person.status == Status::Active;
        Ok(Self { users: found?.into_iter().flatten().filter(is_there).collect(), viewer })
    }

    pub(super) fn view<'p>(&'p self, integrations: &Integrations) -> Profiles<'p> {
        let now = integrations.platform.now();
        let view = |person: &'p Arc<UserSnapshot>| {
            let (status, _) = activity(&person.presence, now);
            let audience = self.viewer.audience(&person.user_id);
            (person.user_id.as_str(), public(&integrations.platform.urls, person, audience, status))
        };
        Profiles { profiles: self.users.iter().map(view).collect() }
    }
}
