//! Tests of the configuration file: what is read, what is refused, and what an error never says.

use super::*;
use crate::config::Config;

const PIN: &str = "98765secret";

/// The smallest file that works, with `provider` in place of the rest of its section.
fn file(provider: &str) -> String {
    format!(
        "[core_settings]\n[listener]\nlistener_type = \"DomainSocket\"\ntimeout = 200\n\
         [authenticator]\nauth_type = \"Direct\"\n\
         [[key_manager]]\nname = \"kim\"\nmanager_type = \"OnDisk\"\n\
         [[provider]]\nprovider_type = \"Pkcs11\"\nkey_info_manager = \"kim\"\n{provider}\n"
    )
}

fn parse(text: &str) -> Result<ConfigFile> {
    ConfigFile::parse(&Source {
        path: Path::new("config.toml"),
        text,
    })
}

fn error(text: &str) -> String {
    parse(text).map_or_else(|e| format!("{e} {e:?}"), |file| format!("taken: {file:?}"))
}

fn warnings(text: &str) -> Vec<String> {
    parse(text).map_or_else(|e| vec![e.to_string()], |file| file.warnings)
}

#[test]
fn the_smallest_file() -> Result<()> {
    let file = parse(&file("library_path = \"/lib/p11.so\""))?;
    assert_eq!(file.provider_name, "pkcs11-provider");
    assert_eq!(file.socket_path(), Path::new("/run/parsec/parsec.sock"));
    assert_eq!(
        file.mappings_directory(),
        Some("/var/lib/parsec/mappings".into())
    );
    assert_eq!(file.warnings, [""; 0]);
    assert_eq!(
        Config::try_from(file.section)?.library_path,
        Path::new("/lib/p11.so")
    );
    Ok(())
}

#[test]
fn every_option_of_parsec_is_read() -> Result<()> {
    let file = parse(
        r#"
        [core_settings]
        allow_root = true
        thread_pool_size = 8
        idle_listener_sleep_duration = 10
        log_level = "warn"
        log_timestamp = true
        body_len_limit = 1048576
        log_error_details = true
        buffer_size_limit = 1048576
        allow_deprecated = true
        [listener]
        listener_type = "DomainSocket"
        timeout = 3000
        socket_path = "/tmp/parsec.sock"
        [authenticator]
        auth_type = "UnixPeerCredentials"
        admins = [ { name = "1000" }, { name = "1001" } ]
        [[key_manager]]
        name = "sqlite-manager"
        manager_type = "SQLite"
        sqlite_db_path = "/tmp/kim.sqlite3"
        [[key_manager]]
        name = "on-disk-manager"
        manager_type = "OnDisk"
        store_path = "/tmp/mappings"
        [[provider]]
        provider_type = "Pkcs11"
        name = "hsm"
        key_info_manager = "on-disk-manager"
        library_path = "/usr/lib/softhsm/libsofthsm2.so"
        slot_number = 123456789
        serial_number = "0123456789abcdef"
        user_pin = "123456"
        software_public_operations = true
        allow_export = false
        "#,
    )?;
    assert_eq!(file.warnings, [""; 0]);
    assert_eq!(
        (file.provider_name.as_str(), file.listener.timeout),
        ("hsm", 3000)
    );
    assert_eq!(file.core_settings.thread_pool_size, Some(8));
    assert_eq!(file.socket_path(), Path::new("/tmp/parsec.sock"));
    assert_eq!(file.mappings_directory(), Some("/tmp/mappings".into()));
    let config = Config::try_from(file.section)?;
    assert_eq!(
        (config.token.slot, config.token.serial.as_deref()),
        (Some(123_456_789), Some("0123456789abcdef"))
    );
    assert!(config.software_public_operations && !config.allow_export);
    assert_eq!(
        config.pin.as_ref().map(|pin| pin.as_bytes()),
        Some(b"123456".as_slice())
    );
    Ok(())
}

#[test]
fn the_packaged_file_reads_without_a_warning() -> Result<()> {
    let packaged = include_str!("../../../packaging/config.toml");
    assert_eq!(parse(packaged)?.warnings, [""; 0]);
    // Every option that it shows behind a `#` exists, too: `#key = ` is an option, `# Text` a comment.
    let mut shown = packaged.to_owned();
    for line in packaged
        .lines()
        .filter(|line| line.starts_with('#') && line.contains(" = "))
    {
        if line.chars().nth(1).is_some_and(|c| c.is_ascii_lowercase()) {
            shown = shown.replace(line, line.trim_start_matches('#'));
        }
    }
    // The second key manager's options now stand in the table of the first.
    let shown = shown.replace("name = \"on-disk-manager\"\nmanager_type = \"OnDisk\"\nstore_path = \"/var/lib/parsec/mappings\"\n", "");
    let file = parse(&shown)?;
    assert_eq!(file.warnings, [""; 0]);
    assert!(file.section.session_timeout.is_some() && file.section.token_uri.is_some());
    Ok(())
}

