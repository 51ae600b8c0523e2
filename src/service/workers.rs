//! Owns the threads that accept clients and serve their requests.

use std::io;
use std::os::unix::net::UnixStream;
use std::os::unix::thread::JoinHandleExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use log::{debug, error, trace, warn};
use nix::sys::pthread::pthread_kill;
use nix::sys::signal::Signal;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use parsec_service::front::listener::{Connection, ConnectionMetadata};
use signal_hook::consts::SIGURG;
use signal_hook::{SigId, flag, low_level};

use super::client_stream::ClientStream;
use super::duty::Duty;
use super::listener::Listener;
use crate::error::{Error, ErrorKind, Result};

/// How long to leave a queue alone that cannot be accepted from.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Ends the wait of a thread for its next client. Nothing else in this process uses it, and for the
/// rest of the system it means nothing.
const WAKE: Signal = Signal::SIGURG;

/// How long a thread waits for a client, and between two attempts to wake it, when it is to end.
const LAST_WAIT: Duration = Duration::from_millis(1);

/// Threads that serve clients until [`Workers::stop`].
///
/// Each thread sleeps in `accept` until there is a client for it, and serves that one: no thread hands
/// a client to another, nothing polls, and no other system call is between a client and its thread.
#[derive(Debug)]
pub(super) struct Workers {
    listener: Arc<Listener>,
    stopping: Arc<AtomicBool>,
    served: Arc<AtomicUsize>,
    duty: Arc<Duty>,
    workers: Vec<Worker>,
    /// The handler of [`WAKE`].
    handler: SigId,
}

/// Tells from outside whether the threads get on.
#[derive(Debug)]
pub(super) struct Pulse {
    waits: Vec<Arc<AtomicBool>>,
    served: Arc<AtomicUsize>,
}

impl Pulse {
    /// How many clients were served by now, or `None` while a thread waits for one.
    pub(super) fn of_busy(&self) -> Option<usize> {
        let one_waits = self.waits.iter().any(|waits| waits.load(Ordering::SeqCst));
        (!one_waits).then(|| self.served.load(Ordering::SeqCst))
    }
}

#[derive(Debug)]
struct Worker {
    thread: JoinHandle<()>,
    /// Whether the thread is waiting for a client, where a signal disturbs nothing.
    waits: Arc<AtomicBool>,
}

/// What all threads share.
struct Shared<H> {
    listener: Arc<Listener>,
    handle: H,
    timeout: Duration,
    stopping: Arc<AtomicBool>,
    served: Arc<AtomicUsize>,
    duty: Arc<Duty>,
    /// Whether the last accept failed for want of resources; such a failure is logged once.
    starved: AtomicBool,
}

impl Workers {
    /// Starts `count` threads that pass the clients of `listener` to `handle`. While they keep the processor
    /// busy, all but `few` of them stand by, as [`Duty`] says.
    ///
    /// `timeout` limits each read and each write. A panic of `handle` costs that client its answer.
    ///
    /// # Errors
    /// If the system has no threads left.
    pub(super) fn start<H>(
        listener: &Arc<Listener>,
        count: usize,
        few: usize,
        timeout: Duration,
        handle: H,
    ) -> Result<Self>
    where
        H: Fn(Connection) + Send + Sync + 'static,
    {
        let woken = Arc::new(AtomicBool::new(false));
        let handler = flag::register(SIGURG, woken).map_err(out_of_resources)?;
        let mut workers = Self {
            listener: Arc::clone(listener),
            stopping: Arc::default(),
            served: Arc::default(),
            duty: Arc::new(Duty::new(count, few)),
            workers: Vec::with_capacity(count),
            handler,
        };
        let shared = Arc::new(Shared {
            listener: Arc::clone(listener),
            handle,
            timeout,
            stopping: Arc::clone(&workers.stopping),
            served: Arc::clone(&workers.served),
            duty: Arc::clone(&workers.duty),
            starved: AtomicBool::new(false),
        });
        for number in 0..count {
            match Worker::start(number, Arc::clone(&shared)) {
                Ok(worker) => workers.workers.push(worker),
                Err(error) => {
                    workers.stop();
                    return Err(out_of_resources(error));
                }
            }
        }
        Ok(workers)
    }

