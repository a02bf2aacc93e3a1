//! Works for the members of a roster: a task for each, which begins and ends with its membership.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use selfsame_store::StoreError;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::delivery_worker::DeliveryWorker;
use crate::supervision::{Supervisor, idle};
use crate::{EventHandler, Journal, SubscriptionSource};

/// How often the roster is read when nobody said that it has changed: other nodes can't tell.
const READ_EVERY: Duration = Duration::from_secs(2);
/// How often a member looks for what is due again. It is woken for what is new, so this is only for
/// what is tried again and for what another process has left; there may be many members, and each
/// look is a read of every shard.
const POLL: Duration = Duration::from_secs(2);

pub(crate) struct HandlerSupervisor {
    journal: Arc<Journal>,
    roster: Arc<dyn SubscriptionSource>,
    supervisor: Arc<Supervisor>,
    tasks: JoinSet<()>,
    /// What ends the task of each member.
    ends: HashMap<String, watch::Sender<bool>>,
}

impl HandlerSupervisor {
    pub(crate) fn new(
        journal: &Arc<Journal>,
        roster: &Arc<dyn SubscriptionSource>,
        supervisor: &Arc<Supervisor>,
    ) -> Self {
        Self {
            journal: Arc::clone(journal),
            roster: Arc::clone(roster),
            supervisor: Arc::clone(supervisor),
            tasks: JoinSet::new(),
            ends: HashMap::new(),
        }
    }

    /// Works until `stop` turns true, and until all members have finished what they were at.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let changed = self.roster.changed();
        while !*stop.borrow() {
            let woken = changed.notified();
            if let Err(error) = self.read().await {
                tracing::warn!(%error, "the members of a roster can't be read; it is tried again");
            }
            let wait = async {
                tokio::select! {
                    () = woken => {}
                    () = tokio::time::sleep(READ_EVERY) => {}
                    _ = stop.changed() => {}
                }
            };
            idle(wait).await;
        }
        self.ends.values().for_each(|end| {
            end.send_replace(true);
        });
        idle(async { while self.tasks.join_next().await.is_some() {} }).await;
    }

    async fn read(&mut self) -> Result<(), StoreError> {
        let members = self.roster.members().await?;
        let journal = &self.journal;
        self.ends.retain(|name, end| {
            let stays = members.iter().any(|member| member.name() == name);
            if !stays {
                end.send_replace(true);
                journal.wakes.forget(name);
            }
            stays
        });
        while self.tasks.try_join_next().is_some() {}
        for member in members {
            if !self.ends.contains_key(member.name()) {
                self.begin(member);
            }
        }
        Ok(())
    }

    fn begin(&mut self, member: Arc<dyn EventHandler>) {
        let (end, ended) = watch::channel(false);
        self.ends.insert(member.name().to_owned(), end);
        let worker = DeliveryWorker::new(Arc::clone(&self.journal), member);
        self.tasks.spawn(worker.run(Arc::clone(&self.supervisor), POLL, ended));
    }
}
