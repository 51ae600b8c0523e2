//! Owns the keys of a `config.toml` that nothing reads.

use strsim::damerau_levenshtein;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::config_file::Source;
use crate::config::Section;
use crate::error::Result;
use crate::generation::{AUTHENTICATOR, CORE_SETTINGS, KEY_MANAGER, PROVIDER};

const TOP: &[&str] = &[
    "core_settings",
    "listener",
    "authenticator",
    "key_manager",
    "provider",
];
const LISTENER: &[&str] = &["listener_type", "timeout", "socket_path"];
const ADMIN: &[&str] = &["name"];

/// A sentence for each key that nothing reads: `FILE:LINE:COLUMN: what is wrong`.
///
/// Parsec's own service passes over such keys in silence. Values are never repeated.
pub(super) fn unread_keys(source: &Source<'_>) -> Result<Vec<String>> {
    let document = DeTable::parse(source.text).map_err(|error| source.toml_error(&error))?;
    let mut report = Report {
        source,
        lines: Vec::new(),
    };
    let top = document.get_ref();
    report.unknown(top, "the file", TOP);
    for (key, value) in top {
        for table in tables(value) {
            match key.get_ref().as_ref() {
                "core_settings" => report.unknown(table, "[core_settings]", CORE_SETTINGS),
                "listener" => report.unknown(table, "[listener]", LISTENER),
                "authenticator" => {
                    report.unknown(table, "[authenticator]", AUTHENTICATOR);
                    for admin in table.get("admins").into_iter().flat_map(tables) {
                        report.unknown(admin, "admins", ADMIN);
                    }
                }
                "key_manager" => {
                    report.unknown(table, "[[key_manager]]", KEY_MANAGER);
                    report.path_of_other_manager(table);
                }
                "provider" => {
                    let known: Vec<_> = [PROVIDER, Section::KEYS].concat();
                    report.unknown(table, "[[provider]]", &known);
                }
                _ => {}
            }
        }
    }
    Ok(report.lines)
}

/// `value` itself if it is a table, or those of its elements that are.
fn tables<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Vec<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => vec![table],
        DeValue::Array(array) => array
            .iter()
            .filter_map(|element| element.get_ref().as_table())
            .collect(),
        _ => Vec::new(),
    }
}

struct Report<'a> {
    source: &'a Source<'a>,
    lines: Vec<String>,
}

impl Report<'_> {
    fn unknown(&mut self, table: &DeTable<'_>, place: &str, known: &[&str]) {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let nearest = known
                .iter()
                .min_by_key(|candidate| damerau_levenshtein(name, candidate))
                .copied()
                .unwrap_or_default();
            self.lines.push(format!(
                "{}: unknown key `{}` in {place}: the nearest known one is `{nearest}`",
                self.source.place(key.span()),
                name.escape_debug()
            ));
        }
    }

    /// Each type of key info manager has a path option of its own and ignores the other's.
    fn path_of_other_manager(&mut self, table: &DeTable<'_>) {
        let kind = table
            .get("manager_type")
            .and_then(|kind| kind.get_ref().as_str());
        let (ignored, read) = match kind {
            Some("SQLite") => ("store_path", "sqlite_db_path"),
            Some("OnDisk") => ("sqlite_db_path", "store_path"),
            _ => return,
        };
        if !KEY_MANAGER.contains(&ignored) {
            return;
        }
        for key in table.keys().filter(|key| key.get_ref().as_ref() == ignored) {
            self.lines.push(format!(
                "{}: a key manager of this type ignores `{ignored}`: its option is `{read}`",
                self.source.place(key.span())
            ));
        }
    }
}
