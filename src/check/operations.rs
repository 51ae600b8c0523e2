//! Owns the provider's operations on a curve as a client has them: what is said of them beforehand, and what then
//! happens, judged by OpenSSL.

use super::judge::{self, JudgeKey};
use crate::config::Ability;
use crate::ec::{Curve, Hash, PrivateKey, PublicKey, software};
use crate::error::{Error, ErrorKind, Result};
use crate::op::capability::{self, Signable};
use crate::op::trial::ALL_USES;
use crate::op::{KeyUsage, NewKey, agree, destroy, export, generate, import, sign, verify};
use crate::token::Token;

const DIGEST: [u8; 32] = [7; 32];
const OTHER_DIGEST: [u8; 32] = [8; 32];
const MESSAGE: &[u8] = b"a message";

/// With so many peers keys are agreed.
const PEERS: usize = 4;

/// An operation of PSA on keys of a curve.
#[derive(Debug)]
pub struct Operation {
    /// Its name for a person.
    pub name: &'static str,
    /// Its name in identifiers of cases.
    pub id: &'static str,
    /// What a token needs for it.
    pub abilities: &'static [Ability],
    said: fn(&Token, Curve) -> Result<()>,
    done: fn(&Token, Curve) -> Result<()>,
}

/// What an operation came to.
#[derive(Debug)]
pub enum Tried {
    /// It was said to work, and does.
    Works,
    /// It was said not to be supported, and is not, for this reason.
    NotSupported(Error),
    /// What was said is not what happened.
    Contradiction {
        /// What was said.
        said: Result<()>,
        /// What happened.
        done: Result<()>,
    },
}

/// All of them.
pub const OPERATIONS: [Operation; 8] = [
    Operation {
        name: "generate",
        id: "generate",
        abilities: &[Ability::Generate],
        said: capability::can_generate,
        done: generates,
    },
    Operation {
        name: "export public",
        id: "export-public",
        abilities: &[],
        said: can_make,
        done: exports_public,
    },
    Operation {
        name: "sign, verify hash",
        id: "sign-hash",
        abilities: &[Ability::Sign, Ability::Verify],
        said: can_sign_and_verify,
        done: signs_hashes,
    },
    Operation {
        name: "sign, verify message",
        id: "sign-message",
        abilities: &[],
        said: can_sign_and_verify,
        done: signs_messages,
    },
    Operation {
        name: "ECDH",
        id: "ecdh",
        abilities: &[Ability::Agree],
        said: capability::can_agree,
        done: agrees,
    },
    Operation {
        name: "import public",
        id: "import-public",
        abilities: &[Ability::ImportPublic],
        said: capability::can_import_public,
        done: imports_public,
    },
    Operation {
        name: "import pair",
        id: "import-pair",
        abilities: &[Ability::ImportPair],
        said: capability::can_import_pair,
        done: imports_pairs,
    },
    Operation {
        name: "export private",
        id: "export-private",
        abilities: &[Ability::Export],
        said: capability::can_export,
        done: exports_private,
    },
];

impl Operation {
    /// Whether Parsec's wire form has it on the curve: keys of Montgomery curves sign nothing.
    pub fn is_expressible(&self, curve: Curve) -> bool {
        !(curve.is_montgomery() && self.id.starts_with("sign"))
    }

    /// Asks whether it works on the curve, and does it.
    pub fn run(&self, token: &Token, curve: Curve) -> Tried {
        match ((self.said)(token, curve), (self.done)(token, curve)) {
            (Ok(()), Ok(())) => Tried::Works,
            (Err(said), Err(done)) if is_not_supported(&said) && is_not_supported(&done) => {
                Tried::NotSupported(done)
            }
            (said, done) => Tried::Contradiction { said, done },
        }
    }
}

fn is_not_supported(error: &Error) -> bool {
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

fn generates(token: &Token, curve: Curve) -> Result<()> {
    let key = new_key(token, curve, ALL_USES)?;
    generate::generate(token, &key)?;
    let destroyed = destroy::destroy_pair(token, key.key_ref())?;
    judged(destroyed == 2, "a key pair has two objects")
}

fn exports_public(token: &Token, curve: Curve) -> Result<()> {
    with_key(token, curve, ALL_USES, |key| {
        let public = export::export_public(token, key.key_ref())?;
        judged(
            !judge::has(curve) || judge::accepts(curve, public.as_bytes()),
            "OpenSSL does not take the public key",
        )
    })
}

fn signs_hashes(token: &Token, curve: Curve) -> Result<()> {
    with_key(token, curve, ALL_USES, |key| {
        let signature = sign::sign(token, key.key_ref(), &DIGEST)?;
        verify::verify(token, key.key_ref(), &DIGEST, signature.as_bytes())?;
        let other = verify::verify(token, key.key_ref(), &OTHER_DIGEST, signature.as_bytes());
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
            let signature = sign::sign_message(token, key.key_ref(), hash, MESSAGE)?;
            verify::verify_message(token, key.key_ref(), hash, MESSAGE, signature.as_bytes())?;
            judged_signature(token, key, &hash.digest(MESSAGE), signature.as_bytes())?;
        }
        Ok(())
    })
}

