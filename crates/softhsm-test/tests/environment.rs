//! Environments of child processes.

use std::env;
use std::error::Error;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use softhsm_test::{
    Environment, Token, configuration, pkcs11, process_directory, process_directory_path, util_path,
};

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn only_the_child_sees_its_tokens() -> Outcome {
    let environment = Environment::new()?;
    let token = environment.token_with_label("child")?;
    assert_eq!(token.label(), "child");

    let ours = Token::new()?;
    let mut command = Command::new(util_path()?);
    let output = environment.apply(command.arg("--show-slots")).output()?;
    let slots = String::from_utf8(output.stdout)?;
    assert!(slots.contains(token.serial()) && !slots.contains(ours.serial()));

    let pkcs11 = pkcs11()?;
    ours.slot(&pkcs11)?;
    let error = token.slot(&pkcs11).unwrap_err().to_string();
    assert!(error.contains(token.serial()), "{error}");
    Ok(())
}

/// SoftHSM2 rewrites the file of a token in place: who loads the module meanwhile reads a part of it.
#[test]
fn it_has_room_beside_a_token_that_is_being_written() -> Outcome {
    let environment = Environment::new()?;
    environment.token()?;
    let directory = environment.token_dir().read_dir()?.next().ok_or("none")??;
    let file = directory.path().join("token.object");
    let whole = std::fs::read(&file)?;
    for length in (0..whole.len()).step_by(whole.len() / 20) {
        std::fs::write(&file, &whole[..length])?;
        environment.token()?;
    }
    Ok(())
}

#[test]
fn it_is_private_and_removed_on_drop() -> Outcome {
    let environment = Environment::new()?;
    environment.token()?;
    let path = environment.path().to_owned();
    assert_eq!(path.metadata()?.permissions().mode() & 0o777, 0o700);
    assert_eq!(
        std::fs::read_to_string(environment.config_path())?,
        configuration(&environment.token_dir())
    );
    assert_eq!(environment.token_dir().read_dir()?.count(), 1);
    assert_ne!(
        env::var_os("SOFTHSM2_CONF"),
        Some(environment.config_path().into())
    );
    drop(environment);
    assert!(!path.exists());
    Ok(())
}

#[test]
fn that_of_the_process_has_its_directory() -> Outcome {
    let directory = process_directory()?;
    assert_eq!(process_directory_path(), Some(directory.as_path()));
    let variable = env::var_os("SOFTHSM2_CONF").ok_or("not set")?;
    assert!(Path::new(&variable).starts_with(&directory));
    assert!(directory.is_dir());
    Ok(())
}
