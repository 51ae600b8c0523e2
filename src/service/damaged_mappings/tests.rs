//! Tests with stores that Parsec's own on-disk key info manager wrote, and reads afterwards.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};

use super::*;
use parsec_interface::operations::psa_algorithm::{Algorithm, AsymmetricSignature, Hash};
use parsec_interface::operations::psa_key_attributes::{
    Attributes, EccFamily, Lifetime, Policy, Type, UsageFlags,
};
use parsec_interface::requests::AuthType;
use parsec_service::authenticators::ApplicationIdentity;
use parsec_service::key_info_managers::{KeyInfoManagerClient, KeyInfoManagerFactory};
use parsec_service::providers::ProviderIdentity;
use parsec_service::utils::config::{KeyInfoManagerConfig, KeyInfoManagerType};
use tempfile::{TempDir, tempdir};

use crate::provider::Provider;

/// Application `app`, provider 2, key `key`.
const KEY: &str = "YXBw/2/a2V5";

struct Store {
    _directory: TempDir,
    path: PathBuf,
}

impl Store {
    /// A store with the key of [`KEY`] and one internal key, both sound.
    fn new() -> io::Result<Self> {
        let directory = tempdir()?;
        let store = Self {
            path: directory.path().join("mappings"),
            _directory: directory,
        };
        let client = store.open().map_err(io::Error::other)?;
        for application in [
            ApplicationIdentity::new("app".into(), AuthType::Direct),
            ApplicationIdentity::new_internal(),
        ] {
            let identity = client.get_key_identity(application, "key".into());
            client
                .insert_key_info(identity, &7_u32, attributes())
                .map_err(|status| io::Error::other(status.to_string()))?;
        }
        assert!(store.path.join(KEY).exists());
        Ok(store)
    }

    /// What the service does after the damaged files are gone.
    fn open(&self) -> std::result::Result<KeyInfoManagerClient, String> {
        let config = KeyInfoManagerConfig {
            name: "kim".into(),
            manager_type: KeyInfoManagerType::OnDisk,
            store_path: Some(self.path.display().to_string()),
            sqlite_db_path: None,
        };
        let identity =
            ProviderIdentity::new(Provider::PROVIDER_UUID.into(), "pkcs11-provider".into());
        KeyInfoManagerFactory::new(&config, AuthType::Direct)
            .map(|factory| factory.build_client(identity))
            .map_err(|error| format!("{error:#}"))
    }

    fn write(&self, file: impl AsRef<Path>, content: &[u8]) -> io::Result<()> {
        let path = self.path.join(file);
        fs::create_dir_all(path.parent().unwrap_or(&self.path))?;
        fs::write(path, content)
    }

    fn damaged(&self) -> Vec<PathBuf> {
        find(&self.path).unwrap_or_default()
    }

    /// The directories that damaged files were moved to.
    fn moved(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.path.parent().unwrap_or(&self.path))? {
            found.push(entry?.path());
        }
        found.retain(|path| path.display().to_string().contains("mappings.damaged-"));
        Ok(found)
    }
}

fn attributes() -> Attributes {
    let mut usage_flags = UsageFlags::default();
    let _ = usage_flags.set_sign_hash();
    Attributes {
        lifetime: Lifetime::Persistent,
        key_type: Type::EccKeyPair {
            curve_family: EccFamily::SecpR1,
        },
        bits: 256,
        policy: Policy {
            usage_flags,
            permitted_algorithms: Algorithm::AsymmetricSignature(AsymmetricSignature::Ecdsa {
                hash_alg: Hash::Sha256.into(),
            }),
        },
    }
}

#[test]
fn sound_and_absent_stores_are_left_alone() -> io::Result<()> {
    let store = Store::new()?;
    assert_eq!(store.damaged(), [""; 0].map(PathBuf::from));
    move_aside(&store.path).map_err(io::Error::other)?;
    assert_eq!(store.moved()?.len(), 0);
    assert!(
        store
            .open()
            .is_ok_and(|client| client.get_all().is_ok_and(|keys| keys.len() == 2))
    );
    let absent = store.path.join("absent");
    move_aside(&absent).map_err(io::Error::other)?;
    assert!(!absent.exists());
    Ok(())
}

