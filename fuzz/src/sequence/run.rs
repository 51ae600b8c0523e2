//! Owns the run of a sequence: each answer of the service is held against the model.

use parsec_interface::operations::can_do_crypto::{self, CheckType};
use parsec_interface::operations::psa_algorithm::{
    AsymmetricSignature, Hash, RawKeyAgreement, SignHash,
};
use parsec_interface::operations::psa_key_attributes::Attributes;
use parsec_interface::operations::{
    list_clients, list_keys, psa_destroy_key, psa_export_key, psa_export_public_key,
    psa_generate_key, psa_generate_random, psa_import_key, psa_raw_key_agreement, psa_sign_hash,
    psa_sign_message, psa_verify_hash, psa_verify_message,
};
use parsec_interface::requests::{AuthType, ResponseStatus, Result};
use parsec_interface::secrecy::{ExposeSecret, Secret};
use parsec_pkcs11_ecc::check::judge::{self as openssl, JudgeKey};
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::provider::Provider;
use parsec_service::authenticators::ApplicationIdentity;
use parsec_service::providers::Provide;

use super::action::{Action, Key, Sequence, options};
use super::attributes::{AlgorithmChoice, AttributesChoice};
use super::bytes::{DigestChoice, KeyData, PeerChoice, SignatureChoice};
use super::expectation::{self, Refusals, Use};
use super::judge;
use super::model::{Kind, Made, Model, ModelKey, kind};
use crate::place::{Options, Place};

/// Runs a sequence on an empty token, and leaves it empty.
///
/// # Panics
///
/// If an answer is wrong.
pub fn run(place: &mut Place, sequence: &Sequence) {
    if place.options != Options::default() {
        place.restart(Options::default());
    }
    let mut run = Run {
        place,
        model: Model::default(),
    };
    for action in &sequence.actions {
        run.take(action);
    }
    run.check_lists();
    run.empty();
}

struct Run<'a> {
    place: &'a mut Place,
    model: Model,
}

fn identity(application: &str) -> ApplicationIdentity {
    ApplicationIdentity::new(application.to_owned(), AuthType::Direct)
}

/// Compares an answer with the reasons for a refusal; gives what was answered if that was right.
fn held<T>(what: &str, refusals: &Refusals, answer: Result<T>) -> Option<T> {
    match answer {
        Ok(value) => {
            assert!(
                refusals.is_empty(),
                "{what} succeeded in spite of {refusals:?}"
            );
            Some(value)
        }
        Err(status) => {
            assert!(
                refusals.contains(&status),
                "{what} was refused with {status:?}; expected one of {refusals:?}"
            );
            None
        }
    }
}

