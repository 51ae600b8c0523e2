//! Starts that fail: the exit code, and what the person at the keyboard reads.

use std::fs;
use std::os::unix::fs::MetadataExt;

use softhsm_test::Environment;

use crate::fixture::{Installation, Manager, Program, quoted};
use crate::keys::{ECDSA, signing, signs};
use crate::process::PIN_REFUSED;

fn with(option: &'static str, value: String) -> Installation {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation.provider.insert(option, value);
    installation
}

fn within(environment: Environment, pin: &str) -> Installation {
    let mut installation = Installation::within(environment);
    installation.provider.insert("user_pin", quoted(pin));
    installation
}

#[test]
fn the_library_is_missing() {
    let missing = "/nonexistent/libpkcs11.so";
    let failure = with("library_path", quoted(missing)).fail();
    failure.is(1, &[missing, "no such file", "library_path"]);
}

#[test]
fn the_library_is_a_text() {
    let mut installation = Installation::direct(Manager::Sqlite);
    let text = installation.path("text.so");
    fs::write(&text, "This is no library.\n").unwrap();
    installation
        .provider
        .insert("library_path", quoted(text.to_str().unwrap()));
    installation
        .fail()
        .is(1, &[text.to_str().unwrap(), "cannot be loaded"]);
}

#[test]
fn the_library_is_no_pkcs11_module() {
    let failure = with("library_path", quoted("libm.so.6")).fail();
    failure.is(1, &["libm.so.6", "not a PKCS#11 module"]);
}

#[test]
fn there_is_no_token() {
    let failure = within(Environment::new().unwrap(), "1234").fail();
    failure.is(1, &["no initialised token"]);
}

#[test]
fn two_tokens_and_no_choice() {
    let environment = Environment::new().unwrap();
    let tokens = [(); 2].map(|()| environment.token().unwrap());
    let failure = within(environment, tokens[0].user_pin()).fail();
    failure.is(1, &["2 tokens", "serial_number", "token_label"]);
    failure.is(1, &tokens.each_ref().map(|token| token.serial()));
    failure.is(1, &tokens.each_ref().map(|token| token.label()));
}

#[test]
fn two_tokens_with_the_label_that_was_chosen() {
    let environment = Environment::new().unwrap();
    let tokens = [(); 2].map(|()| environment.token_with_label("twin").unwrap());
    let mut installation = within(environment, tokens[0].user_pin());
    installation.provider.insert("token_label", quoted("twin"));
    let failure = installation.fail();
    failure.is(1, &["2 tokens", "twin"]);
    failure.is(1, &tokens.each_ref().map(|token| token.serial()));
}

#[test]
fn the_one_token_needs_no_choice() {
    let environment = Environment::new().unwrap();
    let token = environment.token().unwrap();
    let installation = within(environment, token.user_pin());
    let service = installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    signs(&client, "key", 256).unwrap();
    service.stop();
}

#[test]
fn the_token_that_was_chosen_is_not_there() {
    let environment = Environment::new().unwrap();
    let tokens = [(); 2].map(|()| environment.token().unwrap());
    let mut installation = within(environment, tokens[0].user_pin());
    for (option, value) in [
        ("serial_number", quoted("0123456789abcdef")),
        ("token_label", quoted("not there")),
        ("token_uri", quoted("pkcs11:token=not%20there")),
        ("slot_number", "12345".to_owned()),
    ] {
        installation.provider.insert(option, value);
        let failure = installation.fail();
        failure.is(1, &["no token matches", "found:"]);
        failure.is(1, &tokens.each_ref().map(|token| token.serial()));
        failure.is(1, &tokens.each_ref().map(|token| token.label()));
        installation.provider.remove(option);
    }
}

#[test]
fn a_wrong_pin_is_tried_once() {
    let mut installation = Installation::direct(Manager::OnDisk);
    let right = installation.provider["user_pin"].clone();
    let wrong = "a-wrong-pin-9471";
    installation.provider.insert("user_pin", quoted(wrong));
    let failure = installation.fail();
    failure.is(
        PIN_REFUSED,
        &["refused the user PIN", "not tried again", "C_Login"],
    );
    assert!(!failure.output.contains(wrong), "{}", failure.output);
    assert!(!installation.socket().exists());

    // SoftHSM2 locks no PIN, so the right one is still taken.
    installation.provider.insert("user_pin", right);
    let service = installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();

    // A reload with a wrong PIN ends in the same way.
    installation.provider.insert("user_pin", quoted(wrong));
    installation.write_config(&installation.config());
    service.signal("HUP");
    let failure = service.end();
    failure.is(PIN_REFUSED, &["refused the user PIN", "not tried again"]);
    assert!(!failure.output.contains(wrong), "{}", failure.output);
}