#[test]
fn a_mapping_cut_at_any_length_is_judged_as_the_manager_does() -> io::Result<()> {
    let store = Store::new()?;
    let whole = fs::read(store.path.join(KEY))?;
    let internal = fs::read_dir(store.path.join("parsec"))?
        .next()
        .transpose()?;
    let internal = internal.map(|entry| entry.path()).unwrap_or_default();
    for length in 0..=whole.len() {
        let cut = whole.get(..length).unwrap_or_default();
        for file in [store.path.join(KEY), internal.clone()] {
            fs::write(&file, cut)?;
            assert_eq!(
                store.damaged().len(),
                usize::from(store.open().is_err()),
                "{length}"
            );
            fs::write(&file, &whole)?;
        }
    }
    // Trailing bytes are ignored by the manager: what a later version adds is no damage.
    store.write(KEY, &[whole, vec![0xff; 100]].concat())?;
    assert_eq!(store.damaged().len(), usize::from(store.open().is_err()));
    Ok(())
}

#[test]
fn every_flipped_byte_is_judged_as_the_manager_does() -> io::Result<()> {
    let store = Store::new()?;
    let whole = fs::read(store.path.join(KEY))?;
    for place in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut content = whole.clone();
            if let Some(byte) = content.get_mut(place) {
                *byte ^= flip;
            }
            store.write(KEY, &content)?;
            assert_eq!(
                store.damaged().len(),
                usize::from(store.open().is_err()),
                "{place} {flip}"
            );
        }
    }
    Ok(())
}

#[test]
fn foreign_names_are_judged_as_the_manager_does() -> io::Result<()> {
    let store = Store::new()?;
    let whole = fs::read(store.path.join(KEY))?;
    let not_utf8 = Path::new(std::ffi::OsStr::from_bytes(b"\xff\xfe"));
    for (file, refused) in [
        ("YXBw/2/bm90ZQ==", false),
        ("YXBw/2/bm90ZQ", true), // no padding
        ("YXBw/2/README", true), // no base64
        ("YXBw/2/gA==", true),   // base64 of no UTF-8
        ("YXBw/2/.swp", true),
        ("YXBw/0/a2V5", false),
        ("YXBw/02/a2V5", false), // the same number
        ("YXBw/7/a2V5", true),   // no such provider
        ("YXBw/256/a2V5", true),
        ("YXBw/x/a2V5", true),
        ("App1/x/y", true),
        ("lost+found/2/a2V5", true),
        ("parsec/2/a2V5", true), // `parsec` is no base64
        ("parsec/README", true),
        ("parsec/b3RoZXI=", false), // an internal key of no known provider
        ("README", false),          // not looked at
        ("YXBw/README", false),
        ("YXBw/2/a2V5/deeper", false),
    ] {
        let path = store.path.join(file);
        if file.ends_with("deeper") {
            fs::remove_file(store.path.join(KEY))?;
        }
        store.write(file, &whole)?;
        assert_eq!(store.open().is_err(), refused, "the manager on {file}");
        assert_eq!(
            store.damaged(),
            refused
                .then(|| PathBuf::from(file))
                .into_iter()
                .collect::<Vec<_>>()
        );
        fs::remove_file(path)?;
    }
    for file in [
        Path::new("YXBw/2").join(not_utf8),
        Path::new("YXBw").join(not_utf8).join("a2V5"),
        not_utf8.join("2/a2V5"),
        Path::new("parsec").join(not_utf8),
    ] {
        store.write(&file, &whole)?;
        assert!(store.open().is_err());
        assert_eq!(store.damaged(), std::slice::from_ref(&file));
        fs::remove_file(store.path.join(file))?;
    }
    Ok(())
}

