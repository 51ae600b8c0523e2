//! The newest mapping file cut to every length, as a power failure may leave it: the service starts,
//! nothing but that name is lost, and the file is moved aside, from where it can be put back.

use std::fs;
use std::path::{Path, PathBuf};

use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::Client;
use crate::fixture::{Installation, Manager};
use crate::keys::{CURVES, ECDSA, signing, signs};
use crate::token_objects::{KeyObject, key_objects};

const NEWEST: &str = "newest";
const ORPHAN: &str = "was made by this installation, but no mapping names it";

/// Every file below `directory`, with its content, sorted.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let content = fs::read(&path).unwrap();
            found.push((path, content));
        }
    }
    found.sort();
    found
}

/// The directory that damaged files were moved to; there is one at most.
fn moved_to(installation: &Installation) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(installation.directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().contains("mappings.damaged-"))
        .collect();
    assert!(found.len() <= 1, "{found:?}");
    found.pop()
}

fn others_work(client: &Client) {
    for bits in CURVES {
        signs(client, &bits.to_string(), bits).unwrap();
    }
}

/// The identifier of the newest key, as the log writes it.
fn added_id(before: &[KeyObject], after: &[KeyObject]) -> String {
    let added = after
        .iter()
        .find(|object| !before.contains(object))
        .unwrap();
    hex::encode(&added.id)
}

#[test]
fn the_newest_mapping_cut_to_any_length() {
    let installation = Installation::direct(Manager::OnDisk);
    let store = installation.path("mappings");
    let service = installation.start();
    let client = service.client("alice");
    for bits in CURVES {
        client
            .generate(&bits.to_string(), signing(bits, ECDSA))
            .unwrap();
    }
    let (files_before, objects_before) = (files(&store), key_objects(installation.token()));
    client.generate(NEWEST, signing(256, ECDSA)).unwrap();
    service.stop();
    let (all_files, objects) = (files(&store), key_objects(installation.token()));
    let added = all_files.iter().find(|file| !files_before.contains(file));
    let (newest, content) = added.unwrap();
    let id = added_id(&objects_before, &objects);

    for length in 0..content.len() {
        fs::write(newest, &content[..length]).unwrap();
        let service = installation.start();
        let client = service.client("alice");
        others_work(&client);
        assert_eq!(
            client.key_names(),
            ["192", "224", "256", "384", "521"],
            "{length}"
        );
        assert_eq!(
            signs(&client, NEWEST, 256),
            Err(ResponseStatus::PsaErrorDoesNotExist)
        );
        // What was there of it is kept, and the log says where and what is on the token.
        let directory = moved_to(&installation).unwrap();
        let kept = directory.join(newest.strip_prefix(&store).unwrap());
        assert_eq!(
            files(&directory),
            [(kept.clone(), content[..length].to_vec())]
        );
        assert_eq!(files(&store), files_before, "{length}");
        service.wait_for_log(&format!("The key with CKA_ID {id} {ORPHAN}"), 1);
        let log = service.log();
        assert_eq!(log.matches(ORPHAN).count(), 1, "{log}");
        assert!(log.contains(kept.to_str().unwrap()), "{log}");
        assert_eq!(key_objects(installation.token()), objects, "{length}");

        // As the log says: a good copy and a reload.
        fs::write(newest, content).unwrap();
        fs::remove_dir_all(directory).unwrap();
        service.signal("HUP");
        service.wait_for_log("] ready\n", 2);
        signs(&client, NEWEST, 256).unwrap();
        service.stop();
    }

    let service = installation.start();
    others_work(&service.client("alice"));
    signs(&service.client("alice"), NEWEST, 256).unwrap();
    service.wait_for_log("Every key that a mapping names is on the token", 1);
    let log = service.stop();
    assert!(!log.contains(ORPHAN), "{log}");
    assert_eq!(moved_to(&installation), None);
    assert_eq!(files(&store), all_files);

    // Without the copy, the name is free for another key.
    fs::write(newest, &content[..content.len() / 2]).unwrap();
    let service = installation.start();
    let client = service.client("alice");
    client.generate(NEWEST, signing(256, ECDSA)).unwrap();
    signs(&client, NEWEST, 256).unwrap();
    others_work(&client);
    client.destroy(NEWEST).unwrap();
    service.stop();
    assert_eq!(key_objects(installation.token()), objects);
}
