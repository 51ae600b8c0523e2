//! The service reads the database that Parsec 1.5.0 wrote (tests/migrate/fixtures), and finds the keys that it names
//! on the token.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rusqlite::Connection;

use crate::fixture::{Authenticator, Installation, Manager};
use crate::mappings::{fixture, make_pairs, serves};

#[test]
fn a_database_of_1_5_0() {
    let user = fs::metadata("/proc/self").unwrap().uid().to_string();
    let mut installation = Installation::new(Manager::Sqlite, Authenticator::UnixPeerCredentials);
    installation.admins = vec![user.clone()];
    fs::copy(fixture("1.5.0/database.sqlite3"), &installation.mappings).unwrap();
    // The keys of user 1000 are given to the one that runs the tests: the socket tells who that is.
    let database = Connection::open(&installation.mappings).unwrap();
    let given = "UPDATE key_mapping SET application_name = ?1 WHERE application_name = '1000'";
    assert_eq!(database.execute(given, [&user]).unwrap(), 8);
    database.close().unwrap();
    make_pairs(installation.token());
    let service = installation.start();
    let client = service.client("");
    serves(&client, "1000");
    let mut clients = client.clients().unwrap();
    clients.sort();
    let mut expected = [user, "an application?>".to_owned()];
    expected.sort();
    assert_eq!(clients, expected);
    service.stop();
}
