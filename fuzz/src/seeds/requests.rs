//! Owns the seeds of the wire: a request of each operation, by Parsec's own encoder, and sequences.

use parsec_interface::operations::can_do_crypto::{self, CheckType};
use parsec_interface::operations::psa_algorithm::{
    AsymmetricSignature, Hash, RawKeyAgreement, SignHash,
};
use parsec_interface::operations::{
    Convert, NativeOperation, delete_client, list_authenticators, list_clients, list_keys,
    list_opcodes, list_providers, ping, psa_destroy_key, psa_export_key, psa_export_public_key,
    psa_generate_key, psa_generate_random, psa_hash_compute, psa_import_key, psa_raw_key_agreement,
    psa_sign_hash, psa_sign_message, psa_verify_hash, psa_verify_message,
};
use parsec_interface::operations_protobuf::ProtobufConverter;
use parsec_interface::requests::ProviderId;
use parsec_interface::secrecy::Secret;
use parsec_pkcs11_ecc::check::judge::JudgeKey;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc_fuzz::wire::{attributes, request};

use crate::Seeds;

const ECDSA: AsymmetricSignature = AsymmetricSignature::Ecdsa {
    hash_alg: SignHash::Specific(Hash::Sha256),
};

pub(crate) fn add(seeds: &mut Seeds) {
    let mut all = Vec::new();
    for operation in operations() {
        let (opcode, body) = encoded(operation);
        let framed = frame(opcode, &body);
        seeds.add("wire", &framed);
        all.push(framed);
        let raw = request(opcode, "alice", &body);
        let length = u16::try_from(raw.len()).expect("short").to_le_bytes();
        seeds.add("wire", [&[1][..], &length, &raw].concat());
    }
    for row in all.windows(6).step_by(3) {
        seeds.add("wire", row.concat());
    }
    lives(seeds);
    for number in 0..64_u32 {
        // Pseudo-random, the same each time: a linear congruential generator.
        let mut state = number.wrapping_mul(2_654_435_761).wrapping_add(1);
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(160)
        .collect();
        seeds.add("sequence", bytes);
    }
}

/// Short lives of one key, of each use: it is made, used, shown and destroyed.
fn lives(seeds: &mut Seeds) {
    // The number of an action among 14, as `Arbitrary` reads it, and its key.
    let action = |number: u64, rest: &[u8]| {
        let choice = u32::try_from((number << 32).div_ceil(14)).expect("it fits");
        [&choice.to_le_bytes()[..], &[0, 0], rest].concat()
    };
    for (flags, scheme) in [(0x33, 0), (0x3b, 0), (0x33, 110), (0x04, 170), (0x0c, 170)] {
        let make = action(0, &[0, 0, 0, flags, 0, scheme, 0, 0]);
        let used = (3..=9)
            .map(|number| action(number, &[0; 8]))
            .collect::<Vec<_>>();
        let shown = [action(4, &[]), action(3, &[]), action(2, &[])].concat();
        seeds.add("sequence", [make.as_slice(), &used.concat()].concat());
        seeds.add("sequence", [make.as_slice(), &shown].concat());
    }
}

/// A request of alice, as a row has it.
pub(crate) fn framed(operation: NativeOperation) -> Vec<u8> {
    let (opcode, body) = encoded(operation);
    frame(opcode, &body)
}

/// The opcode and the body.
fn encoded(operation: NativeOperation) -> (u8, Vec<u8>) {
    #[allow(
        clippy::as_conversions,
        reason = "an enum of the numbers on the wire has no other way out"
    )]
    let number = operation.opcode() as u32;
    let opcode = u8::try_from(number).expect("opcodes are small");
    let body = ProtobufConverter {}.operation_to_body(operation);
    let body = body.expect("the operation can be encoded");
    (opcode, body.bytes().to_vec())
}

fn frame(opcode: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("short").to_le_bytes();
    [&[0, opcode][..], &length, body].concat()
}

fn operations() -> Vec<NativeOperation> {
    let name = |text: &str| text.to_owned();
    let peer = JudgeKey::generate(Curve::Secp256r1).expect("OpenSSL has the curve");
    let peer_key = peer.public().expect("a public key");
    let pair = attributes("signing");
    let list_opcodes = list_opcodes::Operation {
        provider_id: ProviderId::Pkcs11,
    };
    let mut all: Vec<NativeOperation> = vec![
        NativeOperation::Ping(ping::Operation {}),
        NativeOperation::ListProviders(list_providers::Operation {}),
        NativeOperation::ListAuthenticators(list_authenticators::Operation {}),
        NativeOperation::ListOpcodes(list_opcodes),
        NativeOperation::ListKeys(list_keys::Operation {}),
        NativeOperation::ListClients(list_clients::Operation {}),
        NativeOperation::DeleteClient(delete_client::Operation {
            client: name("bob"),
        }),
        psa_generate_random::Operation { size: 32 }.into(),
        // An answer that does not fit into the service's buffer.
        psa_generate_random::Operation { size: 1000 }.into(),
        psa_export_public_key::Operation {
            key_name: name("signing"),
        }
        .into(),
        psa_export_key::Operation {
            key_name: name("signing"),
        }
        .into(),
        psa_sign_hash::Operation {
            key_name: name("signing"),
            alg: ECDSA,
            hash: vec![7; 32].into(),
        }
        .into(),
        psa_sign_message::Operation {
            key_name: name("signing"),
            alg: ECDSA,
            message: b"a message".to_vec().into(),
        }
        .into(),
        psa_verify_hash::Operation {
            key_name: name("signing"),
            alg: ECDSA,
            hash: vec![7; 32].into(),
            signature: vec![1; 64].into(),
        }
        .into(),
        psa_verify_message::Operation {
            key_name: name("signing"),
            alg: ECDSA,
            message: b"a message".to_vec().into(),
            signature: vec![1; 64].into(),
        }
        .into(),
        psa_raw_key_agreement::Operation {
            alg: RawKeyAgreement::Ecdh,
            private_key_name: name("agreeing"),
            peer_key: peer_key.clone().into(),
        }
        .into(),
        psa_generate_key::Operation {
            key_name: name("new"),
            attributes: pair,
        }
        .into(),
        psa_import_key::Operation {
            key_name: name("imported"),
            attributes: pair,
            data: Secret::new(peer.scalar().expect("a scalar").to_vec()),
        }
        .into(),
        psa_destroy_key::Operation {
            key_name: name("new"),
        }
        .into(),
        psa_hash_compute::Operation {
            alg: Hash::Sha256,
            input: b"abc".to_vec().into(),
        }
        .into(),
    ];
    for check_type in [
        CheckType::Generate,
        CheckType::Import,
        CheckType::Use,
        CheckType::Derive,
    ] {
        all.push(
            can_do_crypto::Operation {
                check_type,
                attributes: pair,
            }
            .into(),
        );
    }
    all
}
