//! Accepts connections within limits of number and time, and drains them at the end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::Version;
use http::header::HOST;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use crate::connection_limits::ConnectionLimits;
use crate::connection_progress::{ConnectionProgress, WatchedIo, sent};
use crate::connections::{ConnectionPermit, Connections};
use crate::{Code, Detail, MiddlewareStack, Problem};

/// The smallest buffer that hyper takes.
const LEAST_BUFFER: usize = 8 * 1024;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Serving,
    Draining,
    Gone,
}

/// Serves `stack` on `listener` until `shutdown` resolves; then takes no more connections, lets
/// requests finish, and returns when all have, or after [`ConnectionLimits::drain_timeout`].
pub async fn serve(
    listener: TcpListener,
    stack: MiddlewareStack,
    limits: ConnectionLimits,
    shutdown: impl Future<Output = ()>,
) {
    let (phase, watcher) = watch::channel(Phase::Serving);
    let connections = Connections::new(
        limits.connections,
        limits.connections_of_one,
        stack.trusted_proxies().to_vec(),
    );
    let server = Server { stack, limits, phase: watcher };
    tokio::select! {
        () = accept_all(&listener, &server, &connections) => {}
        () = shutdown => {}
    }
    drop(listener);
    phase.send_replace(Phase::Draining);
    if timeout(limits.drain_timeout, connections.wait_until_empty()).await.is_err() {
        tracing::warn!("some requests did not finish in time; their connections are cut");
    }
    phase.send_replace(Phase::Gone);
}

#[derive(Clone)]
struct Server {
    stack: MiddlewareStack,
    limits: ConnectionLimits,
    phase: watch::Receiver<Phase>,
}

async fn accept_all(listener: &TcpListener, server: &Server, connections: &Arc<Connections>) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                refused(&error).await;
                continue;
            }
        };
        let progress = Arc::new(ConnectionProgress::default());
        if let Some(permit) = connections.admit(peer.ip(), &progress).await {
            drop(tokio::spawn(server.clone().connection(stream, peer, progress, permit)));
        }
    }
}

async fn refused(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    // Out of file descriptors, most likely: trying again at once would only burn the processor.
    tracing::error!(%error, "a connection could not be accepted");
    tokio::time::sleep(Duration::from_secs(1)).await;
}

impl Server {
    async fn connection(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        progress: Arc<ConnectionProgress>,
        permit: ConnectionPermit,
    ) {
        // Answers are written whole: waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let (stack, tracked) = (&self.stack, &progress);
        let service = service_fn(move |request: hyper::Request<Incoming>| async move {
            let _in_flight = tracked.begin();
            let response = if names_one_host(&request) {
                stack.handle(request, Some(peer.ip())).await
            } else {
                stack.refuse(request, peer.ip(), of_host())
            };
            Ok::<_, Infallible>(response.map(|body| sent(body, tracked)))
        });
        let io = TokioIo::new(WatchedIo::new(stream, Arc::clone(&progress)));
        let mut builder = http1::Builder::new();
        builder.max_headers(self.limits.headers).max_header_size(self.limits.header_bytes);
        // A head that does not fit is refused in any case; a body is taken out of the buffer as it
        // comes.
        builder.max_buf_size(self.limits.header_bytes.max(LEAST_BUFFER));
        let connection = pin!(builder.serve_connection(io, service));
        drive(connection, &progress, self.limits, self.phase.clone()).await;
        drop(permit);
    }
}

/// RFC 9112 §3.2: a request of HTTP/1.1 has one `Host`, and none has two.
fn names_one_host<B>(request: &hyper::Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => true,
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

fn of_host() -> Problem {
    Problem::new(Code::Invalid, Detail::OneHost)
}

/// Runs `connection` to its end, to its idle timeout, or to the end of the server.
///
/// hyper's own timeout for headers starts a timer for every request; this one looks at a counter
/// now and then.
async fn drive<S>(
    mut connection: Pin<&mut http1::Connection<TokioIo<WatchedIo<TcpStream>>, S>>,
    progress: &ConnectionProgress,
    limits: ConnectionLimits,
    mut phase: watch::Receiver<Phase>,
) where
    S: hyper::service::HttpService<Incoming, ResBody = axum::body::Body>,
    S::Error: Into<axum::BoxError>,
{
    let mut ticks =
        interval_at(tokio::time::Instant::now() + limits.head_timeout, limits.head_timeout);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut patience = progress.patience(limits);
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            _ = ticks.tick() => {
                if patience.is_over(progress) {
                    return;
                }
            }
            closes = progress.closes() => {
                if closes {
                    return;
                }
            }
            changed = phase.changed() => {
                if changed.is_err() || *phase.borrow_and_update() == Phase::Gone {
                    return;
                }
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
