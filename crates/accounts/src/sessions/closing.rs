//! Sessions that end because of something else, as a part of that.

use selfsame_basics::{SessionId, UserId};
use selfsame_events::{Changes, Loaded, Origin};
use selfsame_items::{ItemStore, Key, StoreError};
use selfsame_web::Problem;

use super::facts::Ending;
use super::opening::{TOGETHER, all};
use super::record::Session;
use super::rule;
use crate::App;

/// Sessions that are about to end, few enough for one commit.
pub(crate) struct Closing {
    user: UserId,
    ids: Vec<SessionId>,
    reason: Ending,
}

impl Closing {
    /// All sessions of `user` but `keep`. Where there are more than fit into one commit, the oldest are ended here and now, because
    /// of whoever `origin` is.
    pub(crate) async fn of_others(
        app: &App,
        user: &UserId,
        keep: Option<&SessionId>,
        origin: &Origin,
        reason: Ending,
    ) -> Result<Self, Problem> {
        let mut ids = others(&*app.store, user, keep).await?;
        let newest = ids.split_off(ids.len().saturating_sub(TOGETHER));
        end_each(app, user, &ids, origin, reason).await?;
        Ok(Self { user: user.clone(), ids: newest, reason })
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

/// Ends all sessions of `user` but `keep`, and says how many.
pub(crate) async fn end_all_but(
    app: &App,
    user: &UserId,
    keep: Option<&SessionId>,
    origin: &Origin,
    reason: Ending,
) -> Result<usize, Problem> {
    let others = others(&*app.store, user, keep).await?;
    end_each(app, user, &others, origin, reason).await?;
    Ok(others.len())
}

async fn others(
    store: &dyn ItemStore,
    user: &UserId,
    keep: Option<&SessionId>,
) -> Result<Vec<SessionId>, StoreError> {
    let sessions = all(store, user).await?.into_iter().map(|session| session.id);
    Ok(sessions.filter(|id| keep != Some(id)).collect())
}

async fn end_each(
    app: &App,
    user: &UserId,
    ids: &[SessionId],
    origin: &Origin,
    reason: Ending,
) -> Result<(), Problem> {
    for some in ids.chunks(TOGETHER) {
        let closing = Closing { user: user.clone(), ids: some.to_vec(), reason };
        let decide = |loaded: &_| closing.end(Changes::none(), loaded).map(|changes| (changes, ()));
        app.journal.change(user, &closing.keys(), origin, decide).await.map_err(Problem::from)?;
    }
    Ok(())
}
