//! The line to RabbitMQ: one connection with one channel, made anew whenever it has broken.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use selfsame_basics::Secret;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// The longest wait for a connection and what is prepared on it.
const CONNECTING: Duration = Duration::from_secs(10);
/// The longest wait for a confirmation: below what a worker waits for one event.
const CONFIRMING: Duration = Duration::from_secs(20);
/// The pause after the first failure to connect; doubled each time up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// So late, at most, is it noticed that the broker is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// What is done on every new channel: declaring what is published to or consumed from.
type Prepare = Box<dyn Fn(Channel) -> BoxFuture<'static, lapin::Result<()>> + Send + Sync>;

/// Where the broker is, and the line to it, if there is one.
pub(crate) struct Dial {
    url: Secret,
    /// What the broker shows operators.
    name: &'static str,
    prepare: Prepare,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    line: Option<Arc<Line>>,
    failures: u32,
    not_before: Option<Instant>,
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dial").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Dial {
    /// Nothing is connected before the first [`Dial::line`].
    pub(crate) fn new<F>(
        url: Secret,
        name: &'static str,
        prepare: impl Fn(Channel) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = lapin::Result<()>> + Send + 'static,
    {
        let prepare: Prepare = Box::new(move |channel| Box::pin(prepare(channel)));
        Self { url, name, prepare, state: Mutex::default() }
    }

    /// The line that is up, or a new one; `Err` says in words why there is none, never with the
    /// URL.
    pub(crate) async fn line(&self) -> Result<Arc<Line>, String> {
        let mut state = self.state.lock().await;
        match &state.line {
            Some(line) if line.is_blocked() => {
                return Err("RabbitMQ takes nothing at present (connection.blocked)".into());
            }
            Some(line) if line.is_up() => return Ok(Arc::clone(line)),
            Some(_) | None => state.line = None,
        }
        if state.not_before.is_some_and(|time| Instant::now() < time) {
            return Err("no connection to RabbitMQ".into());
        }
        let opened = timeout(CONNECTING, self.open())
            .await
            .unwrap_or_else(|_| Err("no answer in time".into()));
        self.note(&mut state, opened)
    }

    async fn open(&self) -> Result<Line, String> {
        let properties = ConnectionProperties::default().with_connection_name(self.name.into());
        let connection = Connection::connect(self.url.expose(), properties)
            .await
            .map_err(|error| error.to_string())?;
        let ready = async {
            let channel = connection.create_channel().await?;
            (self.prepare)(channel.clone()).await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            Ok(channel)
        };
        let channel = ready.await.map_err(|error: lapin::Error| error.to_string())?;
        Ok(Line { connection, channel, turn: std::sync::Mutex::default() })
    }

    fn note(&self, state: &mut State, opened: Result<Line, String>) -> Result<Arc<Line>, String> {
        match opened {
            Ok(line) => {
                tracing::info!(line = self.name, "connected to RabbitMQ");
                *state = State { line: Some(Arc::new(line)), ..State::default() };
                state.line.clone().ok_or_else(String::new)
            }
            Err(reason) => {
                // Once is enough: the next line about it says that all is well again.
                if state.failures == 0 {
                    tracing::warn!(
                        line = self.name,
                        reason,
                        "no connection to RabbitMQ; it is tried again and again"
                    );
                }
                let pause =
                    FIRST_PAUSE.saturating_mul(1 << state.failures.min(10)).min(LONGEST_PAUSE);
                state.failures = state.failures.saturating_add(1);
                state.not_before = Some(Instant::now() + pause);
                Err(format!("no connection to RabbitMQ: {reason}"))
            }
        }
    }

    /// Gives up `line`, which does not answer; the next call of [`Dial::line`] makes a new one.
    pub(crate) async fn hang_up(&self, line: &Arc<Line>) {
        let mut state = self.state.lock().await;
        if state.line.as_ref().is_some_and(|current| Arc::ptr_eq(current, line)) {
            state.line = None;
        }
    }

    /// Publishes, and waits until the broker has confirmed that it keeps the message.
    pub(crate) async fn publish(&self, letter: Letter<'_>) -> Result<(), String> {
        let line = self.line().await?;
        let sent = timeout(CONFIRMING, line.publish(letter)).await;
        if sent.is_err() && !line.is_blocked() {
            self.hang_up(&line).await;
        }
        sent.unwrap_or_else(|_| Err(format!("RabbitMQ has not confirmed within {CONFIRMING:?}")))
    }
}

/// What is published, and where to.
pub(crate) struct Letter<'a> {
    /// The empty one is the default exchange, which takes the name of a queue for a key.
    pub(crate) exchange: &'a str,
    pub(crate) key: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) properties: BasicProperties,
}

/// A connection and its channel, on which the broker confirms what it was given.
pub(crate) struct Line {
    connection: Connection,
    channel: Channel,
    turn: std::sync::Mutex<()>,
}

impl Line {
    pub(crate) fn channel(&self) -> &Channel {
        &self.channel
    }

    fn is_up(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }

    fn is_blocked(&self) -> bool {
        self.is_up() && self.connection.status().blocked()
    }

    async fn publish(&self, letter: Letter<'_>) -> Result<(), String> {
        let Letter { exchange, key, body, properties } = letter;
        let sending = self.channel.basic_publish(
            exchange.into(),
            key.into(),
            BasicPublishOptions::default(),
            body,
            properties,
        );
        let mut sending = pin!(sending);
        // The driver numbers a message and queues it in two steps. The broker numbers what arrives,
        // so if two callers came between each other's steps, each would take the other's
        // confirmation for its own.
        let sent = poll_fn(|context| {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            sending.as_mut().poll(context)
        });
        let confirmed = async { sent.await?.await };
        match confirmed.await.map_err(|error| error.to_string())? {
            Confirmation::Ack(_) => Ok(()),
            Confirmation::Nack(_) => Err("RabbitMQ refused the message (nack)".into()),
            Confirmation::NotRequested => Err("RabbitMQ does not confirm".into()),
        }
    }
}
