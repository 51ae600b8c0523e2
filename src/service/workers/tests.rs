//! Tests of the worker threads, on real sockets and without a token.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::{Condvar, Mutex, mpsc};

use super::*;
use tempfile::{TempDir, tempdir};

/// Nothing that works takes so long.
const LONG: Duration = Duration::from_secs(20);

/// A listener in a directory of its own.
fn listener() -> io::Result<(TempDir, Arc<Listener>)> {
    let directory = tempdir()?;
    let listener = Listener::bind(&directory.path().join("socket")).map_err(io::Error::other)?;
    Ok((directory, Arc::new(listener)))
}

fn client(directory: &TempDir) -> io::Result<UnixStream> {
    let client = UnixStream::connect(directory.path().join("socket"))?;
    client.set_read_timeout(Some(LONG))?;
    Ok(client)
}

fn start<H>(listener: &Arc<Listener>, count: usize, handle: H) -> io::Result<Workers>
where
    H: Fn(Connection) + Send + Sync + 'static,
{
    start_few(listener, count, count, LONG, handle)
}

fn start_few<H>(
    listener: &Arc<Listener>,
    count: usize,
    few: usize,
    timeout: Duration,
    handle: H,
) -> io::Result<Workers>
where
    H: Fn(Connection) + Send + Sync + 'static,
{
    Workers::start(listener, count, few, timeout, handle).map_err(io::Error::other)
}

/// Answers with what it reads.
fn echo(mut connection: Connection) {
    let mut byte = [0];
    if connection.stream.read_exact(&mut byte).is_ok() {
        let _ = connection.stream.write_all(&byte);
    }
}

#[test]
fn many_clients_get_an_answer_each() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let workers = start(&listener, 4, echo)?;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..8_u8)
            .map(|number| {
                let directory = &directory;
                scope.spawn(move || -> io::Result<()> {
                    for _ in 0..200 {
                        let mut answer = [0];
                        let mut client = client(directory)?;
                        client.write_all(&[number])?;
                        client.read_exact(&mut answer)?;
                        assert_eq!(answer, [number]);
                    }
                    Ok(())
                })
            })
            .collect();
        for client in clients {
            client
                .join()
                .map_err(|_| io::Error::other("a client panicked"))??;
        }
        Ok::<_, io::Error>(())
    })?;
    workers.stop();
    Ok(())
}

#[test]
fn the_peer_is_named() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let (send, receive) = mpsc::channel();
    let workers = start(&listener, 1, move |connection| {
        let _ = send.send(connection.metadata);
    })?;
    client(&directory)?.write_all(&[1])?;
    let metadata = receive.recv_timeout(LONG).map_err(io::Error::other)?;
    let Some(ConnectionMetadata::UnixPeerCredentials { uid, gid, pid }) = metadata else {
        return Err(io::Error::other("no credentials"));
    };
    assert_eq!(
        (uid, gid),
        (
            nix::unistd::geteuid().as_raw(),
            nix::unistd::getegid().as_raw()
        )
    );
    assert_eq!(pid, i32::try_from(std::process::id()).ok());
    workers.stop();
    Ok(())
}

#[test]
fn who_only_looks_whether_a_service_is_there_is_not_served() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let workers = start(&listener, 1, |mut connection| {
        let _ = connection.stream.write_all(b"served");
    })?;
    for asks in [false, true] {
        let mut client = client(&directory)?;
        if asks {
            client.write_all(&[1])?;
        }
        client.shutdown(Shutdown::Write)?;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer)?;
        assert_eq!(answer, if asks { &b"served"[..] } else { b"" });
    }
    workers.stop();
    Ok(())
}

#[test]
fn a_panic_costs_one_client_its_answer() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let workers = start(&listener, 1, |mut connection| {
        let mut byte = [0];
        let _ = connection.stream.read_exact(&mut byte);
        assert_ne!(byte, [0], "as the test wants it");
        let _ = connection.stream.write_all(&byte);
    })?;
    for number in [0, 1] {
        let mut client = client(&directory)?;
        client.write_all(&[number])?;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer)?;
        assert_eq!(answer.len(), usize::from(number));
    }
    workers.stop();
    Ok(())
}

#[test]
fn stopping_finishes_what_runs_and_leaves_the_queue() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let (begun, wait_for_begin) = mpsc::channel();
    let (go_on, wait_for_go_on) = mpsc::channel::<()>();
    let wait_for_go_on = Mutex::new(wait_for_go_on);
    let workers = start(&listener, 1, move |connection| {
        let _ = begun.send(());
        if let Ok(gate) = wait_for_go_on.lock() {
            let _ = gate.recv();
        }
        echo(connection);
    })?;
    let mut first = client(&directory)?;
    first.write_all(&[7])?;
    wait_for_begin
        .recv_timeout(LONG)
        .map_err(io::Error::other)?;
    let mut second = client(&directory)?;
    workers.tell_to_stop();
    let stopping = thread::spawn(move || workers.stop());
    go_on.send(()).map_err(io::Error::other)?;
    let mut answer = [0];
    first.read_exact(&mut answer)?;
    assert_eq!(answer, [7]);
    stopping
        .join()
        .map_err(|_| io::Error::other("the stop panicked"))?;

    // The next workers on the same socket serve who waited meanwhile.
    let workers = start(&listener, 2, echo)?;
    second.write_all(&[8])?;
    second.read_exact(&mut answer)?;
    assert_eq!(answer, [8]);
    workers.stop();
    Ok(())
}

