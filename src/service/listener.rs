//! Owns the Unix socket that clients connect to: bound here, or handed over by systemd.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use listenfd::ListenFd;
use log::{debug, info, warn};
use nix::errno::Errno;
use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, setsockopt, socket};
use nix::sys::time::{TimeVal, TimeValLike};

use crate::error::{Error, ErrorKind, Result};

/// Every local user may connect; the authenticator tells them apart.
const SOCKET_MODE: u32 = 0o666;

/// A listening socket. One that was bound here is removed when dropped.
#[derive(Debug)]
pub(super) struct Listener {
    socket: UnixListener,
    /// Where it was bound; `None` for a socket of systemd's.
    bound: Option<BoundAt>,
}

/// The socket file that this process made.
#[derive(Debug)]
struct BoundAt {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Listener {
    /// Takes the socket that systemd hands over, else binds one at `path`.
    ///
    /// # Errors
    /// If systemd hands over anything but one Unix socket, and as [`Listener::bind`].
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut handed_over = ListenFd::from_env();
        if handed_over.len() > 1 {
            return Err(refused(format!(
                "systemd handed over {} sockets, but this service takes one: keep one Listen option in the socket unit",
                handed_over.len()
            )));
        }
        let socket = handed_over.take_unix_listener(0).map_err(|error| {
            refused("systemd handed over a socket that is no Unix stream socket: use ListenStream= with a path".to_owned())
                .with_source(error)
        })?;
        match socket {
            Some(socket) => {
                info!("listening on the socket of systemd");
                Self::new(socket, None)
            }
            None => Self::bind(path),
        }
    }

    /// Makes a socket at `path`, in place of a stale one.
    ///
    /// # Errors
    /// If another service answers at `path`, if the file there is no socket, and if none can be
    /// made there.
    pub(super) fn bind(path: &Path) -> Result<Self> {
        clear(path)?;
        let unusable = |error: io::Error| {
            refused(format!(
                "the socket {} cannot be made: its directory must exist and be writable by the user of this service, and the path has at most 107 bytes (socket_path in [listener])",
                path.display()
            ))
            .with_source(error)
        };
        let socket = UnixListener::bind(path).map_err(unusable)?;
        fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE)).map_err(unusable)?;
        let metadata = fs::symlink_metadata(path).map_err(unusable)?;
        info!("listening on {}", path.display());
        let bound = BoundAt {
            path: path.to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
        };
        Self::new(socket, Some(bound))
    }

    fn new(socket: UnixListener, bound: Option<BoundAt>) -> Result<Self> {
        let listener = Self { socket, bound };
        let unusable =
            |error: io::Error| refused("the socket cannot be set up".to_owned()).with_source(error);
        listener.socket.set_nonblocking(false).map_err(unusable)?;
        listener.wait_at_most(None).map_err(unusable)?;
        Ok(listener)
    }

    /// Whether a configuration that wants a socket at `path` is served by this one.
    pub(super) fn serves(&self, path: &Path) -> bool {
        self.bound.as_ref().is_none_or(|bound| bound.path == path)
    }

    /// Waits for the next client.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if the time of [`Listener::wait_at_most`] is over; else what kept
    /// the client out.
    pub(super) fn accept(&self) -> io::Result<UnixStream> {
        self.socket.accept().map(|(stream, _)| stream)
    }

    /// Limits the waits that begin after this, and those that a signal interrupts after this: they
    /// begin anew. `None` lifts the limit.
    pub(super) fn wait_at_most(&self, limit: Option<Duration>) -> io::Result<()> {
        let limit = limit.unwrap_or_default().as_micros();
        let limit = TimeVal::microseconds(limit.try_into().unwrap_or(i64::MAX));
        Ok(setsockopt(&self.socket, ReceiveTimeout, &limit)?)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let Some(bound) = &self.bound else { return };
        let ours = fs::symlink_metadata(&bound.path)
            .is_ok_and(|file| (file.dev(), file.ino()) == (bound.device, bound.inode));
        if !ours {
            return;
        }
        if let Err(error) = fs::remove_file(&bound.path) {
            debug!(
                "the socket {} was left behind: {error}",
                bound.path.display()
            );
        }
    }
}

