//! NATS `JetStream`: a subject for each type of event, in a stream that consumers read at their own
//! pace.

use std::fmt;
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, StorageType};
use async_nats::jetstream::{self, Context};
use async_nats::{
    Client, ConnectOptions, Event as ConnectionEvent, ServerAddr,
    connection::State as ConnectionState,
};
use async_trait::async_trait;
use bytes::Bytes;
use selfsame_events::{DeliveryAttempt, Event, EventHandler, HandlerError};
use selfsame_primitives::Secret;
use tokio::sync::Mutex;

/// The longest wait for the acknowledgement of one event: below the timeout of the delivery worker.
const ACKNOWLEDGING: Duration = Duration::from_secs(15);
/// So late, at most, is it noticed that the server is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// The deduplication window of a stream that this publisher creates: longer than a worker's lease.
const DUPLICATES: Duration = Duration::from_mins(10);
/// The retention of a stream that this publisher creates.
const RETENTION: Duration = Duration::from_hours(30 * 24);

/// Where events go on a NATS server.
#[derive(Clone, Debug)]
pub struct NatsSettings {
    /// Stands before the type of the event in the subject: `selfsame` gives
    /// `selfsame.profile.updated`.
    pub prefix: String,
    /// The stream that holds them.
    pub stream: String,
    /// Whether the stream is made where it does not exist: in files, one copy, for 30 days.
    pub create_stream: bool,
}

/// Publishes every event to a stream of `JetStream`, and returns once the server has acknowledged
/// it. The header `Nats-Msg-Id` is the event's id, by which the server drops duplicates.
pub struct NatsPublisher {
    url: Secret,
    settings: NatsSettings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    client: Option<Client>,
    has_stream: bool,
}

impl fmt::Debug for NatsPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsPublisher").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl NatsPublisher {
    /// A publisher to the server at `url` (`nats://` or `tls://`), which may be down.
    #[must_use]
    pub fn new(url: Secret, settings: NatsSettings) -> Self {
        Self { url, settings, state: Mutex::default() }
    }

    /// The server's streams, or the reason in words why there is no connection.
    async fn context(&self) -> Result<Context, String> {
        let mut state = self.state.lock().await;
        let client = match &state.client {
            Some(client) => client.clone(),
            None => state.client.insert(self.connect().await?).clone(),
        };
        if client.connection_state() != ConnectionState::Connected {
            return Err("no connection to NATS".into());
        }
        let context =
            jetstream::context::ContextBuilder::new().timeout(ACKNOWLEDGING).build(client);
        if !state.has_stream {
            self.find_stream(&context).await?;
            state.has_stream = true;
        }
        Ok(context)
    }

    /// The driver connects in the background, and again whenever the connection has broken.
    async fn connect(&self) -> Result<Client, String> {
        let address: ServerAddr =
            self.url.expose().parse().map_err(|_| "the URL of NATS can't be used".to_owned())?;
        let pause = |tries: usize| {
            let doubled = 100_u64.saturating_mul(1 << tries.min(10));
            Duration::from_millis(doubled).min(LONGEST_PAUSE)
        };
        ConnectOptions::new()
            .name("selfsame: events")
            .retry_on_initial_connect()
            .reconnect_delay_callback(pause)
            .event_callback(async |event| log(&event))
            .connect(address)
            .await
            .map_err(|error| error.to_string())
    }

    async fn find_stream(&self, context: &Context) -> Result<(), String> {
        let NatsSettings { prefix, stream, create_stream } = &self.settings;
        let found = if *create_stream {
            let config = Config {
                name: stream.clone(),
                subjects: vec![format!("{prefix}.>")],
                storage: StorageType::File,
                duplicate_window: DUPLICATES,
                max_age: RETENTION,
                ..Config::default()
            };
            context.get_or_create_stream(config).await.map(drop).map_err(|error| error.to_string())
        } else {
            context.get_stream(stream).await.map(drop).map_err(|error| error.to_string())
        };
        found.map_err(|error| {
            tracing::warn!(stream, error, "the stream for events can't be used; it is tried again");
            format!("the stream {stream} can't be used: {error}")
        })
    }

    async fn publish(&self, event: &Event, body: Bytes) -> Result<(), HandlerError> {
        let context = self.context().await.map_err(HandlerError::Retry)?;
        let subject = format!("{}.{}", self.settings.prefix, event.event_type);
        let message = PublishMessage::build().message_id(&event.event_id).payload(body);
        let acknowledged = async { context.send_publish(subject, message).await?.await };
        match acknowledged.await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failure(&error).await),
        }
    }

    async fn failure(&self, error: &PublishError) -> HandlerError {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => HandlerError::GiveUp(error.to_string()),
            PublishErrorKind::StreamNotFound => {
                // The stream was deleted, or the server has lost it: it is looked up, or created,
                // before the next attempt.
                self.state.lock().await.has_stream = false;
                HandlerError::Retry(error.to_string())
            }
            PublishErrorKind::WrongLastMessageId
            | PublishErrorKind::WrongLastSequence
            | PublishErrorKind::TimedOut
            | PublishErrorKind::BrokenPipe
            | PublishErrorKind::MaxAckPending
            | PublishErrorKind::Other => HandlerError::Retry(error.to_string()),
        }
    }
}

fn log(event: &ConnectionEvent) {
    match event {
        ConnectionEvent::Connected => tracing::info!("connected to NATS"),
        ConnectionEvent::Disconnected => {
            tracing::warn!("no connection to NATS; it is tried again and again");
        }
        ConnectionEvent::ServerError(error) => tracing::warn!(%error, "NATS reports an error"),
        ConnectionEvent::LameDuckMode
        | ConnectionEvent::Draining
        | ConnectionEvent::Closed
        | ConnectionEvent::SlowConsumer(_)
        | ConnectionEvent::ClientError(_) => {}
    }
}

#[async_trait]
impl EventHandler for NatsPublisher {
    fn name(&self) -> &'static str {
        "nats"
    }

    fn handles(&self, _: &str) -> bool {
        true
    }

    async fn ready(&self) -> bool {
        self.context().await.is_ok()
    }

    async fn handle(&self, event: &Event, _: DeliveryAttempt) -> Result<(), HandlerError> {
        let body =
            serde_json::to_vec(event).map_err(|error| HandlerError::GiveUp(error.to_string()))?;
        self.publish(event, body.into()).await
    }
}
