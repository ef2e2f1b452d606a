//! A connection's bytes on their way to the reader of HTTP and back: only what can be read in one way passes, heads have
//! to come in time, and a peer that does not read is not waited for for ever.

use super::{
    activity::Activity,
    framing::{Framing, Passed, Then},
    head::Misread,
    patience::Patience,
    settings::ConnectionSettings,
};
use bytes::{Buf, BytesMut};
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// What is read in a refused head's place, so that the refusal is answered, named and counted as every other answer is.
const IN_PLACE: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// How long, and how much of, what a refused peer still sends is read, so that it gets to see the answer.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

pub struct Socket<S> {
    stream: S,
    framing: Framing,
    /// A head that has come in part.
    held: BytesMut,
    /// What may be read and was not yet.
    passed: BytesMut,
    refused: bool,
    head_within: Duration,
    head_timer: Option<Pin<Box<Sleep>>>,
    reader: Patience,
    activity: Arc<Activity>,
    lingering: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> Socket<S> {
    pub fn new(stream: S, settings: &ConnectionSettings, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            framing: Framing::new(settings.into()),
            held: BytesMut::new(),
            passed: BytesMut::new(),
            refused: false,
            head_within: settings.head_within(),
            head_timer: None,
            reader: Patience::new(settings.read_within(), settings.slowest_bytes_per_second),
            activity,
            lingering: None,
        }
    }

    /// Keeps in `buffer` what passes of the bytes after `before`, and holds a head that has come in part.
    fn sift(&mut self, buffer: &mut ReadBuf<'_>, before: usize) -> io::Result<()> {
        let fresh = &buffer.filled()[before..];
        let Passed { bytes, then } = self.framing.pass(fresh);
        self.held.extend_from_slice(&fresh[bytes..]);
        buffer.set_filled(before + bytes);
        self.then(then)
    }

    /// Looks at the held head again, with what has come since.
    fn go_on(&mut self, fresh: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(fresh);
        let Passed { bytes, then } = self.framing.pass(&self.held);
        self.passed = self.held.split_to(bytes);
        self.then(then)
    }

    fn then(&mut self, then: Then) -> io::Result<()> {
        match then {
            Then::GoOn => Ok(()),
            Then::Refuse(misread) => {
                self.refuse(misread);
                Ok(())
            }
            Then::Break => Err(io::Error::new(io::ErrorKind::InvalidData, "the chunked body is broken")),
            Then::Flood => Err(cut("flood")),
        }
    }

    fn refuse(&mut self, misread: Misread) {
        metrics::counter!("listener_refused_total", "code" => misread.code()).increment(1);
        self.activity.refuse(self.framing.heads(), misread);
        self.refused = true;
        self.held.clear();
        self.passed.extend_from_slice(IN_PLACE);
    }

    /// Nothing has come. A head that was begun, or the first one, has to come in time.
    fn wait_for_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let awaited = self.framing.in_head() && (self.framing.heads() == 0 || !self.held.is_empty());
        if !awaited || !self.activity.is_quiet() {
            self.head_timer = None;
            return Poll::Pending;
        }
        let within = self.head_within;
        let timer = self.head_timer.get_or_insert_with(|| Box::pin(sleep(within)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(cut("slow_head")))
    }

    /// Follows a write: waits for the peer to read, within bounds.
    fn written<T>(&mut self, context: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match done {
            Poll::Pending => {
                ready!(self.reader.wait(context));
                Poll::Ready(Err(cut("slow_reader")))
            }
            done => done,
        }
    }
}

/// The peer was waited for, or listened to, for long enough.
fn cut(why: &'static str) -> io::Error {
    metrics::counter!("listener_cut_total", "why" => why).increment(1);
    io::Error::new(io::ErrorKind::TimedOut, why)
}

impl<S: AsyncRead + Unpin> Socket<S> {
    fn read_on(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        loop {
            if !self.passed.is_empty() {
                let given = self.passed.len().min(buffer.remaining());
                buffer.put_slice(&self.passed[..given]);
                self.passed.advance(given);
                self.head_timer = None;
                return Poll::Ready(Ok(()));
            }
            if self.refused {
                // The refusal is being answered; the connection ends with it.
                return Poll::Pending;
            }
            let came = if self.held.is_empty() { self.read_through(context, buffer) } else { self.read_held(context) };
            match came {
                Poll::Pending => return self.wait_for_head(context),
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(_)) if buffer.filled().len() > before => {
                    self.head_timer = None;
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Reads where the bytes are wanted; answers how many came.
    fn read_through(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let came = buffer.filled().len() - before;
        self.sift(buffer, before)?;
        Poll::Ready(Ok(came))
    }

    /// Reads more of a head that has come in part; answers how many bytes came.
    fn read_held(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [0; 2048];
        let mut fresh = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut fresh))?;
        self.go_on(fresh.filled())?;
        Poll::Ready(Ok(fresh.filled().len()))
    }

    /// Reads and forgets what a refused peer still sends: closing on unread bytes would take the answer from it.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (timer, left) = self.lingering.get_or_insert_with(|| (Box::pin(sleep(LINGER)), LINGER_BYTES));
        let mut space = [0; 4096];
        loop {
            let mut fresh = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(context, &mut fresh) {
                Poll::Ready(Ok(())) if !fresh.filled().is_empty() && *left > 0 => {
                    *left = left.saturating_sub(fresh.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return timer.as_mut().poll(context).map(Ok),
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().read_on(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.progress(&done);
        this.written(context, done)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.progress(&done);
        this.written(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.stream).poll_flush(context);
        this.written(context, done)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingering.is_none() {
            let done = Pin::new(&mut this.stream).poll_shutdown(context);
            ready!(this.written(context, done))?;
        }
        if this.refused { this.linger(context) } else { Poll::Ready(Ok(())) }
    }
}

impl<S> Socket<S> {
    /// What the peer took gives it time for more.
    fn progress(&mut self, done: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes)) = done {
            self.reader.progress(*bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    fn settings() -> ConnectionSettings {
        let text = include_str!("../../config.default.toml");
        toml::from_str::<toml::Table>(text).unwrap()["server"]["connections"].clone().try_into().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_to_come_in_time() {
        let (mut peer, ours) = duplex(1024);
        let mut socket = Socket::new(ours, &settings(), Activity::begin());
        peer.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let error = socket.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_read_is_cut() {
        let (_peer, ours) = duplex(16);
        let mut socket = Socket::new(ours, &settings(), Activity::begin());
        let error = socket.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn in_a_refused_head_s_place_another_is_read() {
        let (mut peer, ours) = duplex(1024);
        let activity = Activity::begin();
        let mut socket = Socket::new(ours, &settings(), activity.clone());
        let good = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n";
        peer.write_all(good).await.unwrap();
        peer.write_all(b"GET /b HTTP/1.1\r\nho").await.unwrap();
        peer.write_all(b"st: x\nGET /c HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut read = vec![0; good.len() + IN_PLACE.len()];
        socket.read_exact(&mut read).await.unwrap();
        assert_eq!(read, [good, IN_PLACE].concat());
        assert!(matches!(activity.refused(), Some((1, Misread::Malformed(_)))));
    }
}
