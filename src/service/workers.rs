//! Owns the threads that accept clients and serve their requests.

use std::io;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use log::{error, trace, warn};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use parsec_service::front::listener::{Connection, ConnectionMetadata};

use super::listener::Listener;
use crate::error::{Error, ErrorKind, Result};

/// How long to leave a queue alone that cannot be accepted from, in milliseconds.
const BACK_OFF: u16 = 100;

const CLIENT: u64 = 0;
const STOP: u64 = 1;

/// Threads that serve clients until [`Workers::stop`].
///
/// Each thread sleeps in the kernel until there is a client for it, accepts that one itself and
/// serves it: no thread hands a client to another, and nothing polls.
#[derive(Debug)]
pub(super) struct Workers {
    stop: Arc<EventFd>,
    threads: Vec<JoinHandle<()>>,
}

/// What all threads share.
struct Shared<H> {
    listener: Arc<Listener>,
    handle: H,
    timeout: Duration,
    /// Whether the last accept failed for want of resources; such a failure is logged once.
    starved: AtomicBool,
}

impl Workers {
    /// Starts `count` threads that pass the clients of `listener` to `handle`.
    ///
    /// `timeout` limits each read and each write. A panic of `handle` costs that client its answer.
    ///
    /// # Errors
    /// If the system has no threads or descriptors left.
    pub(super) fn start<H>(
        listener: &Arc<Listener>,
        count: usize,
        timeout: Duration,
        handle: H,
    ) -> Result<Self>
    where
        H: Fn(Connection) + Send + Sync + 'static,
    {
        let stop = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK);
        let mut workers = Self {
            stop: Arc::new(stop.map_err(out_of_resources)?),
            threads: Vec::with_capacity(count),
        };
        let shared = Arc::new(Shared {
            listener: Arc::clone(listener),
            handle,
            timeout,
            starved: AtomicBool::new(false),
        });
        for number in 0..count {
            match workers.spawn(number, Arc::clone(&shared)) {
                Ok(thread) => workers.threads.push(thread),
                Err(error) => {
                    workers.stop();
                    return Err(out_of_resources(error));
                }
            }
        }
        Ok(workers)
    }

    fn spawn<H>(&self, number: usize, shared: Arc<Shared<H>>) -> io::Result<JoinHandle<()>>
    where
        H: Fn(Connection) + Send + Sync + 'static,
    {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        // Exclusive: one client wakes one thread.
        let one_of_us = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
        epoll.add(&*shared.listener, EpollEvent::new(one_of_us, CLIENT))?;
        epoll.add(&*self.stop, EpollEvent::new(EpollFlags::EPOLLIN, STOP))?;
        thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(move || shared.serve(&epoll))
    }

    /// Lets each thread finish the request it is at, and waits for all of them.
    pub(super) fn stop(self) {
        if let Err(error) = self.tell_to_stop() {
            error!("the worker threads cannot be told to stop: {error}");
            return;
        }
        for thread in self.threads {
            if thread.join().is_err() {
                error!("a worker thread had ended by a panic");
            }
        }
    }

    /// From here on no thread begins another request.
    fn tell_to_stop(&self) -> io::Result<()> {
        // Never read, so it stays readable for every thread.
        self.stop.write(1)?;
        Ok(())
    }
}

fn out_of_resources(error: impl Into<io::Error>) -> Error {
    Error::new(
        ErrorKind::InsufficientMemory,
        "the worker threads cannot be started: lower thread_pool_size, or raise the limits of this process",
    )
    .with_source(error.into())
}

impl<H: Fn(Connection)> Shared<H> {
    fn serve(&self, epoll: &Epoll) {
        let mut events = [EpollEvent::empty(); 2];
        loop {
            let count = match epoll.wait(&mut events, EpollTimeout::NONE) {
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(error) => {
                    error!("a worker thread cannot wait for clients: {error}");
                    return;
                }
            };
            if events.iter().take(count).any(|event| event.data() == STOP) {
                return;
            }
            match self.listener.accept() {
                Ok(stream) => {
                    self.starved.store(false, Ordering::Relaxed);
                    self.serve_client(stream);
                }
                Err(error) => self.after_failure(&error),
            }
        }
    }

    fn serve_client(&self, stream: UnixStream) {
        let connection = match self.connection(stream) {
            Ok(connection) => connection,
            Err(error) => {
                warn!("a client was dropped before its request: {error}");
                return;
            }
        };
        if catch_unwind(AssertUnwindSafe(|| (self.handle)(connection))).is_err() {
            error!("a request ended by a panic; its client got no answer");
        }
        trace!("a client was served");
    }

    fn connection(&self, stream: UnixStream) -> io::Result<Connection> {
        stream.set_read_timeout(Some(self.timeout))?;
        stream.set_write_timeout(Some(self.timeout))?;
        let peer = getsockopt(&stream, PeerCredentials)?;
        Ok(Connection {
            stream: Box::new(stream),
            metadata: Some(ConnectionMetadata::UnixPeerCredentials {
                uid: peer.uid(),
                gid: peer.gid(),
                pid: Some(peer.pid()),
            }),
        })
    }

    /// Another thread was faster, the client is gone again, or there is no room for it.
    fn after_failure(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, Interrupted, WouldBlock};
        if matches!(error.kind(), WouldBlock | ConnectionAborted | Interrupted) {
            return;
        }
        if !self.starved.swap(true, Ordering::Relaxed) {
            error!("clients wait, as none can be accepted: {error}");
        }
        // The queue stays readable, so without a pause this would spin.
        thread::sleep(Duration::from_millis(BACK_OFF.into()));
    }
}

#[cfg(test)]
mod tests;
