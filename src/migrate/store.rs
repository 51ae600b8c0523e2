//! Owns the reading of the on-disk manager's directory, as Parsec 0.7 to 1.5 write it.
//!
//! A mapping is the file `APPLICATION/PROVIDER/KEY`, and since 1.1 also `parsec/KEY` for a key that a provider
//! made for itself. All versions write the same bytes.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::requests::AuthType;
use parsec_service::authenticators::{Auth, INTERNAL_APP_NAME};

use super::mapping::{Mapping, decode_file, id_damage, internal_application};
use super::migration::{Observer, Step};
use super::provider_kind::{ProviderKind, ProviderNames};
use super::report::{Problem, ProblemKind};
use super::store_walk::{Entry, What, walk};
use super::{file_error, key_name};
use crate::error::Result;
use crate::provider::mapping_store::is_replacement;
use crate::service::mapping_file;

/// What a directory holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) mappings: Vec<Mapping>,
    pub(super) problems: Vec<Problem>,
}

/// Reads all of it and changes nothing.
pub(super) fn read(
    store: &Path,
    auth_type: AuthType,
    names: &ProviderNames,
    observer: &mut dyn Observer,
) -> Result<Contents> {
    let entries = walk(store)?;
    let mut contents = Contents::default();
    observer.begin(Step::Read, entries.len());
    for entry in &entries {
        observer.advance();
        let path = store.join(entry.path());
        let place = match place(entry, auth_type) {
            Ok(Some(place)) => place,
            Ok(None) => continue,
            Err((kind, reason)) => {
                contents.add_problem(kind, &path, reason);
                continue;
            }
        };
        let content = match content(&path, place.provider) {
            // Then others cannot be read either.
            Err(source) if source.kind() == io::ErrorKind::PermissionDenied => {
                return Err(file_error("read", &path, source));
            }
            Err(source) => Err(format!("it cannot be read: {source}")),
            Ok(content) => content.map_err(str::to_owned),
        };
        match content {
            Ok((id, attributes)) => contents.mappings.push(Mapping {
                auth: place.auth,
                application: place.application,
                provider: place.provider,
                provider_name: names.of(place.provider).to_owned(),
                name: place.name,
                id,
                attributes,
            }),
            Err(reason) => contents.add_problem(ProblemKind::Damaged, &path, &reason),
        }
    }
    Ok(contents)
}

impl Contents {
    fn add_problem(&mut self, kind: ProblemKind, path: &Path, reason: &str) {
        let path = path.to_string_lossy().into_owned();
        self.problems.push(Problem::of_file(kind, path, reason));
    }
}

/// What the path of a file says.
struct Place {
    auth: Auth,
    application: String,
    provider: &'static ProviderKind,
    name: String,
}

/// `None` for what may be there and is no mapping.
fn place(
    entry: &Entry,
    auth_type: AuthType,
) -> std::result::Result<Option<Place>, (ProblemKind, &'static str)> {
    let foreign = |reason| Err((ProblemKind::Foreign, reason));
    let damaged = |reason| (ProblemKind::Damaged, reason);
    match entry.what {
        What::File => {}
        What::Special => return foreign("it is no file"),
        What::TooDeep => return foreign("it is a directory where files are"),
    }
    match entry.parts.as_slice() {
        [file] if is_replacement(file) => Ok(None),
        [directory, key] if directory == INTERNAL_APP_NAME => {
            let name = key_name::decode(key).map_err(damaged)?;
            match ProviderKind::of_internal(&name) {
                Some((provider, name)) => Ok(Some(Place {
                    auth: Auth::Internal,
                    application: internal_application(),
                    provider,
                    name: name.to_owned(),
                })),
                None => foreign("its name begins with no provider"),
            }
        }
        [application, provider, key] => Ok(Some(Place {
            auth: Auth::Client(auth_type),
            application: key_name::decode(application).map_err(|_| {
                damaged("the name of the application's directory is not base64url of UTF-8")
            })?,
            provider: provider_directory(provider).ok_or(damaged(
                "the name of the provider's directory is not the number of one",
            ))?,
            name: key_name::decode(key).map_err(damaged)?,
        })),
        _ => foreign("no key info manager has files here"),
    }
}

/// Only as Parsec writes it: `02` would be a second directory of the same provider.
fn provider_directory(name: &OsStr) -> Option<&'static ProviderKind> {
    let text = name.to_str()?;
    let kind = ProviderKind::with_number(text.parse().ok()?)?;
    (kind.number.to_string() == text).then_some(kind)
}

fn content(
    path: &Path,
    provider: &ProviderKind,
) -> io::Result<std::result::Result<(Vec<u8>, Attributes), &'static str>> {
    let content = mapping_file::read(path)?;
    Ok(content.and_then(|content| {
        let (id, attributes) = decode_file(&content)?;
        match id_damage(provider, &id) {
            Some(reason) => Err(reason),
            None => Ok((id, attributes)),
        }
    }))
}