fn judged_signature(token: &Token, key: &NewKey, digest: &[u8], signature: &[u8]) -> Result<()> {
    if !judge::has(key.curve) {
        return Ok(());
    }
    let public = export::export_public(token, key.key_ref())?;
    judged(
        judge::verifies(key.curve, public.as_bytes(), digest, signature)?,
        "OpenSSL does not verify the signature",
    )
}

fn agrees(token: &Token, curve: Curve) -> Result<()> {
    with_key(token, curve, ALL_USES, |key| {
        let public = export::export_public(token, key.key_ref())?;
        for _ in 0..PEERS {
            let (peer, expected) = if judge::has(curve) {
                let judge = JudgeKey::generate(curve)?;
                (judge.public()?, judge.agree(public.as_bytes())?)
            } else {
                let peer = PrivateKey::random(curve)?;
                let secret = software::agree(&peer, &public)?;
                (
                    peer.public_key()?.as_bytes().to_vec(),
                    secret.as_bytes().to_vec().into(),
                )
            };
            let secret = agree::agree(token, key.key_ref(), &peer)?;
            judged(
                secret.as_bytes() == expected.as_slice(),
                "OpenSSL agrees on another secret",
            )?;
        }
        Ok(())
    })
}

fn imports_public(token: &Token, curve: Curve) -> Result<()> {
    let bytes = match judge::has(curve) {
        true => JudgeKey::generate(curve)?.public()?,
        false => PrivateKey::random(curve)?.public_key()?.as_bytes().to_vec(),
    };
    let key = new_key(token, curve, ALL_USES)?;
    import::import_public(token, &key, &PublicKey::from_bytes(curve, &bytes)?)?;
    let public = export::export_public(token, key.key_ref());
    destroy::destroy_public(token, key.key_ref())?;
    judged(
        public?.as_bytes() == bytes,
        "another public key comes out than was put in",
    )?;
    match curve.is_montgomery() || !judge::has(curve) {
        true => Ok(()),
        false => verifies_with_imported(token, curve),
    }
}

fn verifies_with_imported(token: &Token, curve: Curve) -> Result<()> {
    let judge = JudgeKey::generate(curve)?;
    let signature = judge.sign(&DIGEST)?;
    let key = new_key(token, curve, ALL_USES)?;
    import::import_public(
        token,
        &key,
        &PublicKey::from_bytes(curve, &judge.public()?)?,
    )?;
    let verified = verify::verify(token, key.key_ref(), &DIGEST, &signature);
    destroy::destroy_public(token, key.key_ref())?;
    verified
}

fn imports_pairs(token: &Token, curve: Curve) -> Result<()> {
    let scalar = match judge::has(curve) {
        true => JudgeKey::generate(curve)?.scalar()?,
        false => PrivateKey::random(curve)?.as_bytes().to_vec().into(),
    };
    let key = new_key(token, curve, ALL_USES)?;
    import::import_pair(token, &key, &PrivateKey::from_bytes(curve, &scalar)?)?;
    let used = uses_imported(token, &key, &scalar);
    destroy::destroy_pair(token, key.key_ref())?;
    used
}

fn uses_imported(token: &Token, key: &NewKey, scalar: &[u8]) -> Result<()> {
    let curve = key.curve;
    let public = export::export_public(token, key.key_ref())?;
    if curve.is_montgomery() {
        let judge = JudgeKey::generate(curve)?;
        let secret = agree::agree(token, key.key_ref(), &judge.public()?)?;
        judged(
            secret.as_bytes() == judge.agree(public.as_bytes())?.as_slice(),
            "OpenSSL agrees on another secret",
        )?;
    } else {
        let signature = sign::sign(token, key.key_ref(), &DIGEST)?;
        judged_signature(token, key, &DIGEST, signature.as_bytes())?;
    }
    judged_pair(curve, scalar, &public)
}

fn exports_private(token: &Token, curve: Curve) -> Result<()> {
    let usage = KeyUsage {
        export: true,
        ..ALL_USES
    };
    with_key(token, curve, usage, |key| {
        let public = export::export_public(token, key.key_ref())?;
        let scalar = export::export_private(token, key.key_ref())?;
        judged_pair(curve, scalar.as_bytes(), &public)
    })
}

fn judged_pair(curve: Curve, scalar: &[u8], public: &PublicKey) -> Result<()> {
    judged(
        !judge::has(curve) || JudgeKey::from_scalar(curve, scalar)?.public()? == public.as_bytes(),
        "the private key is not the one of the public key",
    )
}

/// Runs `use_it` on a key pair that is made, or imported where the token makes none.
fn with_key(
    token: &Token,
    curve: Curve,
    usage: KeyUsage,
    use_it: impl FnOnce(&NewKey) -> Result<()>,
) -> Result<()> {
    let key = new_key(token, curve, usage)?;
    generate::generate(token, &key).or_else(|error| {
        let scalar = PrivateKey::random(curve)?;
        import::import_pair(token, &key, &scalar).map_err(|_| error)
    })?;
    let used = use_it(&key);
    destroy::destroy_pair(token, key.key_ref())?;
    used
}

fn new_key(token: &Token, curve: Curve, usage: KeyUsage) -> Result<NewKey> {
    NewKey::random(&token.config().instance, curve, usage, None)
}

fn judged(is_right: bool, complaint: &'static str) -> Result<()> {
    match is_right {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::CorruptionDetected, complaint)),
    }
}
