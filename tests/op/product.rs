//! Every operation on every curve: what the token is said to do is what it then does, and OpenSSL agrees.
//!
//! With `INTEROP_DIR` set, the outcomes go to a file there, from which `ci/interop` makes docs/interop.md.

use std::fs;
use std::path::PathBuf;

use parsec_pkcs11_ecc::ec::{Curve, Hash, PrivateKey, PublicKey};
use parsec_pkcs11_ecc::op::capability::{self, Signable};
use parsec_pkcs11_ecc::op::{
    KeyUsage, NewKey, agree, destroy, export, generate, import, sign, verify,
};
use parsec_pkcs11_ecc::token::Token;
use parsec_pkcs11_ecc::{Error, ErrorKind, Result};

use crate::fixture::{ALL_USES, made, new_key};
use crate::judge::{self, Judge};
use crate::{NAME, PASSES, access};

const DIGEST: [u8; 32] = [7; 32];
const MESSAGE: &[u8] = b"a message";

/// What is said beforehand, and what then happens.
type Operation = (
    &'static str,
    fn(&Token, Curve) -> Result<()>,
    fn(&Token, Curve) -> Result<()>,
);

const OPERATIONS: [Operation; 8] = [
    ("generate", capability::can_generate, generates),
    ("export public", can_make, exports_public),
    ("sign, verify hash", can_sign_and_verify, signs_hashes),
    ("sign, verify message", can_sign_and_verify, signs_messages),
    ("ECDH", capability::can_agree, agrees),
    (
        "import public",
        capability::can_import_public,
        imports_public,
    ),
    ("import pair", capability::can_import_pair, imports_pairs),
    ("export private", capability::can_export, exports_private),
];

