//! The configuration files that releases of Parsec come with load, and mean the same: tests/stability/configuration,
//! made by ci/fixtures/make-configurations.

use log::LevelFilter;

use super::*;
use crate::config::Config;

/// A file, and what differs between the releases.
struct Expected {
    version: &'static str,
    text: &'static str,
    serial: Option<&'static str>,
    database: bool,
    warnings: &'static [&'static str],
}

fn files() -> [Expected; 3] {
    [
        Expected {
            version: "0.7.2",
            text: include_str!("../../../tests/stability/configuration/0.7.2.toml"),
            serial: None,
            database: false,
            warnings: &[],
        },
        Expected {
            version: "0.8.1",
            text: include_str!("../../../tests/stability/configuration/0.8.1.toml"),
            serial: None,
            database: false,
            warnings: &[],
        },
        Expected {
            version: "1.5.0",
            text: include_str!("../../../tests/stability/configuration/1.5.0.toml"),
            serial: Some("0123456789abcdef"),
            database: true,
            // Upstream's example writes it for the database, and upstream passes over it in silence.
            warnings: &["store_path"],
        },
    ]
}

fn read(file: &Expected) -> ConfigFile {
    ConfigFile::parse(&Source {
        path: Path::new(file.version),
        text: file.text,
    })
    .unwrap()
}

#[test]
fn each_option_of_the_section_means_what_it_meant() {
    for file in files() {
        let read = read(&file);
        assert_eq!(read.provider_name, "pkcs11-provider", "{}", file.version);
        let config = Config::try_from(read.section).unwrap();
        let library = Path::new("/usr/local/lib/softhsm/libsofthsm2.so");
        assert_eq!(config.library_path, library);
        assert_eq!(config.token.slot, Some(123_456_789));
        assert_eq!(config.token.serial.as_deref(), file.serial);
        assert_eq!(config.token.label, None);
        let pin = config.pin.as_ref().map(|pin| pin.as_bytes());
        assert_eq!(pin, Some(b"123456".as_slice()));
        assert!(!config.software_public_operations);
        // 0.7 has no such option, and exports what the policy permits.
        assert!(config.allow_export);
    }
}

#[test]
fn the_rest_of_the_file_means_what_it_meant() {
    for file in files() {
        let read = read(&file);
        let core = &read.core_settings;
        assert_eq!(core.allow_root, Some(false), "{}", file.version);
        assert_eq!(core.thread_pool_size, Some(8));
        assert_eq!(core.log_level, Some(LevelFilter::Warn));
        assert_eq!(core.log_timestamp, Some(false));
        assert_eq!(core.body_len_limit, Some(1_048_576));
        assert_eq!(core.log_error_details, Some(false));
        assert_eq!(core.buffer_size_limit, Some(1_048_576));
        assert_eq!(read.listener.timeout, 200);
        assert_eq!(read.socket_path(), Path::new("/run/parsec/parsec.sock"));
        let authenticator = format!("{:?}", read.authenticator);
        assert!(authenticator.starts_with("UnixPeerCredentials"));
        for admin in ["\"admin_1\"", "\"admin_2\""] {
            assert!(authenticator.contains(admin), "{authenticator}");
        }
        let directory = (!file.database).then(|| PathBuf::from("/var/lib/parsec/mappings"));
        assert_eq!(read.mappings_directory(), directory);
        let database = generation::database(&read.key_manager);
        assert_eq!(database.is_some(), file.database);
        assert_eq!(
            read.warnings.len(),
            file.warnings.len(),
            "{:?}",
            read.warnings
        );
        for (warning, part) in read.warnings.iter().zip(file.warnings) {
            assert!(warning.contains(part), "{warning}");
        }
    }
}
