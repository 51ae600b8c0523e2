//! Owns the stream of one client: a request comes in, and a response goes out, in one system call each.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use log::debug;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv, send};
use zeroize::{Zeroize, Zeroizing};

/// As much as is read or written at once, in bytes: a request or a response of any operation but those
/// with a long message.
const CAPACITY: usize = 480;

/// A client's socket with a buffer for each direction.
///
/// parsec-interface reads and writes a message field by field, and each field would be a system call of
/// its own, and for the client a reason to wake up. What is written goes out at the latest when the
/// stream is dropped. Both buffers hold secrets at times and are wiped.
pub(super) struct ClientStream {
    socket: Socket,
    received: Zeroizing<[u8; CAPACITY]>,
    /// The part of `received` that was not read yet.
    unread: Range<usize>,
    /// Never grows beyond its capacity, as growing would leave a copy behind.
    unsent: Zeroizing<Vec<u8>>,
}

impl ClientStream {
    /// `timeout` limits the wait for each next part that the client sends or takes, and once the service is
    /// `stopping` all of them together.
    pub(super) fn new(stream: UnixStream, timeout: Duration, stopping: Arc<AtomicBool>) -> Self {
        Self {
            socket: Socket {
                stream,
                timeout,
                stopping,
                waited: Cell::default(),
            },
            received: Zeroizing::new([0; CAPACITY]),
            unread: 0..0,
            unsent: Zeroizing::new(Vec::with_capacity(CAPACITY)),
        }
    }

    /// Waits for the first part of a request; `false` if the client closes its end and asks for nothing, as
    /// those do who only look whether a service is there.
    pub(super) fn begins(&mut self) -> io::Result<bool> {
        self.fill()?;
        Ok(!self.unread.is_empty())
    }

    fn fill(&mut self) -> io::Result<()> {
        let count = self.socket.receive(self.received.as_mut_slice())?;
        self.unread = 0..count;
        Ok(())
    }
}

impl Read for ClientStream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            if bytes.len() >= CAPACITY {
                return self.socket.receive(bytes);
            }
            self.fill()?;
        }
        let mut unread = self.received.get(self.unread.clone()).unwrap_or_default();
        let count = unread.read(bytes)?;
        self.unread.start += count;
        Ok(count)
    }
}

impl Write for ClientStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.unsent.len() + bytes.len() > CAPACITY {
            self.flush()?;
        }
        if bytes.len() > CAPACITY {
            return self.socket.send(bytes);
        }
        self.unsent.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut sent = 0;
        while let Some(rest) = self.unsent.get(sent..).filter(|rest| !rest.is_empty()) {
            match self.socket.send(rest) {
                Ok(count) => sent += count,
                Err(error) => {
                    // What follows a gap would be misread.
                    self.unsent.zeroize();
                    return Err(error);
                }
            }
        }
        self.unsent.zeroize();
        Ok(())
    }
}

impl Drop for ClientStream {
    fn drop(&mut self) {
        // A request that ended by a panic has no answer, and half of one would be misread.
        if thread::panicking() {
            return;
        }
        if let Err(error) = self.flush() {
            debug!("a client did not take its response: {error}");
        }
    }
}

/// A socket whose calls end after a time, without a system call to say so beforehand.
struct Socket {
    stream: UnixStream,
    timeout: Duration,
    stopping: Arc<AtomicBool>,
    /// How long was waited since it was stopping.
    waited: Cell<Duration>,
}

impl Socket {
    fn receive(&self, bytes: &mut [u8]) -> io::Result<usize> {
        let socket = self.stream.as_raw_fd();
        self.when(PollFlags::POLLIN, || {
            recv(socket, bytes, MsgFlags::MSG_DONTWAIT)
        })
    }

    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let socket = self.stream.as_raw_fd();
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        self.when(PollFlags::POLLOUT, || send(socket, bytes, flags))
    }

    /// Tries `call` at once, and each time that the socket is ready for it.
    fn when(
        &self,
        ready: PollFlags,
        mut call: impl FnMut() -> nix::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            match call() {
                Err(Errno::EAGAIN) => self.wait(ready)?,
                Err(Errno::EINTR) => {}
                result => return Ok(result?),
            }
        }
    }

    fn wait(&self, ready: PollFlags) -> io::Result<()> {
        let mut sockets = [PollFd::new(self.stream.as_fd(), ready)];
        // Nobody asks for the time while the service goes on.
        let begin = self.stopping.load(Ordering::Relaxed).then(Instant::now);
        let limit = self.timeout.saturating_sub(self.waited.get());
        // A limit that no timer can hold is none.
        let polled = poll(
            &mut sockets,
            PollTimeout::try_from(limit).unwrap_or(PollTimeout::NONE),
        );
        if let Some(begin) = begin {
            self.waited.set(self.waited.get() + begin.elapsed());
        }
        match polled {
            // What a socket with a timeout of its own gives; parsec-interface explains it in the log.
            Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests;
