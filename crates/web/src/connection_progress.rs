//! Whether a connection makes progress.

use std::cmp::Reverse;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use crate::connection_limits::ConnectionLimits;

/// The progress of one connection. Reads don't count: a head that trickles in is no progress, and a
/// body has a deadline of its own.
#[derive(Debug, Default)]
pub(crate) struct ConnectionProgress {
    begun: AtomicU64,
    ended: AtomicU64,
    writes: AtomicU64,
    /// Bodies that are still being sent.
    sending: AtomicU32,
    /// Ticks without progress, counted by [`Patience`].
    idle: AtomicU32,
    is_close_requested: AtomicBool,
    close_requested: Notify,
}

/// A request is being answered while this lives.
pub(crate) struct RequestInFlight<'p>(&'p ConnectionProgress);

impl ConnectionProgress {
    pub(crate) fn begin(&self) -> RequestInFlight<'_> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        RequestInFlight(self)
    }

    pub(crate) fn patience(&self, limits: ConnectionLimits) -> Patience {
        let tick = limits.head_timeout.as_millis().max(1);
        let ticks = limits.idle_timeout.as_millis().div_ceil(tick);
        Patience {
            ticks: u32::try_from(ticks).unwrap_or(u32::MAX).max(1),
            idle: 0,
            seen: self.total(),
        }
    }

    /// The order of eviction, the least first: connections without a whole request yet, then idle
    /// ones, the longest first. `None` where a request is being served or the close is requested
    /// already.
    pub(crate) fn eviction_order(&self) -> Option<(bool, Reverse<u32>)> {
        let is_served = self.is_busy() || self.sending.load(Ordering::Relaxed) > 0;
        if is_served || self.is_close_requested() {
            return None;
        }
        let has_begun = self.begun.load(Ordering::Relaxed) > 0;
        Some((has_begun, Reverse(self.idle.load(Ordering::Relaxed))))
    }

    /// Requests the close of the connection. It closes only if it is idle when it sees the request:
    /// a request that arrives at that moment is answered (decision 0047).
    pub(crate) fn request_close(&self) {
        self.is_close_requested.store(true, Ordering::Relaxed);
        self.close_requested.notify_one();
    }

    pub(crate) fn is_close_requested(&self) -> bool {
        self.is_close_requested.load(Ordering::Relaxed)
    }

    /// Resolves when the close is requested; returns whether the connection closes, since it is
    /// idle.
    pub(crate) async fn closes(&self) -> bool {
        self.close_requested.notified().await;
        let is_served = self.is_busy() || self.sending.load(Ordering::Relaxed) > 0;
        if is_served {
            self.cancel_close();
        }
        !is_served
    }

    /// Withdraws the request to close: the connection is being served.
    pub(crate) fn cancel_close(&self) {
        self.is_close_requested.store(false, Ordering::Relaxed);
    }

    pub(crate) fn note_idle(&self, ticks: u32) {
        self.idle.store(ticks, Ordering::Relaxed);
    }

    fn is_busy(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > self.ended.load(Ordering::Relaxed)
    }

    fn total(&self) -> u64 {
        self.begun.load(Ordering::Relaxed).wrapping_add(self.writes.load(Ordering::Relaxed))
    }
}

impl Drop for RequestInFlight<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Longer answers, and those of unknown length, are still being sent when the handler is done.
const SENT_AT_ONCE: u64 = 64 * 1024;

/// `body`, which keeps its connection from being closed while it is sent.
pub(crate) fn sent(body: Body, progress: &Arc<ConnectionProgress>) -> Body {
    if body.size_hint().upper().is_some_and(|length| length <= SENT_AT_ONCE) {
        return body;
    }
    progress.sending.fetch_add(1, Ordering::Relaxed);
    Body::new(Sending { body, progress: Arc::clone(progress) })
}

struct Sending {
    body: Body,
    progress: Arc<ConnectionProgress>,
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.progress.sending.fetch_sub(1, Ordering::Relaxed);
    }
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The idle timeout of a connection. Counted in ticks: a timer per request would cost more than a
/// look at a counter.
pub(crate) struct Patience {
    ticks: u32,
    idle: u32,
    seen: u64,
}

impl Patience {
    /// Called at every tick: whether the connection was idle for too long, or has sent no whole
    /// request in its first tick.
    pub(crate) fn is_over(&mut self, progress: &ConnectionProgress) -> bool {
        let total = progress.total();
        if progress.is_busy() || total != self.seen {
            (self.seen, self.idle) = (total, 0);
            progress.note_idle(0);
            return false;
        }
        self.idle += 1;
        progress.note_idle(self.idle);
        total == 0 || self.idle >= self.ticks
    }
}

/// Counts writes to `inner`.
pub(crate) struct WatchedIo<T> {
    inner: T,
    progress: Arc<ConnectionProgress>,
}

impl<T> WatchedIo<T> {
    pub(crate) const fn new(inner: T, progress: Arc<ConnectionProgress>) -> Self {
        Self { inner, progress }
    }

    fn note(&self, polled: &Poll<io::Result<usize>>) {
        if matches!(polled, Poll::Ready(Ok(_))) {
            self.progress.writes.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for WatchedIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WatchedIo<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.note(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.note(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