impl Run<'_> {
    fn provider(&self) -> &Provider {
        self.place.service().provider()
    }

    fn take(&mut self, action: &Action) {
        match action {
            Action::Generate(key, attributes) => self.generate(*key, *attributes),
            Action::Import(key, attributes, data) => self.import(*key, *attributes, data),
            Action::Destroy(key) => self.destroy(*key),
            Action::ExportPublic(key) => self.export_public(*key),
            Action::Export(key) => self.export(*key),
            Action::SignHash(key, algorithm, digest) => self.sign(*key, *algorithm, *digest, true),
            Action::SignMessage(key, algorithm, digest) => {
                self.sign(*key, *algorithm, *digest, false);
            }
            Action::VerifyHash(key, algorithm, digest, signature) => {
                self.verify(*key, *algorithm, *digest, signature, true);
            }
            Action::VerifyMessage(key, algorithm, digest, signature) => {
                self.verify(*key, *algorithm, *digest, signature, false);
            }
            Action::Agree(key, peer, ffdh) => self.agree(*key, peer, *ffdh),
            Action::CanDo(check, attributes) => self.can_do(*check, *attributes),
            Action::Random(size) => {
                let size = usize::from(*size);
                let answer = self
                    .provider()
                    .psa_generate_random(psa_generate_random::Operation { size });
                let random = held("random", &Vec::new(), answer);
                assert_eq!(random.map(|random| random.random_bytes.len()), Some(size));
            }
            Action::List => self.check_lists(),
            Action::Restart(bits) => {
                self.place.restart(options(*bits));
                self.check_lists();
            }
        }
    }

    fn generate(&mut self, key: Key, choice: AttributesChoice) {
        let attributes = choice.attributes(self.place.kind);
        let (application, name) = (key.application(), key.name());
        let (mut refusals, curve) = expectation::generation(self.place, &attributes);
        refusals.extend(expectation::name(
            self.place,
            &self.model,
            application,
            &name,
        ));
        let answer = self.provider().psa_generate_key(
            &identity(application),
            psa_generate_key::Operation {
                key_name: name.clone(),
                attributes,
            },
        );
        let what = format!("generate {attributes:?}");
        let (Some(_), Some(curve)) = (held(&what, &refusals, answer), curve) else {
            return;
        };
        let public = self.public_of(application, &name).expect("a new key");
        assert_eq!(
            judge::is_peer(curve, &public),
            Some(true),
            "{curve} {public:02x?}"
        );
        self.insert(application, name, attributes, curve, public, None);
    }

    fn import(&mut self, key: Key, choice: AttributesChoice, data: &KeyData) {
        let attributes = choice.attributes(self.place.kind);
        let (application, name) = (key.application(), key.name());
        let half = kind(&attributes).map_or(Kind::Pair, |(kind, _)| kind);
        let meant = kind(&attributes)
            .and_then(|(_, family)| super::model::curve(family, attributes.bits))
            .unwrap_or(Curve::Secp256r1);
        let data = data.bytes(meant, half);
        let (mut refusals, curve) = expectation::import(self.place, &attributes, &data);
        refusals.extend(expectation::name(
            self.place,
            &self.model,
            application,
            &name,
        ));
        let answer = self.provider().psa_import_key(
            &identity(application),
            psa_import_key::Operation {
                key_name: name.clone(),
                attributes,
                data: Secret::new(data.clone()),
            },
        );
        let refused = matches!(answer, Err(ResponseStatus::PsaErrorNotSupported));
        if refused && curve.is_some_and(|curve| self.cannot_be_tried(&attributes, curve)) {
            return;
        }
        let what = format!("import {attributes:?} {data:02x?}");
        let (Some(_), Some(curve)) = (held(&what, &refusals, answer), curve) else {
            return;
        };
        let (public, scalar) = match half {
            Kind::Public => (data, None),
            Kind::Pair => {
                let missing = curve.private_len() - data.len();
                let scalar = [vec![0; missing], data].concat();
                let judge = JudgeKey::from_scalar(curve, &scalar).expect("OpenSSL has the curve");
                (judge.public().expect("it has a public key"), Some(scalar))
            }
        };
        let bits = match attributes.bits {
            0 => curve.bits(),
            bits => bits,
        };
        let attributes = Attributes { bits, ..attributes };
        let shown = self.public_of(application, &name);
        assert_eq!(shown.as_ref(), Ok(&public), "{curve}");
        self.insert(application, name, attributes, curve, public, scalar);
    }

    /// An imported pair is used once. Where all that it may do is agree on secrets, and the token computes
    /// wrong ones on its curve, that fails, for most keys.
    fn cannot_be_tried(&self, attributes: &Attributes, curve: Curve) -> bool {
        let flags = attributes.policy.usage_flags;
        let signs = flags.sign_hash() || flags.sign_message();
        flags.derive() && !signs && !self.place.kind.agrees(curve)
    }

    fn insert(
        &mut self,
        application: &'static str,
        name: String,
        attributes: Attributes,
        curve: Curve,
        public: Vec<u8>,
        scalar: Option<Vec<u8>>,
    ) {
        let (kind, _) = kind(&attributes).expect("only elliptic-curve keys are made");
        let key = ModelKey {
            attributes,
            kind,
            curve,
            public,
            scalar,
            signatures: Vec::new(),
        };
        let replaced = self.model.keys.insert((application, name), key);
        assert!(replaced.is_none());
    }

    fn destroy(&mut self, key: Key) {
        let (application, key_name) = (key.application(), key.name());
        let removed = self.model.keys.remove(&(application, key_name.clone()));
        let refusals = absent(removed.is_some());
        let answer = self.provider().psa_destroy_key(
            &identity(application),
            psa_destroy_key::Operation { key_name },
        );
        held("destroy", &refusals, answer);
    }

    fn public_of(&self, application: &str, name: &str) -> Result<Vec<u8>> {
        let key_name = name.to_owned();
        let op = psa_export_public_key::Operation { key_name };
        let answer = self
            .provider()
            .psa_export_public_key(&identity(application), op);
        answer.map(|result| result.data.to_vec())
    }

    fn export_public(&mut self, key: Key) {
        let answer = self.public_of(key.application(), &key.name());
        let known = self.model.find(key.application(), &key.name());
        let shown = held("export public", &absent(known.is_some()), answer);
        assert_eq!(shown.as_ref(), known.map(|key| &key.public));
    }

    fn export(&mut self, key: Key) {
        let answer = self.provider().psa_export_key(
            &identity(key.application()),
            psa_export_key::Operation {
                key_name: key.name(),
            },
        );
        let Some(known) = self.model.find(key.application(), &key.name()) else {
            held("export", &absent(false), answer);
            return;
        };
        let refusals = expectation::export(self.place.options, known);
        let Some(shown) = held("export", &refusals, answer) else {
            return;
        };
        let shown = shown.data.expose_secret();
        match known.kind {
            Kind::Public => assert_eq!(shown, &known.public),
            Kind::Pair => {
                let judge = JudgeKey::from_scalar(known.curve, shown).expect("a private key");
                assert_eq!(judge.public().expect("a public key"), known.public);
                assert_eq!(shown.len(), known.curve.private_len());
                if let Some(scalar) = &known.scalar {
                    assert_eq!(shown, scalar);
                }
            }
        }
    }

    fn sign(&mut self, key: Key, choice: AlgorithmChoice, digest: DigestChoice, is_hash: bool) {
        let (application, name) = (key.application(), key.name());
        let known = self.model.find(application, &name);
        let alg = choice.of_operation(known.map(|key| key.attributes.policy.permitted_algorithms));
        let bytes = bytes_for(alg, digest, is_hash);
        let app = identity(application);
        let answer = match is_hash {
            true => self
                .provider()
                .psa_sign_hash(
                    &app,
                    psa_sign_hash::Operation {
                        key_name: name.clone(),
                        alg,
                        hash: bytes.clone().into(),
                    },
                )
                .map(|result| result.signature),
            false => self
                .provider()
                .psa_sign_message(
                    &app,
                    psa_sign_message::Operation {
                        key_name: name.clone(),
                        alg,
                        message: bytes.clone().into(),
                    },
                )
                .map(|result| result.signature),
        };
        let Some(known) = known else {
            held("sign", &absent(false), answer);
            return;
        };
        let refusals = expectation::signature(known, Use::Sign, alg, is_hash.then_some(&bytes));
        let what = format!("sign {alg:?} {} bytes with {known:?}", bytes.len());
        let Some(signature) = held(&what, &refusals, answer) else {
            return;
        };
        let Some(digest) = digest_of(alg, &bytes, is_hash) else {
            return;
        };
        let verified = openssl::verifies(known.curve, &known.public, &digest, &signature);
        assert!(
            verified.expect("OpenSSL takes the key"),
            "OpenSSL refuses the signature of {what}"
        );
        let made = Made {
            digest,
            message: (!is_hash).then_some(bytes),
            signature: signature.to_vec(),
        };
        if let Some(key) = self.model.keys.get_mut(&(application, name)) {
            key.signatures.push(made);
        }
    }

    fn verify(
        &mut self,
        key: Key,
        choice: AlgorithmChoice,
        digest: DigestChoice,
        signature: &SignatureChoice,
        is_hash: bool,
    ) {
        let (application, key_name) = (key.application(), key.name());
        let known = self.model.find(application, &key_name);
        let alg = choice.of_operation(known.map(|key| key.attributes.policy.permitted_algorithms));
        let mut bytes = bytes_for(alg, digest, is_hash);
        let mut sent = vec![1; 64];
        if let Some(known) = known {
            let named = digest_of(alg, &bytes, is_hash).unwrap_or_default();
            let (chosen, made) = signature.signature(known, &named);
            sent = chosen;
            match (made, is_hash) {
                (Some(made), true) => bytes = made.digest.clone(),
                (Some(made), false) => bytes = made.message.clone().unwrap_or(bytes),
                (None, _) => {}
            }
        }
        let app = identity(application);
        let (wire_bytes, wire_signature) = (bytes.clone().into(), sent.clone().into());
        let answer = match is_hash {
            true => self
                .provider()
                .psa_verify_hash(
                    &app,
                    psa_verify_hash::Operation {
                        key_name,
                        alg,
                        hash: wire_bytes,
                        signature: wire_signature,
                    },
                )
                .map(|_| ()),
            false => self
                .provider()
                .psa_verify_message(
                    &app,
                    psa_verify_message::Operation {
                        key_name,
                        alg,
                        message: wire_bytes,
                        signature: wire_signature,
                    },
                )
                .map(|_| ()),
        };
        let Some(known) = known else {
            held("verify", &absent(false), answer);
            return;
        };
        let mut refusals =
            expectation::signature(known, Use::Verify, alg, is_hash.then_some(&bytes));
        let what = format!("verify {alg:?} of {} bytes by {known:?}", bytes.len());
        if refusals.is_empty() {
            let Some(digest) = digest_of(alg, &bytes, is_hash) else {
                return;
            };
            let good = openssl::verifies(known.curve, &known.public, &digest, &sent);
            if !good.expect("OpenSSL takes the key") {
                refusals.push(ResponseStatus::PsaErrorInvalidSignature);
            }
        }
        held(&what, &refusals, answer);
    }

    fn agree(&mut self, key: Key, peer: &PeerChoice, ffdh: bool) {
        let (application, name) = (key.application(), key.name());
        let known = self.model.find(application, &name);
        let curve = known.map_or(Curve::Secp256r1, |key| key.curve);
        let peer_key = peer.bytes(curve, |of| {
            let other = self.model.find(of.application(), &of.name());
            other.map(|key| key.public.clone())
        });
        let alg = match ffdh {
            true => RawKeyAgreement::Ffdh,
            false => RawKeyAgreement::Ecdh,
        };
        let answer = self.provider().psa_raw_key_agreement(
            &identity(application),
            psa_raw_key_agreement::Operation {
                alg,
                private_key_name: name,
                peer_key: peer_key.clone().into(),
            },
        );
        let Some(known) = known else {
            held("agree", &absent(false), answer);
            return;
        };
        let refusals = expectation::agreement(self.place, known, alg, &peer_key);
        let what = format!("agree with {peer_key:02x?} by {known:?}");
        let Some(agreed) = held(&what, &refusals, answer) else {
            return;
        };
        let agreed = agreed.shared_secret.expose_secret();
        assert_eq!(agreed.len(), known.curve.field_len());
        let by_peer = match peer {
            PeerChoice::Right(which) => judge::fixed(curve, *which).map(|peer| {
                let judge = JudgeKey::from_scalar(curve, &peer.scalar).expect("a fixed key");
                judge.agree(&known.public).expect("both are keys")
            }),
            _ => known.scalar.as_ref().map(|scalar| {
                let judge = JudgeKey::from_scalar(curve, scalar).expect("a key that was taken");
                judge.agree(&peer_key).expect("both are keys")
            }),
        };
        if let Some(expected) = by_peer {
            assert_eq!(agreed.as_slice(), expected.as_slice(), "{what}");
        }
    }

    /// A yes must be true; the reasons for a no are many.
    fn can_do(&mut self, check: u8, choice: AttributesChoice) {
        let attributes = choice.attributes(self.place.kind);
        let check_type = [
            CheckType::Generate,
            CheckType::Import,
            CheckType::Use,
            CheckType::Derive,
        ][usize::from(check) % 4];
        let answer = self.provider().can_do_crypto(
            &identity("alice"),
            can_do_crypto::Operation {
                check_type,
                attributes,
            },
        );
        let yes = match answer {
            Ok(_) => true,
            Err(status) => {
                assert_eq!(
                    status,
                    ResponseStatus::PsaErrorNotSupported,
                    "{attributes:?}"
                );
                false
            }
        };
        if yes && check_type == CheckType::Generate {
            let (refusals, _) = expectation::generation(self.place, &attributes);
            assert!(
                refusals.is_empty(),
                "CanDoCrypto says yes to {attributes:?}"
            );
        }
        assert!(!(yes && check_type == CheckType::Derive));
    }

    fn check_lists(&self) {
        for application in ["alice", "bob", "ключ\n🔑", "nobody"] {
            let listed = self
                .provider()
                .list_keys(&identity(application), list_keys::Operation {})
                .expect("lists do not fail");
            let listed: Vec<_> = listed
                .keys
                .iter()
                .map(|key| (key.name.as_str(), &key.attributes))
                .collect();
            assert_eq!(listed, self.model.of(application), "{application}");
        }
        let clients = self
            .provider()
            .list_clients(list_clients::Operation {})
            .expect("lists do not fail");
        assert_eq!(clients.clients, self.model.applications());
        let objects = |key: &ModelKey| match key.kind {
            Kind::Pair => 2,
            Kind::Public => 1,
        };
        let expected: usize = self.model.keys.values().map(objects).sum();
        assert_eq!(self.place.objects(), expected, "objects on the token");
    }

    fn empty(&mut self) {
        for (application, key_name) in std::mem::take(&mut self.model.keys).into_keys() {
            let op = psa_destroy_key::Operation { key_name };
            let answer = self.provider().psa_destroy_key(&identity(application), op);
            held("destroy at the end", &Vec::new(), answer);
        }
        assert_eq!(self.place.objects(), 0, "objects are left on the token");
    }
}

fn absent(exists: bool) -> Refusals {
    match exists {
        true => Vec::new(),
        false => vec![ResponseStatus::PsaErrorDoesNotExist],
    }
}

fn hash_of(alg: AsymmetricSignature) -> Option<Hash> {
    match alg.hash() {
        Some(SignHash::Specific(hash)) => Some(hash),
        _ => None,
    }
}

fn bytes_for(alg: AsymmetricSignature, choice: DigestChoice, is_hash: bool) -> Vec<u8> {
    match is_hash {
        true => choice.digest(hash_of(alg).map(judge::digest_len)),
        false => choice.message(),
    }
}

/// What is signed in the end; `None` where OpenSSL lacks the hash.
fn digest_of(alg: AsymmetricSignature, bytes: &[u8], is_hash: bool) -> Option<Vec<u8>> {
    match is_hash {
        true => Some(bytes.to_vec()),
        false => hash_of(alg).and_then(|hash| judge::digest(hash, bytes)),
    }
}
