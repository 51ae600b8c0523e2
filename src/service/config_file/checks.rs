//! Owns what is refused of a configuration file, or warned of, although it can be read.

use serde::Deserialize;
use toml::Spanned;

use super::{ProviderHead, Settings, Source, refused};
use crate::error::Result;
use crate::generation::{AuthenticatorConfig, KEY_MANAGER, KeyInfoManagerConfig, PARSEC};

/// The types of the key info managers, before those that this Parsec lacks are refused without a remedy.
#[derive(Deserialize)]
struct ManagerTypes {
    #[serde(default)]
    key_manager: Vec<ManagerType>,
}

#[derive(Deserialize)]
struct ManagerType {
    manager_type: Spanned<String>,
}

/// SQLite came with Parsec 1.0: who goes back to a release before that has to move the mappings first.
pub(super) fn check_manager_types(source: &Source<'_>) -> Result<()> {
    let types: ManagerTypes = source.toml()?;
    let has_sqlite = KEY_MANAGER.contains(&"sqlite_db_path");
    for ManagerType { manager_type } in types.key_manager {
        if manager_type.as_ref() == "SQLite" && !has_sqlite {
            return Err(source.error(
                manager_type.span(),
                format!(
                    "Parsec {PARSEC} has no key info manager of type SQLite: move its mappings to a directory by \
                     `parsec-pkcs11 migrate --reverse` of the program for Parsec 1.x, then set manager_type to \
                     \"OnDisk\" and store_path to that directory"
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses values that Parsec's own service fails on later, or panics.
pub(super) fn check_values(source: &Source<'_>, settings: &Settings) -> Result<()> {
    let refused =
        |table, key, what| Err(refused(format!("{}: {what}", source.place_of(table, key))));
    if settings.core_settings.thread_pool_size == Some(0) {
        return refused(
            "core_settings",
            "thread_pool_size",
            "thread_pool_size is 0: set it to 1 or more, or leave it out",
        );
    }
    if settings.listener.timeout == 0 {
        return refused(
            "listener",
            "timeout",
            "timeout of [listener] is 0: set it to the milliseconds that a client may take, for example 200",
        );
    }
    let is_served = matches!(
        settings.authenticator,
        AuthenticatorConfig::Direct { .. } | AuthenticatorConfig::UnixPeerCredentials { .. }
    );
    if !is_served {
        return refused(
            "authenticator",
            "auth_type",
            "this service was built without the authenticator JwtSvid: set auth_type to \"UnixPeerCredentials\" or \"Direct\"",
        );
    }
    Ok(())
}

pub(super) fn the_pkcs11_section<'a>(
    source: &Source<'_>,
    providers: &'a [Spanned<ProviderHead>],
) -> Result<&'a Spanned<ProviderHead>> {
    for head in providers {
        let kind = &head.as_ref().provider_type;
        match kind.as_ref().as_str() {
            "Pkcs11" => {}
            other @ ("MbedCrypto" | "Tpm" | "CryptoAuthLib" | "TrustedService") => {
                return Err(source.error(kind.span(), format!(
                    "this service has no provider of type {other}, only Pkcs11: remove the section, or run it in a Parsec service of its own"
                )));
            }
            other => {
                return Err(source.error(
                    kind.span(),
                    format!(
                        "there is no provider of type \"{}\": set provider_type to \"Pkcs11\"",
                        other.escape_debug()
                    ),
                ));
            }
        }
    }
    match providers {
        [] => Err(refused(format!(
            "{}: no [[provider]] section: add one with provider_type = \"Pkcs11\"",
            source.path.display()
        ))),
        [head] => Ok(head),
        [_, second, ..] => Err(source.error(
            second.as_ref().provider_type.span(),
            "a second Pkcs11 section: one service serves one token, so remove it, or run a second service with a socket and a key_manager of its own",
        )),
    }
}

pub(super) fn named_manager(
    source: &Source<'_>,
    head: &Spanned<ProviderHead>,
    managers: Vec<KeyInfoManagerConfig>,
    name: &str,
    warnings: &mut Vec<String>,
) -> Result<KeyInfoManagerConfig> {
    let names: Vec<String> = managers
        .iter()
        .map(|manager| format!("\"{}\"", manager.name.escape_debug()))
        .collect();
    let mut found = managers
        .into_iter()
        .filter(|manager| manager.name == name)
        .rev();
    let Some(manager) = found.next() else {
        return Err(source.error(
            head.span(),
            format!(
                "key_info_manager is \"{}\", but no [[key_manager]] has that name (there are: {})",
                name.escape_debug(),
                if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                }
            ),
        ));
    };
    if found.next().is_some() {
        warnings.push(format!(
            "{}: two [[key_manager]] sections have the name \"{}\"; the last one counts",
            source.path.display(),
            name.escape_debug()
        ));
    }
    Ok(manager)
}