/// Else a supervisor would start it again, and lock the PIN.
#[test]
fn a_refused_pin_is_told_by_the_exit_code_although_nothing_can_be_written() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation.provider.insert("user_pin", quoted("wrong"));
    installation.write_config(&installation.config());
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let status = installation
        .command(Program::Ours)
        .stdout(full())
        .stderr(full())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(PIN_REFUSED));
}

#[test]
fn the_pin_cannot_be_read() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation.provider.remove("user_pin");
    for (option, value, reason) in [
        ("user_pin_file", "/nonexistent/pin", "cannot be read"),
        ("user_pin_file", "/", "cannot be read"),
        ("user_pin_env", "NOT_SET_ANYWHERE", "not set"),
        ("user_pin_credential", "pin", "LoadCredential"),
    ] {
        installation.provider.insert(option, quoted(value));
        installation.fail().is(1, &[option, value, reason]);
        installation.provider.remove(option);
    }
}

#[test]
fn the_pin_is_bad_hexadecimal() {
    let failure = with("user_pin", quoted("hex:12345z9471")).fail();
    failure.is(1, &["user_pin", "hexadecimal"]);
    assert!(!failure.output.contains("9471"), "{}", failure.output);
}

#[test]
fn two_pins() {
    with("user_pin_env", quoted("PIN"))
        .fail()
        .is(1, &["user_pin", "user_pin_env", "keep one"]);
}

#[test]
fn the_socket_is_a_file() {
    let installation = Installation::direct(Manager::Sqlite);
    fs::write(installation.socket(), "precious").unwrap();
    installation.fail().is(1, &["parsec.sock", "no socket"]);
    assert_eq!(fs::read(installation.socket()).unwrap(), b"precious");
}

#[test]
fn the_socket_is_that_of_a_running_service() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    installation
        .fail()
        .is(1, &["parsec.sock", "another service answers"]);
    signs(&client, "key", 256).unwrap();
    service.stop();
}

#[test]
fn the_socket_has_no_directory() {
    let installation = Installation::direct(Manager::Sqlite);
    fs::write(installation.path("file"), "").unwrap();
    for directory in ["absent", "file"] {
        let config = installation.config();
        let config = config.replace("parsec.sock", &format!("{directory}/parsec.sock"));
        installation
            .fail_with(&config)
            .is(1, &["parsec.sock", "socket", "directory"]);
    }
}

#[test]
fn two_pkcs11_sections() {
    let installation = Installation::direct(Manager::Sqlite);
    let config = installation.config();
    let (_, section) = config.split_once("[[provider]]").unwrap();
    let failure = installation.fail_with(&format!("{config}\n[[provider]]{section}"));
    failure.is(1, &["second Pkcs11 section", "config.toml:"]);
}

#[test]
fn no_configuration() {
    let installation = Installation::direct(Manager::Sqlite);
    let config = installation.config();
    for (text, reason) in [
        (String::new(), "config.toml"),
        (
            config.replace("[[provider]]", "[[providers]]"),
            "[[provider]]",
        ),
        (config.replace("\"Pkcs11\"", "\"Tpm\""), "Tpm"),
        (
            config.replace("\"Direct\"", "\"JwtSvid\"\nworkload_endpoint = \"unix:/x\""),
            "JwtSvid",
        ),
        (
            config.replace("key_info_manager = \"manager\"", "key_info_manager = \"x\""),
            "\"x\"",
        ),
        (
            config.replace("user_pin = \"", "user_pin = 9471 # \""),
            "string in quotes",
        ),
    ] {
        let failure = installation.fail_with(&text);
        failure.is(1, &[reason]);
        assert!(!failure.output.contains("9471"), "{}", failure.output);
    }
}

#[test]
fn root_must_be_allowed() {
    let mut installation = Installation::direct(Manager::Sqlite);
    installation.core_settings.remove("allow_root");
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        installation.fail().is(1, &["root", "allow_root"]);
    } else {
        installation.start().stop();
    }
}
