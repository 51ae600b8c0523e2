//! A first start that is killed at any moment does not keep the next one from its database.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::fixture::{Installation, Manager, Program};

#[test]
fn killed_while_the_database_is_made() {
    let mut installation = Installation::direct(Manager::Sqlite);
    // SoftHSM2 rewrites its token at a login, and loses it when it is killed then.
    installation.provider.remove("user_pin");
    installation.write_config(&installation.config());
    for part in 0..24 {
        let mut command = installation.command(Program::Ours);
        let mut first = command.stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_micros(500) * part);
        first.kill().unwrap();
        first.wait().unwrap();
        installation.start().stop();
        assert!(installation.mappings.exists());
        fs::remove_file(&installation.mappings).unwrap();
    }
}