/// Found by fuzz/fuzz_targets/mapping_file.rs.
#[test]
fn what_is_in_the_place_of_the_directory_of_internal_keys_is_moved() -> io::Result<()> {
    let internal = Path::new("parsec");
    for is_link in [false, true] {
        let store = Store::new()?;
        fs::remove_dir_all(store.path.join(internal))?;
        match is_link {
            true => symlink("nowhere", store.path.join(internal))?,
            false => store.write(internal, b"a file")?,
        }
        assert!(store.open().is_err());
        assert_eq!(store.damaged(), [internal]);
        move_aside(&store.path).map_err(io::Error::other)?;
        for directory in store.moved()? {
            assert!(directory.join(internal).symlink_metadata().is_ok());
        }
        assert_eq!((store.moved()?.len(), store.open().is_ok()), (1, true));
    }
    Ok(())
}

#[test]
fn damaged_files_are_moved_and_the_rest_still_loads() -> io::Result<()> {
    let store = Store::new()?;
    let files = [
        "YXBw/2/bm90ZQ==",
        "YXBw/x/a2V5",
        "parsec/README",
        "b3RoZXI=/2/a2V5",
    ];
    for file in files {
        store.write(file, b"damaged")?;
    }
    assert!(store.open().is_err());
    move_aside(&store.path).map_err(io::Error::other)?;
    let moved = store.moved()?;
    assert_eq!(moved.len(), 1);
    for directory in &moved {
        assert_eq!(fs::metadata(directory)?.mode() & 0o777, 0o700);
        for file in files {
            assert_eq!(fs::read(directory.join(file))?, b"damaged");
            assert!(!store.path.join(file).exists());
        }
    }
    assert!(
        store
            .open()
            .is_ok_and(|client| client.get_all().is_ok_and(|keys| keys.len() == 2))
    );

    // Once more within the same second: a directory of its own, nothing overwritten.
    store.write("YXBw/2/bm90ZQ==", b"again")?;
    move_aside(&store.path).map_err(io::Error::other)?;
    assert_eq!(store.moved()?.len(), 2);
    Ok(())
}

#[test]
fn a_huge_file_is_damaged_and_moved_whole() -> io::Result<()> {
    let store = Store::new()?;
    let length = 3 << 30;
    fs::File::create(store.path.join(KEY))?.set_len(length)?;
    move_aside(&store.path).map_err(io::Error::other)?;
    for directory in store.moved()? {
        assert_eq!(fs::metadata(directory.join(KEY))?.len(), length);
    }
    assert_eq!((store.moved()?.len(), store.open().is_ok()), (1, true));
    Ok(())
}

#[test]
fn links_are_followed_and_moved_but_never_what_is_behind_them() -> io::Result<()> {
    let store = Store::new()?;
    let outside = tempdir()?;
    let target = outside.path().join("2/a2V5");
    fs::create_dir(outside.path().join("2"))?;
    fs::write(&target, b"damaged")?;

    // A link to a file: the link goes.
    symlink(&target, store.path.join("YXBw/2/bGluaw=="))?;
    symlink("nowhere", store.path.join("YXBw/2/dangling"))?;
    assert!(store.open().is_err());
    move_aside(&store.path).map_err(io::Error::other)?;
    assert_eq!(fs::read(&target)?, b"damaged");
    for directory in store.moved()? {
        assert_eq!(fs::read_link(directory.join("YXBw/2/bGluaw=="))?, target);
    }
    assert!(store.open().is_ok());

    // A link to a directory: a person has to look.
    symlink(outside.path(), store.path.join("bGluaw=="))?;
    assert!(store.open().is_err());
    let refused = move_aside(&store.path);
    assert!(refused.is_err_and(|error| error.to_string().contains("symbolic link")));
    assert_eq!(
        (fs::read(&target)?, store.moved()?.len()),
        (b"damaged".to_vec(), 1)
    );
    Ok(())
}

#[test]
fn a_store_that_is_a_link_has_its_damaged_files_beside_the_real_one() -> io::Result<()> {
    let store = Store::new()?;
    store.write(KEY, b"")?;
    let elsewhere = tempdir()?;
    let link = elsewhere.path().join("mappings");
    symlink(&store.path, &link)?;
    move_aside(&link).map_err(io::Error::other)?;
    assert_eq!(store.moved()?.len(), 1);
    assert!(store.open().is_ok());
    Ok(())
}
