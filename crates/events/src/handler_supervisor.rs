//! Runs a delivery worker for each member of a [`SubscriptionSource`], from when it appears until
//! it is gone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use selfsame_store::StoreError;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::delivery_worker::DeliveryWorker;
use crate::supervision::{Supervisor, idle};
use crate::{EventHandler, Journal, SubscriptionSource};

/// How often the source is read without a notification: other nodes can't send one.
const READ_EVERY: Duration = Duration::from_secs(2);
/// How often a worker reads every shard. It is notified of new events, so this is only for retries
/// and for what another process left. There may be many workers, and each look reads every shard.
const POLL: Duration = Duration::from_secs(2);

pub(crate) struct HandlerSupervisor {
    journal: Arc<Journal>,
    source: Arc<dyn SubscriptionSource>,
    supervisor: Arc<Supervisor>,
    tasks: JoinSet<()>,
    /// Ends the task of each member.
    ends: HashMap<String, watch::Sender<bool>>,
}

impl HandlerSupervisor {
    pub(crate) fn new(
        journal: &Arc<Journal>,
        source: &Arc<dyn SubscriptionSource>,
        supervisor: &Arc<Supervisor>,
    ) -> Self {
        Self {
            journal: Arc::clone(journal),
            source: Arc::clone(source),
            supervisor: Arc::clone(supervisor),
            tasks: JoinSet::new(),
            ends: HashMap::new(),
        }
    }

    /// Works until `stop` turns true, and until all workers have finished their step.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let changed = self.source.changed();
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
        let members = self.source.members().await?;
        let journal = &self.journal;
        self.ends.retain(|name, end| {
            let stays = members.iter().any(|member| member.name() == name);
            if !stays {
                end.send_replace(true);
                journal.notifiers.forget(name);
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
