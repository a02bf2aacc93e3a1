//! Whether a connection gets on with anything.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::Limits;

/// What one connection has done so far. Bytes that are read don't count: a head that trickles in is no progress, and a body
/// has its own deadline.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    begun: AtomicU64,
    ended: AtomicU64,
    writes: AtomicU64,
}

/// A request is being answered while this lives.
pub(crate) struct Busy<'p>(&'p Progress);

impl Progress {
    pub(crate) fn begin(&self) -> Busy<'_> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }

    pub(crate) fn patience(&self, limits: Limits) -> Patience {
        let tick = limits.head_timeout.as_millis().max(1);
        let ticks = limits.idle_timeout.as_millis().div_ceil(tick);
        Patience { ticks: u32::try_from(ticks).unwrap_or(u32::MAX).max(1), idle: 0, seen: self.total() }
    }

    fn is_busy(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > self.ended.load(Ordering::Relaxed)
    }

    fn total(&self) -> u64 {
        self.begun.load(Ordering::Relaxed).wrapping_add(self.writes.load(Ordering::Relaxed))
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// How long a connection may still do nothing.
pub(crate) struct Patience {
    ticks: u32,
    idle: u32,
    seen: u64,
}

impl Patience {
    /// Asked at every tick: whether the connection did nothing for too long, or has not even begun.
    pub(crate) fn is_over(&mut self, progress: &Progress) -> bool {
        let total = progress.total();
        if progress.is_busy() || total != self.seen {
            (self.seen, self.idle) = (total, 0);
            return false;
        }
        self.idle += 1;
        total == 0 || self.idle >= self.ticks
    }
}

/// Counts the writes on its way to `inner`.
pub(crate) struct Watched<T> {
    inner: T,
    progress: Arc<Progress>,
}

impl<T> Watched<T> {
    pub(crate) const fn new(inner: T, progress: Arc<Progress>) -> Self {
        Self { inner, progress }
    }

    fn note(&self, polled: &Poll<io::Result<usize>>) {
        if matches!(polled, Poll::Ready(Ok(_))) {
            self.progress.writes.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
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
