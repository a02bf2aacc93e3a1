//! The end of sessions as a part of another change.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{SessionId, UserId};
use selfsame_store::{Key, Store, StoreError};
use selfsame_web::Problem;

use super::events::EndReason;
use super::rule;
use super::start::{TOGETHER, ids};
use crate::Identity;
use crate::authentication::By;
use selfsame_users::records::Session;

/// Sessions to end, few enough for one commit.
pub(crate) struct EndSessions {
    user: UserId,
    ids: Vec<SessionId>,
    reason: EndReason,
}

impl EndSessions {
    /// All sessions of the user except `keep`. Where they don't fit into one commit, the oldest are
    /// ended at once, before it.
    pub(crate) async fn all_except(
        identity: &Identity,
        by: By<'_>,
        keep: Option<&SessionId>,
        reason: EndReason,
    ) -> Result<Self, Problem> {
        let (older, ids) = split_newest(others(&*identity.platform.store, by.user(), keep).await?);
        end_each(identity, by, &older, reason).await?;
        Ok(Self { user: by.user().clone(), ids, reason })
    }

    /// The newest sessions of `user` that fit into one commit. [`end_all_except`] ends the others.
    pub(crate) async fn of_newest(
        identity: &Identity,
        user: &UserId,
        reason: EndReason,
    ) -> Result<Self, StoreError> {
        let (_, ids) = split_newest(others(&*identity.platform.store, user, None).await?);
        Ok(Self { user: user.clone(), ids, reason })
    }

    /// What has to be loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.ids.iter().map(|id| Session::key(&self.user, id)).collect()
    }

    /// Ends them together with `changes`.
    pub(crate) fn end(&self, changes: Changes, loaded: &Loaded) -> Result<Changes, StoreError> {
        let end = |changes, id| rule::end_with(changes, loaded, &self.user, id, self.reason);
        self.ids.iter().try_fold(changes, end)
    }
}

/// Ends all sessions of the user except `keep`; returns how many.
pub(crate) async fn end_all_except(
    identity: &Identity,
    by: By<'_>,
    keep: Option<&SessionId>,
    reason: EndReason,
) -> Result<usize, Problem> {
    let others = others(&*identity.platform.store, by.user(), keep).await?;
    end_each(identity, by, &others, reason).await?;
    Ok(others.len())
}

/// Splits `ids` into the older ones and the newest that fit into one commit.
fn split_newest(mut ids: Vec<SessionId>) -> (Vec<SessionId>, Vec<SessionId>) {
    let newest = ids.split_off(ids.len().saturating_sub(TOGETHER));
    (ids, newest)
}

async fn others(
    store: &dyn Store,
    user: &UserId,
    keep: Option<&SessionId>,
) -> Result<Vec<SessionId>, StoreError> {
    let sessions = ids(store, user).await?.into_iter();
    Ok(sessions.filter(|id| keep != Some(id)).collect())
}

async fn end_each(
    identity: &Identity,
    by: By<'_>,
    ids: &[SessionId],
    reason: EndReason,
) -> Result<(), Problem> {
    for some in ids.chunks(TOGETHER) {
        let sessions = EndSessions { user: by.user().clone(), ids: some.to_vec(), reason };
        let decide = |loaded: &_| Ok::<_, Problem>((sessions.end(Changes::none(), loaded)?, ()));
        by.change(&identity.platform, &sessions.keys(), decide).await?;
    }
    Ok(())
}
