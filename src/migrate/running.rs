//! Owns the question whether a service runs.

use std::path::Path;

use nix::errno::Errno;

use super::refused;
use crate::error::Result;
use crate::service;

/// Refuses to go on while something answers on the socket.
pub(super) fn refuse_running_service(socket: &Path) -> Result<()> {
    match service::listener::probe(socket) {
        Err(Errno::ENOENT | Errno::ECONNREFUSED | Errno::ENOTDIR) => Ok(()),
        Ok(()) | Err(Errno::EAGAIN) => Err(refused(format!(
            "a service answers on {}: stop it, and its socket unit if it has one, and start it again afterwards",
            socket.display()
        ))),
        Err(error) => Err(refused(format!(
            "whether a service answers on {} cannot be found out: run this as the user of the service or as root",
            socket.display()
        ))
        .with_source(error)),
    }
}
