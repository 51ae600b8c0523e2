//! Tests of the stream on real sockets.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::*;

const TIMEOUT: Duration = Duration::from_millis(100);

/// A stream and its client.
fn pair() -> io::Result<(ClientStream, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    theirs.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok((ClientStream::new(ours, TIMEOUT, Arc::default()), theirs))
}

fn bytes(count: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(count).collect()
}

#[test]
fn pieces_of_any_size_arrive_in_order() -> io::Result<()> {
    for length in [0, 1, CAPACITY - 1, CAPACITY, CAPACITY + 1, 5 * CAPACITY + 7] {
        for piece in [1, 3, 30, CAPACITY - 1, CAPACITY, CAPACITY + 1, 4 * CAPACITY] {
            let (mut stream, mut client) = pair()?;
            let sent = bytes(length);
            client.write_all(&sent)?;
            let mut received = vec![0; length];
            for part in received.chunks_mut(piece) {
                stream.read_exact(part)?;
            }
            assert_eq!(received, sent, "{length} bytes by {piece}");
            for part in sent.chunks(piece) {
                stream.write_all(part)?;
            }
            drop(stream);
            let mut answer = Vec::new();
            client.read_to_end(&mut answer)?;
            assert_eq!(answer, sent, "{length} bytes by {piece}");
        }
    }
    Ok(())
}

#[test]
fn a_slow_client_is_not_waited_for_by_a_service_that_stops() -> io::Result<()> {
    for (stopping, expected) in [(false, true), (true, false)] {
        let (ours, mut client) = UnixStream::pair()?;
        let mut stream = ClientStream::new(ours, 30 * TIMEOUT, Arc::new(stopping.into()));
        let slow = thread::spawn(move || {
            for _ in 0..20 {
                thread::sleep(2 * TIMEOUT);
                // It fails once nobody reads any more.
                let _ = client.write_all(&[7]);
            }
        });
        let mut message = [0; 20];
        let read = stream.read_exact(&mut message);
        assert_eq!(read.is_ok(), expected, "{read:?}");
        drop(stream);
        slow.join().map_err(|_| io::ErrorKind::Other)?;
    }
    Ok(())
}

#[test]
fn a_message_is_read_and_sent_as_a_whole() -> io::Result<()> {
    let (mut stream, mut client) = pair()?;
    client.write_all(&bytes(100))?;
    let mut field = [0; 4];
    stream.read_exact(&mut field)?;
    assert_eq!(stream.unread.len(), 96);
    client.set_nonblocking(true)?;
    stream.write_all(&field)?;
    let early = client.read(&mut field).map_err(|error| error.kind());
    assert_eq!(early, Err(io::ErrorKind::WouldBlock));
    stream.flush()?;
    assert_eq!(client.read(&mut field)?, 4);
    Ok(())
}

#[test]
fn a_message_longer_than_the_socket_takes_waits_for_the_client() -> io::Result<()> {
    let (ours, mut client) = UnixStream::pair()?;
    let mut stream = ClientStream::new(ours, 200 * TIMEOUT, Arc::default());
    let sent = bytes(2 << 20);
    let expected = sent.clone();
    let writer = thread::spawn(move || stream.write_all(&sent));
    let mut received = vec![0; expected.len()];
    client.read_exact(&mut received)?;
    assert_eq!(received, expected);
    let written = writer.join();
    assert!(written.is_ok_and(|result| result.is_ok()));
    Ok(())
}

#[test]
fn a_client_that_does_not_send_or_take_is_not_waited_for() -> io::Result<()> {
    let (mut stream, _client) = pair()?;
    let begin = Instant::now();
    let read = stream.read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(read, Err(io::ErrorKind::WouldBlock));
    let written = stream.write_all(&bytes(2 << 20));
    assert_eq!(
        written.map_err(|error| error.kind()),
        Err(io::ErrorKind::WouldBlock)
    );
    assert!(begin.elapsed() >= TIMEOUT && begin.elapsed() < 600 * TIMEOUT);
    Ok(())
}

#[test]
fn a_client_that_is_gone_is_an_error() -> io::Result<()> {
    let (mut stream, client) = pair()?;
    drop(client);
    assert_eq!(stream.read(&mut [0])?, 0);
    stream.write_all(&[1])?;
    let flushed = stream.flush().map_err(|error| error.kind());
    assert_eq!(flushed, Err(io::ErrorKind::BrokenPipe));
    // What could not be sent is not tried again.
    assert!(stream.unsent.is_empty());
    Ok(())
}

#[test]
fn nothing_is_sent_after_a_panic() -> io::Result<()> {
    let (stream, mut client) = pair()?;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut stream = stream;
        let written = stream.write_all(&[1, 2]);
        assert!(written.is_err(), "as the test wants it");
    }));
    assert!(panicked.is_err());
    assert_eq!(client.read(&mut [0; 2])?, 0);
    Ok(())
}
