//! Owns the seeds that are texts: configurations, profiles, URIs, PINs, reports.

use parsec_pkcs11_ecc::config::Section;
use toml::Value;

use crate::{Seeds, variants};

const PROFILES: [&str; 3] = [
    include_str!("../../../profiles/nss-softokn-3.87.toml"),
    include_str!("../../../profiles/softhsm-2.6.1.toml"),
    include_str!("../../../profiles/tpm2-pkcs11-1.9.toml"),
];

const PACKAGED: &str = include_str!("../../../packaging/config.toml");

const OPTIONS: &str = r#"library_path = "/usr/lib/softhsm/libsofthsm2.so"
slot_number = 7
serial_number = "05ef10c2a9d3b7e8"
software_public_operations = true
allow_export = false
token_label = "a token"
initialization_string = "a=b"
allow_final_pin_try = true
instance = "here"
label = "name"
max_sessions = 4
session_timeout = 100
call_timeout = 100
handle_cache = false
verify_after_sign = true
"#;

const CONFIG: &str = r#"[core_settings]
thread_pool_size = 4
log_level = "info"
[listener]
listener_type = "DomainSocket"
timeout = 200
socket_path = "/tmp/parsec.sock"
[authenticator]
auth_type = "Direct"
admins = [{ name = "admin" }]
[[key_manager]]
name = "manager"
manager_type = "OnDisk"
store_path = "./mappings"
[[provider]]
provider_type = "Pkcs11"
key_info_manager = "manager"
library_path = "/usr/lib/softhsm/libsofthsm2.so"
user_pin = "3f9a77c1"
"#;

const URIS: [&str; 12] = [
    "pkcs11:",
    "pkcs11:token=Some%20token;manufacturer=Somebody;model=x;serial=05ef10c2a9d3b7e8",
    "pkcs11:?pin-value=1234",
    "pkcs11:?pin-source=/absent/pin",
    "pkcs11:?pin-source=file:/absent/pin",
    "pkcs11:?pin-source=file:///absent/pin",
    "pkcs11:?pin-source=file://localhost/absent/pin%41",
    "pkcs11:?pin-source=|command",
    "pkcs11:?pin-source=relative",
    "pkcs11:slot-id=7;slot-description=s;slot-manufacturer=m",
    "pkcs11:token=t?module-path=/usr/lib/softhsm/libsofthsm2.so",
    "pkcs11:library-manufacturer=m;library-description=d;library-version=3.1;object=o;type=private;id=%01%02",
];

const REPORT: &str = include_str!("report.json");

pub(crate) fn add(seeds: &mut Seeds) {
    seeds.add("config_file", CONFIG);
    seeds.add("config_file", PACKAGED);
    seeds.add(
        "config_file",
        CONFIG
            .replace("OnDisk", "SQLite")
            .replace("store_path", "sqlite_db_path"),
    );
    seeds.add("config_file", CONFIG.replace("Pkcs11", "Tpm"));
    seeds.add("config_file", full_config());
    for text in PROFILES {
        seeds.add("config_profile", text);
        seeds.add("config_section", [OPTIONS, "str:123456\n", text].join("\0"));
    }
    for pin in ["123456\n", "hex:31323334", "str:12\r\n", "", "hex:3"] {
        seeds.add("config_pin", pin);
        seeds.add("config_section", [OPTIONS, pin].join("\0"));
    }
    let library = OPTIONS.lines().next().unwrap_or_default();
    for option in OPTIONS.lines() {
        seeds.add("config_section", format!("{library}\n{option}"));
    }
    for source in [
        "user_pin = \"str:123456\"",
        "user_pin = 123456",
        "user_pin_env = \"HOME\"",
        "user_pin_env = \"1\"",
        "user_pin_env = \"ABSENT_VARIABLE\"",
        "user_pin_credential = \"pin\"",
        "user_pin_credential = \"../pin\"",
        "user_pin = [1]",
        "user_pin = { a = 1 }",
        "user_pin = 1.5",
        "user_pin = true",
        "user_pin = \"1\"\nuser_pin_env = \"HOME\"",
        "user_pin_env = \"EMPTY\"",
        "session_timeout = 0",
        "initialization_string = \"\\u0000\"",
        "token_label = \"\"",
        "token_uri = \"pkcs11:?module-path=/other.so\"",
        "instance = \"\"",
        "label = \"other\"",
        "max_sessions = 0",
        "call_timeout = 0",
        "token_uri = \"pkcs11:token=a\"\ntoken_label = \"b\"",
        "serial_number = \"12345678901234567\"",
    ] {
        seeds.add("config_section", format!("{library}\n{source}"));
    }
    for text in [
        "library_path = \"\"".to_owned(),
        "label = \"id\"".to_owned(),
        format!("{library}\0{}", "1".repeat(4200)),
    ] {
        seeds.add("config_section", text);
    }
    for text in [
        "version = 2\n",
        "version = 1\n[curve.nonsense]\nsign = true\n",
    ] {
        seeds.add("config_profile", text);
    }
    for uri in URIS {
        seeds.add("config_token_uri", uri);
        seeds.add("config_section", format!("token_uri = \"{uri}\""));
    }
    for outcome in ["pass", "warn", "skip", "fail"] {
        let said = format!("\"outcome\": \"{outcome}\"");
        seeds.add(
            "check_report",
            REPORT.replace("\"outcome\": \"skip\"", &said),
        );
    }
    for level in ["parsec-minimum", "parsec-full"] {
        seeds.add("check_report", REPORT.replace("parsec-minimum", level));
    }
    add_variants(seeds);
}

/// The module stands in both.
fn full_config() -> String {
    let (_, options) = OPTIONS.split_once('\n').expect("lines");
    format!("{CONFIG}{options}")
}

fn add_variants(seeds: &mut Seeds) {
    let read = |text: &str| -> Value { toml::from_str(text).expect("a seed is TOML") };
    let written = |value: &Value| toml::to_string(value).ok();
    let missing = Section::KEYS
        .iter()
        .filter(|key| !full_config().contains(&format!("\n{key} =")))
        .map(|key| format!("{key} = \"text\"\n"))
        .collect::<String>();
    for more in ["", &missing] {
        let file = read(&format!("{}{more}", full_config()));
        for text in variants::of(&file).iter().filter_map(written) {
            seeds.add("config_file", text);
        }
        let section = read(&format!("{OPTIONS}{more}"));
        for text in variants::of(&section).iter().filter_map(written) {
            seeds.add("config_section", text);
        }
    }
    for text in PROFILES {
        for text in variants::of(&read(text)).iter().filter_map(written) {
            seeds.add("config_profile", text);
        }
    }
    let report: Value = serde_json::from_str(REPORT).expect("a seed is JSON");
    for variant in variants::of(&report) {
        let text = serde_json::to_string(&variant).expect("it can be written as JSON");
        seeds.add("check_report", text);
    }
}
