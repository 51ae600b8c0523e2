//! Owns a SoftHSM2 token behind p11-kit's remoting: the client module here, the token in a server.

use std::os::unix::net::UnixStream;
use std::process::Command;

use crate::daemon::Daemon;
use crate::environment::{P11_KIT, P11_KIT_SOCKET, new_directory};
use crate::error::Result;
use crate::installed::{library, program};
use crate::token::TestToken;

/// Makes a token and starts the server in front of it: one for a process.
///
/// # Errors
///
/// If p11-kit or SoftHSM2 is not installed, or the server does not answer.
pub fn start() -> Result<TestToken> {
    let module = library(&["pkcs11/p11-kit-client.so"], "p11-kit-modules")?;
    let p11_kit = program("p11-kit", "p11-kit")?;
    let behind = softhsm_test::Token::new()?;
    let directory = new_directory(P11_KIT)?;
    let socket = directory.join(P11_KIT_SOCKET);
    // It inherits SOFTHSM2_CONF, so it sees the tokens of this process.
    let mut server = Daemon::start(
        Command::new(p11_kit)
            .args(["server", "-f", "--name"])
            .arg(&socket)
            .arg("--provider")
            .arg(softhsm_test::module_path()?)
            .arg(format!("pkcs11:serial={}", behind.serial())),
        directory.join("log"),
    )?;
    server.wait_until(|| UnixStream::connect(&socket).is_ok())?;
    let mut token = TestToken::new(module, vec![server]);
    token.serial = Some(behind.serial().to_owned());
    token.user_pin = behind.user_pin().to_owned();
    Ok(token)
}
