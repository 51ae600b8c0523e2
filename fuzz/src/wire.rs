//! Owns requests as bytes: what an input sends, and what the service may never answer.
//!
//! An input is a row of requests. Each begins with a byte of flags; if its lowest bit is set, the next two
//! bytes are a length and the rest of the request is sent as it is. Else the opcode follows and a length, and a
//! header is put in front of the body that fits it: most mutations of raw bytes end in the header.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use parsec_interface::operations::psa_algorithm::{
    Algorithm, AsymmetricSignature, Hash, KeyAgreement, RawKeyAgreement, SignHash,
};
use parsec_interface::operations::psa_key_attributes::{
    Attributes, EccFamily, Lifetime, Policy, Type, UsageFlags,
};
use parsec_interface::operations::{list_clients, list_keys, psa_destroy_key, psa_generate_key};
use parsec_interface::requests::{AuthType, Response, ResponseStatus};
use parsec_service::authenticators::ApplicationIdentity;
use parsec_service::providers::Provide;

use crate::place::Place;

/// No answer takes longer: nothing waits for the client, which has sent everything.
const TIMEOUT: Duration = Duration::from_secs(20);

/// At most so many requests are sent, so that an input ends soon.
const MOST_REQUESTS: usize = 8;

/// The longest answer: random bytes up to the default buffer_size_limit.
const LONGEST_ANSWER: usize = 2 << 20;

/// The applications that requests come from.
const APPLICATIONS: [&str; 3] = ["alice", "bob", "admin"];

/// The keys that every input finds, of alice.
const KEPT: [&str; 2] = ["signing", "agreeing"];

/// What no client can bring about by what it sends: these tell of a failed token or store.
const NEVER: [ResponseStatus; 9] = [
    ResponseStatus::PsaErrorGenericError,
    ResponseStatus::PsaErrorHardwareFailure,
    ResponseStatus::PsaErrorCommunicationFailure,
    ResponseStatus::PsaErrorCorruptionDetected,
    ResponseStatus::PsaErrorStorageFailure,
    ResponseStatus::PsaErrorDataCorrupt,
    ResponseStatus::PsaErrorInsufficientEntropy,
    ResponseStatus::PsaErrorInsufficientStorage,
    ResponseStatus::KeyInfoManagerError,
];

/// Sends the requests of an input one after the other, and leaves the token as it was.
///
/// # Panics
///
/// If there is no answer, or one that may not be.
pub fn run(place: &Place, input: &[u8]) {
    keep(place);
    let mut rest = input;
    for _ in 0..MOST_REQUESTS {
        let Some((request, after)) = next(rest) else {
            break;
        };
        rest = after;
        exchange(place, &request);
    }
    tidy(place);
}

/// The bytes of the next request, and what follows it.
fn next(input: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (&flags, rest) = input.split_first()?;
    let take = |bytes: &'_ [u8]| -> Option<usize> {
        let length = u16::from_le_bytes([*bytes.first()?, *bytes.get(1)?]);
        Some(usize::from(length).min(bytes.len() - 2))
    };
    if flags & 1 == 1 {
        let length = take(rest)?;
        let (raw, after) = rest[2..].split_at(length);
        return Some((raw.to_vec(), after));
    }
    let (&opcode, rest) = rest.split_first()?;
    let length = take(rest)?;
    let (body, after) = rest[2..].split_at(length);
    let application = APPLICATIONS[usize::from(flags >> 1) % APPLICATIONS.len()];
    Some((request(opcode, application, body), after))
}