#[test]
fn what_is_said_is_what_happens_on_every_curve() {
    let token = access().open();
    let mut table = String::new();
    let mut failures = Vec::new();
    let mut passed = Vec::new();
    for curve in Curve::ALL.iter().copied() {
        let cells = OPERATIONS.map(|(name, said, done)| {
            let cell = cell(&token, curve, name, said, done);
            if cell.starts_with("fail") {
                failures.push(format!("{curve}, {name}: {cell}"));
            }
            cell
        });
        let is = |operation: usize| cells[operation] == "pass";
        if is(0) && is(1) && (is(2) || is(4)) {
            passed.push(curve);
        }
        table += &format!("{}\t{}\n", curve.name(), cells.join("\t"));
    }
    if let Some(directory) = std::env::var_os("INTEROP_DIR") {
        let header: Vec<_> = OPERATIONS.iter().map(|(name, ..)| *name).collect();
        let file = PathBuf::from(directory).join(format!("operations-{NAME}.tsv"));
        fs::write(file, format!("curve\t{}\n{table}", header.join("\t"))).unwrap();
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(passed.len(), PASSES, "{passed:?}");
}

fn cell(
    token: &Token,
    curve: Curve,
    name: &str,
    said: fn(&Token, Curve) -> Result<()>,
    done: fn(&Token, Curve) -> Result<()>,
) -> String {
    if curve.is_montgomery() && name.starts_with("sign") {
        return "not expressible".to_owned();
    }
    match (said(token, curve), done(token, curve)) {
        (Ok(()), Ok(())) => "pass".to_owned(),
        (Err(said), Err(done)) if not_supported(&said) && not_supported(&done) => {
            format!("not supported: {done}")
        }
        (said, done) => format!("fail: said {said:?}, done {done:?}"),
    }
}

fn not_supported(error: &Error) -> bool {
    error.kind() == ErrorKind::NotSupported
}

fn can_make(token: &Token, curve: Curve) -> Result<()> {
    capability::can_generate(token, curve)
        .or_else(|error| capability::can_import_pair(token, curve).map_err(|_| error))
}

fn can_sign_and_verify(token: &Token, curve: Curve) -> Result<()> {
    can_make(token, curve)?;
    capability::can_sign(token, curve, Signable::Digest)?;
    capability::can_verify(token, curve)
}

/// Runs `use_it` on a key pair that is made, or imported where the token makes none.
fn with_key(
    token: &Token,
    curve: Curve,
    usage: KeyUsage,
    use_it: impl FnOnce(&NewKey) -> Result<()>,
) -> Result<()> {
    let key = new_key(curve, usage);
    generate::generate(token, &key).or_else(|error| {
        let scalar = PrivateKey::random(curve)?;
        import::import_pair(token, &key, &scalar).map_err(|_| error)
    })?;
    let used = use_it(&key);
    destroy::destroy_pair(token, made(&key))?;
    used
}

fn generates(token: &Token, curve: Curve) -> Result<()> {
    let key = new_key(curve, ALL_USES);
    generate::generate(token, &key)?;
    let destroyed = destroy::destroy_pair(token, made(&key))?;
    judged(destroyed == 2, "a key pair has two objects")
}

fn exports_public(token: &Token, curve: Curve) -> Result<()> {
    with_key(token, curve, ALL_USES, |key| {
        let public = export::export_public(token, made(key))?;
        judged(
            accepted(curve, public.as_bytes()),
            "OpenSSL does not take the public key",
        )
    })
}

fn signs_hashes(token: &Token, curve: Curve) -> Result<()> {
    with_key(token, curve, ALL_USES, |key| {
        let signature = sign::sign(token, made(key), &DIGEST)?;
        verify::verify(token, made(key), &DIGEST, signature.as_bytes())?;
        let other = verify::verify(token, made(key), &[8; 32], signature.as_bytes());
        judged(
            other.is_err_and(|error| error.kind() == ErrorKind::InvalidSignature),
            "the signature of another digest verifies",
        )?;
        judged_signature(token, key, &DIGEST, signature.as_bytes())
    })
}

fn signs_messages(token: &Token, curve: Curve) -> Result<()> {
    with_key(token, curve, ALL_USES, |key| {
        for hash in [
            Hash::Sha224,
            Hash::Sha256,
            Hash::Sha384,
            Hash::Sha512,
            Hash::Sha3_256,
        ] {
            let signature = sign::sign_message(token, made(key), hash, MESSAGE)?;
            verify::verify_message(token, made(key), hash, MESSAGE, signature.as_bytes())?;
            judged_signature(token, key, &hash.digest(MESSAGE), signature.as_bytes())?;
        }
        Ok(())
    })
}

fn judged_signature(token: &Token, key: &NewKey, digest: &[u8], signature: &[u8]) -> Result<()> {
    let public = export::export_public(token, made(key))?;
    let verifies = || judge::verifies(key.curve, public.as_bytes(), digest, signature);
    judged(
        !judge::has(key.curve) || verifies(),
        "OpenSSL does not verify the signature",
    )
}

fn agrees(token: &Token, curve: Curve) -> Result<()> {
    with_key(token, curve, ALL_USES, |key| {
        let public = export::export_public(token, made(key))?;
        for _ in 0..4 {
            let (peer, expected) = if judge::has(curve) {
                let judge = Judge::new(curve);
                (judge.public(), judge.agree(public.as_bytes()))
            } else {
                let peer = PrivateKey::random(curve)?;
                let secret = parsec_pkcs11_ecc::ec::software::agree(&peer, &public)?;
                (
                    peer.public_key()?.as_bytes().to_vec(),
                    secret.as_bytes().to_vec(),
                )
            };
            let secret = agree::agree(token, made(key), &peer)?;
            judged(
                secret.as_bytes() == expected,
                "OpenSSL agrees on another secret",
            )?;
        }
        Ok(())
    })
}

fn imports_public(token: &Token, curve: Curve) -> Result<()> {
    let bytes = match judge::has(curve) {
        true => Judge::new(curve).public(),
        false => PrivateKey::random(curve)?.public_key()?.as_bytes().to_vec(),
    };
    let key = new_key(curve, ALL_USES);
    import::import_public(token, &key, &PublicKey::from_bytes(curve, &bytes)?)?;
    let public = export::export_public(token, made(&key))?;
    destroy::destroy_public(token, made(&key))?;
    judged(public.as_bytes() == bytes, "another public key comes out")?;
    if curve.is_montgomery() || !judge::has(curve) {
        return Ok(());
    }
    let judge = Judge::new(curve);
    let key = new_key(curve, ALL_USES);
    import::import_public(token, &key, &PublicKey::from_bytes(curve, &judge.public())?)?;
    let verified = verify::verify(token, made(&key), &DIGEST, &judge.sign(&DIGEST));
    destroy::destroy_public(token, made(&key))?;
    verified
}

fn imports_pairs(token: &Token, curve: Curve) -> Result<()> {
    let bytes = match judge::has(curve) {
        true => Judge::new(curve).scalar(),
        false => PrivateKey::random(curve)?.as_bytes().to_vec(),
    };
    let key = new_key(curve, ALL_USES);
    import::import_pair(token, &key, &PrivateKey::from_bytes(curve, &bytes)?)?;
    let public = export::export_public(token, made(&key))?;
    let used = if curve.is_montgomery() {
        let judge = Judge::new(curve);
        let secret = agree::agree(token, made(&key), &judge.public())?;
        judged(
            secret.as_bytes() == judge.agree(public.as_bytes()),
            "OpenSSL agrees on another secret",
        )
    } else {
        let signature = sign::sign(token, made(&key), &DIGEST)?;
        judged_signature(token, &key, &DIGEST, signature.as_bytes())
    };
    destroy::destroy_pair(token, made(&key))?;
    used?;
    judged(
        !judge::has(curve) || judge::public_of(curve, &bytes) == public.as_bytes(),
        "the public key is not that of the scalar",
    )
}

fn exports_private(token: &Token, curve: Curve) -> Result<()> {
    let usage = KeyUsage {
        export: true,
        ..ALL_USES
    };
    with_key(token, curve, usage, |key| {
        let public = export::export_public(token, made(key))?;
        let scalar = export::export_private(token, made(key))?;
        judged(
            !judge::has(curve) || judge::public_of(curve, scalar.as_bytes()) == public.as_bytes(),
            "the scalar is not that of the public key",
        )
    })
}

fn accepted(curve: Curve, public: &[u8]) -> bool {
    !judge::has(curve) || judge::accepts(curve, public)
}

fn judged(is_right: bool, complaint: &'static str) -> Result<()> {
    match is_right {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::CorruptionDetected, complaint)),
    }
}
