//! Whoever goes back to a Parsec without the SQLite manager is told how the keys come along.

use crate::fixture::{Installation, Manager};

#[test]
fn a_database_is_refused_with_the_way_back() {
    let installation = Installation::direct(Manager::OnDisk);
    let config = installation.config().replace("\"OnDisk\"", "\"SQLite\"");
    let failure = installation.fail_with(&config);
    failure.is(
        1,
        &["config.toml:", "SQLite", "migrate --reverse", "\"OnDisk\""],
    );
}