    pub(super) fn pulse(&self) -> Pulse {
        Pulse {
            waits: self
                .workers
                .iter()
                .map(|worker| Arc::clone(&worker.waits))
                .collect(),
            served: Arc::clone(&self.served),
        }
    }

    /// Lets each thread finish the request it is at, and waits for all of them.
    pub(super) fn stop(self) {
        self.tell_to_stop();
        while !self.workers.iter().all(Worker::has_ended) {
            self.duty.wake_all();
            // A thread that waits since before it was told does not know the limit until it is woken.
            self.workers.iter().for_each(Worker::wake);
            thread::sleep(LAST_WAIT);
        }
        for worker in self.workers {
            if worker.thread.join().is_err() {
                error!("a worker thread had ended by a panic");
            }
        }
        low_level::unregister(self.handler);
        if let Err(error) = self.listener.wait_at_most(None) {
            error!("the socket cannot be set up: {error}");
        }
    }

    /// From here on no thread begins to wait for another client for long.
    fn tell_to_stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        if let Err(error) = self.listener.wait_at_most(Some(LAST_WAIT)) {
            error!("the worker threads may not end before another client each has come: {error}");
        }
    }
}

impl Worker {
    fn start<H>(number: usize, shared: Arc<Shared<H>>) -> io::Result<Self>
    where
        H: Fn(Connection) + Send + Sync + 'static,
    {
        let waits = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&waits);
        let thread = thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(move || shared.serve(&theirs))?;
        Ok(Self { thread, waits })
    }

    fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    fn wake(&self) {
        if self.waits.load(Ordering::SeqCst) {
            // It fails for a thread that has ended meanwhile.
            let _ = pthread_kill(self.thread.as_pthread_t(), WAKE);
        }
    }
}

fn out_of_resources(error: io::Error) -> Error {
    Error::new(
        ErrorKind::InsufficientMemory,
        "the worker threads cannot be started: lower thread_pool_size, or raise the limits of this process",
    )
    .with_source(error)
}

impl<H: Fn(Connection)> Shared<H> {
    fn serve(&self, waits: &AtomicBool) {
        loop {
            self.duty.wait_for_turn(&self.stopping);
            if self.stopping.load(Ordering::SeqCst) {
                return;
            }
            waits.store(true, Ordering::SeqCst);
            self.duty.begin_wait();
            let accepted = self.listener.accept();
            self.duty.end_wait();
            waits.store(false, Ordering::SeqCst);
            match accepted {
                Ok(stream) => {
                    self.starved.store(false, Ordering::Relaxed);
                    self.serve_client(stream);
                    self.served.fetch_add(1, Ordering::SeqCst);
                }
                Err(error) => self.after_failure(&error),
            }
        }
    }

    fn serve_client(&self, stream: UnixStream) {
        let connection = match self.connection(stream) {
            Ok(Some(connection)) => connection,
            Ok(None) => {
                debug!("a client left without a request");
                return;
            }
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

    /// A client that asks for something.
    fn connection(&self, stream: UnixStream) -> io::Result<Option<Connection>> {
        let peer = getsockopt(&stream, PeerCredentials)?;
        let mut stream = ClientStream::new(stream, self.timeout, Arc::clone(&self.stopping));
        let asks = stream.begins()?;
        Ok(asks.then(|| Connection {
            stream: Box::new(stream),
            metadata: Some(ConnectionMetadata::UnixPeerCredentials {
                uid: peer.uid(),
                gid: peer.gid(),
                pid: Some(peer.pid()),
            }),
        }))
    }

    /// The thread is to end, the client is gone again, or there is no room for it.
    fn after_failure(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, Interrupted, WouldBlock};
        if matches!(error.kind(), WouldBlock | ConnectionAborted | Interrupted) {
            return;
        }
        if !self.starved.swap(true, Ordering::Relaxed) {
            error!("clients wait, as none can be accepted: {error}");
        }
        // The queue stays readable, so without a pause this would spin.
        thread::sleep(BACK_OFF);
    }
}

#[cfg(test)]
mod tests;