/// A request with a header that fits: Parsec book, "wire protocol".
pub fn request(opcode: u8, application: &str, body: &[u8]) -> Vec<u8> {
    // Those of the core provider: parsec-interface, `Opcode::is_core`.
    let is_core = matches!(opcode, 1 | 8 | 9 | 0x0e | 0x1a | 0x1b | 0x1c);
    let mut bytes = Vec::from(0x5EC0_A710_u32.to_le_bytes());
    bytes.extend(30_u16.to_le_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.push(if is_core { 0 } else { 2 });
    bytes.extend([0; 8]);
    bytes.extend([0, 0, 1]);
    let length = u32::try_from(body.len()).expect("inputs are short");
    bytes.extend(length.to_le_bytes());
    let length = u16::try_from(application.len()).expect("names are short");
    bytes.extend(length.to_le_bytes());
    bytes.extend(u32::from(opcode).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(body);
    bytes.extend(application.bytes());
    bytes
}

fn exchange(place: &Place, request: &[u8]) {
    let (mut client, service) = UnixStream::pair().expect("a pair of sockets");
    std::thread::scope(|scope| {
        let answered = scope.spawn(|| {
            client.write_all(request).ok();
            client.shutdown(Shutdown::Write).ok();
            let mut answer = Vec::new();
            // An error instead of the end says that the service did not read all of it.
            client.read_to_end(&mut answer).ok();
            answer
        });
        place.service().serve(service, TIMEOUT);
        check(&answered.join().expect("the client does not fail"), request);
    });
}

fn check(answer: &[u8], request: &[u8]) {
    let mut bytes = answer;
    let response = Response::read_from_stream(&mut bytes, LONGEST_ANSWER);
    let response = response.unwrap_or_else(|status| {
        panic!("{answer:02x?} is no answer ({status:?}) to {request:02x?}")
    });
    assert!(bytes.is_empty(), "the answer goes on after its end");
    let status = response.header.status;
    assert!(
        !NEVER.contains(&status),
        "{status:?} is the answer to {request:02x?}"
    );
}

fn identity(application: &str) -> ApplicationIdentity {
    ApplicationIdentity::new(application.to_owned(), AuthType::Direct)
}

/// Makes the kept keys that are not there.
fn keep(place: &Place) {
    let provider = place.service().provider();
    let alice = identity("alice");
    let listed = provider.list_keys(&alice, list_keys::Operation {});
    let listed = listed.expect("lists do not fail").keys;
    for name in KEPT {
        if listed.iter().any(|key| key.name == name) {
            continue;
        }
        let op = psa_generate_key::Operation {
            key_name: name.to_owned(),
            attributes: attributes(name),
        };
        provider
            .psa_generate_key(&alice, op)
            .expect("a key is made");
    }
}

/// Those of a kept key.
pub fn attributes(name: &str) -> Attributes {
    let mut usage_flags = UsageFlags::default();
    let permitted_algorithms = if name == "agreeing" {
        usage_flags.set_derive();
        KeyAgreement::Raw(RawKeyAgreement::Ecdh).into()
    } else {
        usage_flags.set_sign_hash().set_verify_hash();
        Algorithm::AsymmetricSignature(AsymmetricSignature::Ecdsa {
            hash_alg: SignHash::Specific(Hash::Sha256),
        })
    };
    Attributes {
        lifetime: Lifetime::Persistent,
        key_type: Type::EccKeyPair {
            curve_family: EccFamily::SecpR1,
        },
        bits: 256,
        policy: Policy {
            usage_flags,
            permitted_algorithms,
        },
    }
}

/// Destroys every other key; then no object may be left but those of the kept ones.
fn tidy(place: &Place) {
    let provider = place.service().provider();
    let clients = provider.list_clients(list_clients::Operation {});
    let mut kept = 0;
    for client in clients.expect("lists do not fail").clients {
        let application = identity(&client);
        let listed = provider.list_keys(&application, list_keys::Operation {});
        for key in listed.expect("lists do not fail").keys {
            // One of that name may have been replaced by another.
            let is_kept = client == "alice"
                && KEPT.contains(&key.name.as_str())
                && key.attributes == attributes(&key.name);
            if is_kept {
                kept += 1;
                continue;
            }
            let op = psa_destroy_key::Operation { key_name: key.name };
            provider
                .psa_destroy_key(&application, op)
                .expect("a listed key can be destroyed");
        }
    }
    assert_eq!(place.objects(), 2 * kept, "objects on the token");
}
