//! The service under systemd: notification, and a socket that is handed over.

use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use parsec_client::auth::Authentication;

use crate::client::Client;
use crate::fixture::{Installation, Manager, Program};
use crate::keys::{ECDSA, signing, signs};
use crate::process::Service;

/// Makes the standard input the first socket handed over, as sd_listen_fds(3) wants it.
const HAND_OVER: &str = "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\"";

fn received(socket: &UnixDatagram) -> String {
    let mut message = [0; 200];
    let length = socket.recv(&mut message).unwrap();
    String::from_utf8(message[..length].to_vec()).unwrap()
}

#[test]
fn systemd_is_told_of_each_step() {
    let mut installation = Installation::direct(Manager::Sqlite);
    let path = installation.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    installation.variables = vec![("NOTIFY_SOCKET", path.to_str().unwrap().to_owned())];
    let service = installation.start();
    assert!(received(&socket).starts_with("READY=1"));
    service.signal("HUP");
    let reloading = received(&socket);
    assert!(reloading.contains("RELOADING=1"), "{reloading}");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    assert!(received(&socket).starts_with("READY=1"));
    service.stop();
    assert!(received(&socket).starts_with("STOPPING=1"));
}

#[test]
fn a_socket_that_is_handed_over_is_served_and_left() {
    let installation = Installation::direct(Manager::OnDisk);
    installation.write_config(&installation.config());
    let socket = UnixListener::bind(installation.socket()).unwrap();
    let client = Client::connect(
        &installation.socket(),
        Authentication::Direct("alice".into()),
    );
    let client = client.unwrap();
    // A client that is there before the service is served as soon as there is one.
    let early = thread::spawn(move || client.generate("early", signing(256, ECDSA)));

    let program = installation.command(Program::Ours);
    let mut command = Command::new("sh");
    command
        .args(["-c", HAND_OVER, "sh"])
        .arg(program.get_program());
    command
        .args(program.get_args())
        .stdin(Stdio::from(OwnedFd::from(socket)));
    let service = Service::run(&installation, command);
    early.join().unwrap().unwrap();
    let client = service.client("alice");
    signs(&client, "early", 256).unwrap();

    service.signal("HUP");
    service.wait_for_log("] ready\n", 2);
    signs(&client, "early", 256).unwrap();
    assert!(service.stop().contains("the socket of systemd"));
    assert!(installation.socket().exists());
}
