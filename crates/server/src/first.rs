//! A limit for the time that a new connection may take until it asks something.
//!
//! The pings of HTTP/2 begin after its preface, and the limit of hyper for a header of HTTP/1 holds for the time between
//! two requests as well, which has to be long. Before either, nothing else looks at the clock.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// What every client of HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream that fails when neither the preface of HTTP/2 nor a first header of HTTP/1 is there in time.
pub(crate) struct First<S> {
    stream: S,
    waiting: Option<Waiting>,
}

struct Waiting {
    until: Pin<Box<Sleep>>,
    /// How much of the preface was there; none when it is HTTP/1.
    preface: Option<usize>,
    /// How many lines ended with nothing between them: two end a header of HTTP/1.
    ends: usize,
}

impl<S> First<S> {
    pub(crate) fn new(stream: S, longest: Duration) -> Self {
        let until = Box::pin(tokio::time::sleep(longest));
        Self { stream, waiting: Some(Waiting { until, preface: Some(0), ends: 0 }) }
    }
}

impl Waiting {
    /// Whether these bytes leave it waiting.
    fn goes_on(&mut self, bytes: &[u8]) -> bool {
        if let Some(seen) = self.preface {
            let expected = PREFACE.get(seen..).unwrap_or_default();
            if bytes.starts_with(expected) {
                return false;
            }
            if expected.starts_with(bytes) {
                self.preface = Some(seen + bytes.len());
                return true;
            }
            self.preface = None;
        }
        for byte in bytes {
            match byte {
                b'\n' => self.ends += 1,
                b'\r' => {}
                _ => self.ends = 0,
            }
            if self.ends == 2 {
                return false;
            }
        }
        true
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for First<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Some(waiting) = &mut self.waiting else { return read };
        match read {
            Poll::Pending => {
                waiting.until.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Ready(read) => {
                let bytes = buffer.filled().get(before..).unwrap_or_default();
                if !waiting.goes_on(bytes) {
                    self.waiting = None;
                }
                Poll::Ready(read)
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for First<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
