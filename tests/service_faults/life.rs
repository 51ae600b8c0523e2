//! Owns what a client does with a key in every way, and the proof that no answer was wrong.

use std::fmt;
use std::time::{Duration, Instant};

use parsec_client::core::interface::operations::can_do_crypto::CheckType;
use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::operations::psa_key_attributes::Attributes;
use parsec_client::core::interface::requests::ResponseStatus;

use crate::client::{Answer, Client};
use crate::keys::{self, ECDSA};
use crate::openssl::{Pair, digest, verifies};

const BITS: usize = 256;

/// What a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    CanDo,
    Create,
    ExportPublic,
    Sign,
    Verify,
    VerifyWrong,
    Agree,
    Random,
    Destroy,
}

/// How a key comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Creation {
    Generate,
    Import,
}

/// A key as a client knows it.
#[derive(Clone)]
struct Key {
    name: String,
    point: Option<Vec<u8>>,
}

/// What a client was told: every answer, and what it was given.
#[derive(Default)]
pub(crate) struct Told {
    answers: Vec<(Request, Answer)>,
    pub(crate) slowest: Duration,
    signature: Option<(Key, Vec<u8>)>,
    secret: Option<(Key, Vec<u8>)>,
}

impl Told {
    /// The statuses of the requests that did not succeed.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (Request, ResponseStatus)> {
        let failure = |(request, answer): &(Request, Answer)| Some((*request, (*answer).err()?));
        let wrong = (
            Request::VerifyWrong,
            ResponseStatus::PsaErrorInvalidSignature,
        );
        let failures = self.answers.iter().filter_map(failure);
        failures.filter(move |failure| *failure != wrong)
    }

    fn ask<T>(&mut self, request: Request, ask: impl FnOnce() -> Answer<T>) -> Option<T> {
        let begin = Instant::now();
        let answer = ask();
        self.slowest = self.slowest.max(begin.elapsed());
        match answer {
            Ok(value) => {
                self.answers.push((request, Ok(())));
                Some(value)
            }
            Err(status) => {
                self.answers.push((request, Err(status)));
                None
            }
        }
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.answers.fmt(f)
    }
}

/// A client with two keys that stay, for requests when no other key can be made.
pub(crate) struct Life {
    pub(crate) client: Client,
    peer: Pair,
    standing: [Key; 2],
}

/// The names of the keys that stay.
pub(crate) const STANDING: [&str; 2] = ["standing-agreeing", "standing-signing"];

impl Life {
    /// Makes the keys that stay; the token must be well.
    pub(crate) fn new(client: Client) -> Self {
        client.generate(STANDING[0], agreeing()).unwrap();
        client.generate(STANDING[1], signing()).unwrap();
        let standing = STANDING.map(|name| Key {
            name: name.to_owned(),
            point: Some(client.export_public(name).unwrap()),
        });
        Self {
            client,
            peer: Pair::generate(BITS),
            standing,
        }
    }

    /// Makes two keys, uses them, and destroys them; where one cannot be made, one that stays is used.
    pub(crate) fn live(&self, name: &str, creation: Creation) -> Told {
        let client = &self.client;
        let mut told = Told::default();
        told.ask(Request::CanDo, || {
            client.can_do(CheckType::Generate, signing())
        });
        let mut key = |name: String, attributes: Attributes, standing: &Key| {
            let made = told.ask(Request::Create, || {
                create(client, &name, attributes, creation)
            });
            let (name, known) = match made {
                Some(()) => (name, None),
                None => (standing.name.clone(), standing.point.clone()),
            };
            let point = told.ask(Request::ExportPublic, || client.export_public(&name));
            if let (Some(point), Some(known)) = (&point, &known) {
                assert_eq!(point, known, "{told:?}");
            }
            let point = point.or(known);
            Key { name, point }
        };
        let agreeing = key(agreeing_name(name), agreeing(), &self.standing[0]);
        let signing = key(signing_name(name), signing(), &self.standing[1]);

        let peer = self.peer.point();
        let secret = told.ask(Request::Agree, || client.agree(&agreeing.name, &peer));
        let signature = self.sign_and_verify(&signing.name, &mut told);
        let random = told.ask(Request::Random, || client.random(32));
        assert!(random.is_none_or(|random| random.len() == 32 && random != [0; 32]));
        // Asked for once more, as the point judges the answers after the key is gone.
        let known = |mut key: Key| {
            key.point = key.point.or_else(|| client.export_public(&key.name).ok());
            key
        };
        let (agreeing, signing) = (known(agreeing), known(signing));
        for key in [&agreeing, &signing] {
            if !STANDING.contains(&key.name.as_str()) {
                told.ask(Request::Destroy, || client.destroy(&key.name));
            }
        }
        told.secret = secret.map(|secret| (agreeing, secret));
        told.signature = signature.map(|signature| (signing, signature));
        told
    }

    fn sign_and_verify(&self, name: &str, told: &mut Told) -> Option<Vec<u8>> {
        let client = &self.client;
        let digest = digest(Hash::Sha256, name.as_bytes());
        let signature = told.ask(Request::Sign, || client.sign_hash(name, ECDSA, &digest))?;
        let verify = |signature: &[u8]| client.verify_hash(name, ECDSA, &digest, signature);
        told.ask(Request::Verify, || verify(&signature));
        let wrong = self.peer.sign(&digest);
        let accepted = told.ask(Request::VerifyWrong, || verify(&wrong));
        assert!(accepted.is_none(), "a wrong signature was accepted");
        Some(signature)
    }

    /// Checks with OpenSSL what was given out.
    pub(crate) fn judge(&self, told: &Told) {
        if let Some((key, signature)) = &told.signature {
            let digest = digest(Hash::Sha256, key.name.as_bytes());
            let is_right = |point: &Vec<u8>| verifies(BITS, point, &digest, signature);
            assert!(key.point.as_ref().is_none_or(is_right), "{told:?}");
        }
        if let Some((key, secret)) = &told.secret {
            let is_right = |point: &Vec<u8>| *secret == self.peer.agree(point);
            assert!(key.point.as_ref().is_none_or(is_right), "{told:?}");
        }
    }

    /// Brings the names of a life that met a fault to their end: they can be used again.
    pub(crate) fn clean_up(&self, name: &str) {
        let listed = self.client.key_names();
        for (name, attributes) in [
            (agreeing_name(name), agreeing()),
            (signing_name(name), signing()),
        ] {
            if !listed.contains(&name) {
                self.client.generate(&name, attributes).unwrap();
            }
            self.client.destroy(&name).unwrap();
        }
        assert_eq!(self.client.key_names(), STANDING);
    }
}

fn create(client: &Client, name: &str, attributes: Attributes, creation: Creation) -> Answer {
    match creation {
        Creation::Generate => client.generate(name, attributes),
        Creation::Import => client.import(name, attributes, &Pair::generate(BITS).scalar()),
    }
}

fn agreeing_name(name: &str) -> String {
    format!("{name}-agreeing")
}

fn signing_name(name: &str) -> String {
    format!("{name}-signing")
}

fn agreeing() -> Attributes {
    keys::agreeing(BITS)
}

fn signing() -> Attributes {
    keys::signing(BITS, ECDSA)
}