#[test]
fn sections_that_do_not_fit() {
    let two = file("") + "[[provider]]\nprovider_type = \"Pkcs11\"\nkey_info_manager = \"kim\"\n";
    let without = file("")
        .split("[[provider]]")
        .next()
        .unwrap_or_default()
        .to_owned();
    for (text, reason) in [
        (two, "config.toml:15:17: a second Pkcs11 section"),
        (without, "no [[provider]] section"),
        (file("").replace("Pkcs11", "Tpm"), "no provider of type Tpm"),
        (
            file("").replace("Pkcs11", "PKCS11"),
            "set provider_type to \"Pkcs11\"",
        ),
        (
            file("").replace("= \"kim\"\n\n", "= \"kin\"\n"),
            "(there are: \"kim\")",
        ),
        (
            file("").replace("key_info_manager = \"kim\"", ""),
            "no key_info_manager",
        ),
        (
            file("").replace("timeout = 200", "timeout = 0"),
            "config.toml:4:1: timeout of [listener] is 0",
        ),
        (
            file("").replace("[core_settings]", "[core_settings]\nthread_pool_size = 0"),
            "config.toml:2:1: thread_pool_size is 0",
        ),
        (
            file("").replace("\"Direct\"", "\"JwtSvid\"\nworkload_endpoint = \"x\""),
            "config.toml:6:1: this service was built without the authenticator JwtSvid",
        ),
        (file("").replace("\"Direct\"", "\"Direkt\""), "Direkt"),
        (file("").replace("[core_settings]", ""), "core_settings"),
        (file("").replace("timeout = 200", ""), "timeout"),
        (String::new(), "core_settings"),
    ] {
        let message = error(&text);
        assert!(
            message.starts_with("config.toml") && message.contains(reason),
            "{reason}: {message}"
        );
    }
}

#[test]
fn a_key_that_nothing_reads_is_a_warning_with_its_place() {
    let text =
        file("slot_nubmer = 1").replace("[core_settings]", "[core_settings]\nalow_root = true");
    assert_eq!(
        warnings(&text),
        [
            "config.toml:2:1: unknown key `alow_root` in [core_settings]: the nearest known one is `allow_root`",
            "config.toml:14:1: unknown key `slot_nubmer` in [[provider]]: the nearest known one is `slot_number`",
        ]
    );
    for (from, to, nearest) in [
        (
            "[core_settings]",
            "[core_setings]\n[core_settings]",
            "core_settings",
        ),
        ("timeout = 200", "timeout = 200\ntime_out = 1", "timeout"),
        ("\"Direct\"", "\"Direct\"\nadmin = []", "admins"),
        (
            "\"Direct\"",
            "\"Direct\"\nadmins = [{name = \"a\", nam = \"b\"}]",
            "name",
        ),
        ("\"OnDisk\"", "\"OnDisk\"\nstorepath = \"/a\"", "store_path"),
        (
            "\"OnDisk\"",
            "\"OnDisk\"\nsqlite_db_path = \"/a\"",
            "store_path",
        ),
        (
            "\"OnDisk\"",
            "\"SQLite\"\nstore_path = \"/a\"",
            "sqlite_db_path",
        ),
    ] {
        let found = warnings(&file("").replace(from, to));
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert!(
            found
                .iter()
                .all(|line| line.ends_with(&format!("`{nearest}`"))),
            "{found:?}"
        );
    }
}

#[test]
fn two_key_managers_of_one_name_are_a_warning() {
    let text = file("").replace(
        "[[provider]]",
        "[[key_manager]]\nname = \"kim\"\nmanager_type = \"SQLite\"\n[[provider]]",
    );
    assert!(
        warnings(&text)
            .iter()
            .any(|line| line.contains("two [[key_manager]]"))
    );
    assert!(parse(&text).is_ok_and(|file| file.mappings_directory().is_none()));
}

#[test]
fn no_error_repeats_the_pin() {
    for line in [
        format!("user_pin = {PIN}"),
        format!("user_pin = \"{PIN}"),
        format!("user_pin = '{PIN}\""),
        format!("user_pin \"{PIN}\""),
        format!("user_pin: \"{PIN}\""),
        format!("user_pin = \"{PIN}\" \"{PIN}\""),
        format!("user_pin = \"\\q{PIN}\""),
        format!("user_pin = [\"{PIN}\"]"),
        format!("user_pin = {{ pin = \"{PIN}\" }}"),
        format!("user_pin = \"{PIN}\"\nuser_pin = \"{PIN}\""),
        format!("user_pin = \"{PIN}\"\nslot_number = -1"),
        format!("user_pin = \"{PIN}\"\nslot_number = "),
        format!("user_pin = 0x{PIN}"),
        "user_pin = 98765".to_owned(),
        "user_pin = -98765".to_owned(),
        "user_pin = 98765.5".to_owned(),
        "user_pin = 098765".to_owned(),
        "user_pin = 98765-09-09".to_owned(),
        "user_pin = 9876-05-09".to_owned(),
        "user_pin = 987650000000000000000000000000".to_owned(),
        "token_uri = 98765".to_owned(),
    ] {
        let message = error(&file(&line));
        assert!(
            message.starts_with("config.toml:13:") || message.starts_with("config.toml:14:"),
            "{line}: {message}"
        );
        assert!(
            !message.contains("9876") && !message.contains("secret"),
            "{line}: {message}"
        );
    }
    let mistyped = warnings(&file(&format!("user_pinn = \"{PIN}\"")));
    assert!(
        mistyped.iter().all(|line| !line.contains(PIN)),
        "{mistyped:?}"
    );
    let taken = error(&file(&format!("user_pin = \"{PIN}\"")));
    assert!(
        taken.starts_with("taken") && !taken.contains(PIN),
        "{taken}"
    );
}

#[test]
fn files_that_are_none() -> std::io::Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("config.toml");
    let read = || ConfigFile::read(&path).map_or_else(|e| e.to_string(), |_| String::new());
    assert!(read().contains("cannot be read") && read().contains("config.toml"));
    std::fs::write(&path, b"user_pin = \"\xff\"")?;
    assert!(read().contains("not UTF-8"));
    Ok(())
}
