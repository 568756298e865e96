//! A connection whose requests are looked at while they are read. In place of what is refused, the
//! server reads something that is no HTTP: it answers 400, and closes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::framing::Framing;

/// Bad in any line of a request, of its head or of a chunk; and an end, for which the server waits
/// before it looks.
const REFUSED: &[u8] = b"\0\r\n\r\n";

pub(super) struct Watched {
    stream: TcpStream,
    framing: Framing,
    /// What is left to be read after something was refused.
    instead: Option<&'static [u8]>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, framing: Framing::default(), instead: None }
    }

    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let left = self.instead.unwrap_or_default();
        let (now, later) = left.split_at(left.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.instead = Some(later);
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.instead.is_none() {
            let before = buffer.filled().len();
            ready!(self.as_mut().stream().poll_read(context, buffer))?;
            let good = before + self.framing.watch(&buffer.filled()[before..]);
            if good == buffer.filled().len() {
                return Poll::Ready(Ok(()));
            }
            buffer.set_filled(good);
            self.instead = Some(REFUSED);
        }
        self.give(buffer);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}
