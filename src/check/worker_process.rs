//! Owns a worker as its supervisor has it: the process, and what it tells.

use std::io::{self, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::message::{self, Message, Plan};
use super::request::Request;
use crate::config::Pin;

/// A worker process, which does not outlive this.
pub(super) struct WorkerProcess {
    child: Child,
    /// What it tells; at an end once it is gone.
    pub(super) messages: Receiver<Message>,
}

impl WorkerProcess {
    /// Starts `program` as a worker, and tells it the plan and the PIN.
    pub(super) fn start(
        program: &Path,
        request: &Request,
        plan: &Plan,
        pin: Option<&Pin>,
    ) -> io::Result<Self> {
        let (mut ours, theirs) = UnixStream::pair()?;
        let output = || match request.module_output {
            true => Stdio::inherit(),
            false => Stdio::null(),
        };
        let mut command = Command::new(program);
        if let Some(name) = &request.pin_variable {
            command.env_remove(name);
        }
        let child = command
            .arg("check-worker")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(output())
            .stderr(output())
            .spawn()?;
        let messages = ours.try_clone()?;
        let process = Self {
            child,
            messages: listen(messages)?,
        };
        message::send(&mut ours, plan)?;
        if let Some(pin) = pin {
            message::send_pin(&mut ours, pin.as_bytes())?;
        }
        Ok(process)
    }

    /// Waits for its end.
    pub(super) fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads messages on a thread of its own, until the worker is gone.
fn listen(stream: UnixStream) -> io::Result<Receiver<Message>> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("worker's messages".to_owned())
        .spawn(move || {
            let mut stream = BufReader::new(stream);
            while let Ok(Some(message)) = message::receive(&mut stream) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        })?;
    Ok(receiver)
}