#[test]
fn a_silent_client_times_out() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let workers = start_few(&listener, 1, 1, Duration::from_secs(2), echo)?;
    let _silent = client(&directory)?;
    let mut other = client(&directory)?;
    other.write_all(&[1])?;
    other.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    other.read_to_end(&mut answer)?;
    assert_eq!(answer, [1]);
    workers.stop();
    Ok(())
}

#[test]
fn dropping_the_handler_is_what_stop_ends_with() -> io::Result<()> {
    let (_directory, listener) = listener()?;
    let held = Arc::new(());
    let holder = Arc::clone(&held);
    let workers = start(&listener, 3, move |_| drop(Arc::clone(&holder)))?;
    workers.stop();
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(Arc::strong_count(&listener), 1);
    Ok(())
}

/// Keeps the processor for as long as a request of a software token may take.
fn spin() {
    let begin = std::time::Instant::now();
    while begin.elapsed() < Duration::from_millis(10) {
        std::hint::spin_loop();
    }
}

/// Workers of whom [`FEW`] stay on duty while they keep the processor busy; one byte says what a client wants:
/// [`SPIN`], or a wait as for a token.
fn workers_of_two_kinds(listener: &Arc<Listener>) -> io::Result<Workers> {
    start_few(listener, ALL, FEW, LONG, |mut connection| {
        let mut byte = [0];
        if connection.stream.read_exact(&mut byte).is_ok() {
            if byte == [SPIN] {
                spin();
            } else {
                thread::sleep(Duration::from_millis(100));
            }
            let _ = connection.stream.write_all(&byte);
        }
    })
}

const ALL: usize = 32;
const FEW: usize = 2;
const SPIN: u8 = 1;
const WAIT: u8 = 2;

/// Is served with clients that come all at once.
fn crowd(directory: &TempDir, count: usize, wants: u8) -> io::Result<()> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = client(directory)?;
        client.write_all(&[wants])?;
        clients.push(client);
    }
    for client in &mut clients {
        client.read_exact(&mut [0])?;
    }
    Ok(())
}

/// What the number of threads that may be on duty comes to within some seconds.
fn wait_for(workers: &Workers, allowed: impl Fn(usize) -> bool) -> usize {
    let begin = std::time::Instant::now();
    loop {
        let now = workers.duty.allowed();
        if allowed(now) || begin.elapsed() > LONG {
            return now;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn few_stay_on_duty_while_they_keep_the_processor_busy_and_all_return() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let workers = workers_of_two_kinds(&listener)?;
    assert_eq!(workers.duty.allowed(), ALL);
    for _ in 0..3 {
        thread::scope(|scope| {
            let spinning = scope.spawn(|| crowd(&directory, 4 * ALL, SPIN));
            assert_eq!(wait_for(&workers, |allowed| allowed == FEW), FEW);
            joined(spinning)
        })?;
        assert_eq!(wait_for(&workers, |allowed| allowed == ALL), ALL);
    }
    workers.stop();
    Ok(())
}

#[test]
fn threads_return_one_by_one_while_those_on_duty_wait_for_the_token() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let workers = workers_of_two_kinds(&listener)?;
    thread::scope(|scope| {
        let spinning = scope.spawn(|| crowd(&directory, 4 * ALL, SPIN));
        assert_eq!(wait_for(&workers, |allowed| allowed == FEW), FEW);
        // They come behind the others, so the load is never gone.
        let waiting = scope.spawn(|| crowd(&directory, 4 * ALL, WAIT));
        let some = wait_for(&workers, |allowed| allowed > 3 * FEW);
        assert!(some > 3 * FEW && some < ALL, "{some}");
        joined(spinning)?;
        joined(waiting)
    })?;
    workers.stop();
    Ok(())
}

fn joined(crowd: thread::ScopedJoinHandle<'_, io::Result<()>>) -> io::Result<()> {
    crowd
        .join()
        .map_err(|_| io::Error::other("a crowd panicked"))?
}

#[test]
fn all_stay_on_duty_while_they_wait_for_the_token() -> io::Result<()> {
    let (directory, listener) = listener()?;
    let (waiting, all_wait) = (Mutex::new(0), Condvar::new());
    // Each is answered once all are being served.
    let workers = start_few(&listener, ALL, FEW, LONG, move |mut connection| {
        let Ok(mut waiting) = waiting.lock() else {
            return;
        };
        *waiting += 1;
        all_wait.notify_all();
        let waited = all_wait.wait_timeout_while(waiting, LONG, |waiting| *waiting < ALL);
        if waited.is_ok_and(|(_, timeout)| !timeout.timed_out()) {
            let _ = connection.stream.write_all(&[WAIT]);
        }
    })?;
    crowd(&directory, ALL, WAIT)?;
    assert_eq!(workers.duty.allowed(), ALL);
    workers.stop();
    Ok(())
}