/// Removes the socket of a service that is gone.
fn clear(path: &Path) -> Result<()> {
    let file = match fs::symlink_metadata(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(refused(format!(
                "the socket path {} cannot be looked at: its directory must be open to the user of this service",
                path.display()
            ))
            .with_source(error));
        }
    };
    if !file.file_type().is_socket() {
        return Err(refused(not_a_socket(path)));
    }
    match probe(path) {
        Ok(()) | Err(Errno::EAGAIN) => Err(refused(format!(
            "another service answers on {}: stop it, or set another socket_path in [listener]",
            path.display()
        ))),
        Err(Errno::ENOENT) => Ok(()),
        Err(Errno::ECONNREFUSED) => {
            warn!(
                "removing the socket {}, which nothing answers on",
                path.display()
            );
            fs::remove_file(path).map_err(|error| {
                refused(format!(
                    "the stale socket {} cannot be removed",
                    path.display()
                ))
                .with_source(error)
            })
        }
        Err(error) => Err(refused(format!(
            "whether another service answers on {} cannot be found out: remove it if there is none",
            path.display()
        ))
        .with_source(error)),
    }
}

/// What is wrong when something that is no socket is at `path`.
pub(super) fn not_a_socket(path: &Path) -> String {
    format!(
        "{} exists and is no socket: remove it, or set another socket_path in [listener]",
        path.display()
    )
}

/// Connects without waiting: a service whose queue is full answers, too, with `EAGAIN`.
pub(crate) fn probe(path: &Path) -> std::result::Result<(), Errno> {
    let socket = socket(
        AddressFamily::Unix,
        SockType::Stream,
        SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    connect(socket.as_raw_fd(), &UnixAddr::new(path)?)
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    fn bind_error(path: &Path) -> String {
        Listener::bind(path).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn binds_for_everyone_and_cleans_up() -> io::Result<()> {
        let directory = tempdir()?;
        let path = directory.path().join("parsec.sock");
        let listener = Listener::bind(&path).map_err(io::Error::other)?;
        assert_eq!(fs::metadata(&path)?.mode() & 0o777, SOCKET_MODE);
        assert!(listener.serves(&path) && !listener.serves(directory.path()));
        listener.wait_at_most(Some(Duration::from_millis(1)))?;
        let nobody = listener.accept();
        assert!(nobody.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock));
        drop(listener);
        assert!(!path.exists());
        Ok(())
    }

    #[test]
    fn a_socket_that_answers_is_left_alone() -> io::Result<()> {
        let directory = tempdir()?;
        let path = directory.path().join("parsec.sock");
        let other = UnixListener::bind(&path)?;
        assert!(bind_error(&path).contains("another service answers"));
        // The queue full, connecting would block.
        let clients: Vec<_> = std::iter::repeat_with(|| probe(&path)).take(5000).collect();
        assert!(clients.contains(&Ok(())) && clients.contains(&Err(Errno::EAGAIN)));
        assert!(bind_error(&path).contains("another service answers"));
        drop(other);
        assert!(path.exists());
        Ok(())
    }

    #[test]
    fn a_stale_socket_is_replaced_and_a_file_is_not() -> io::Result<()> {
        let directory = tempdir()?;
        let path = directory.path().join("parsec.sock");
        drop(UnixListener::bind(&path)?);
        assert_eq!(bind_error(&path), "");
        fs::write(&path, "precious")?;
        assert!(bind_error(&path).contains("is no socket"));
        assert_eq!(fs::read(&path)?, b"precious");
        Ok(())
    }

    #[test]
    fn paths_that_cannot_be_bound_are_named() -> io::Result<()> {
        let directory = tempdir()?;
        for name in ["absent/parsec.sock", &"x".repeat(120)] {
            let path = directory.path().join(name);
            let text = bind_error(&path);
            assert!(text.contains(&path.display().to_string()), "{text}");
        }
        Ok(())
    }

    #[test]
    fn a_file_that_took_the_place_of_ours_is_kept() -> io::Result<()> {
        let directory = tempdir()?;
        let path = directory.path().join("parsec.sock");
        let listener = Listener::bind(&path).map_err(io::Error::other)?;
        fs::rename(&path, directory.path().join("moved"))?;
        fs::write(&path, "another's")?;
        drop(listener);
        assert!(path.exists());
        Ok(())
    }
}
