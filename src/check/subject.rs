//! Owns the token as the cases have it: opened by the provider's own layers, or the module alone.

use std::collections::HashMap;

use super::alone::Alone;
use crate::config::{Config, TemplateChange};
use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};
use crate::op::objects::{Pair, discard};
use crate::op::trial::{self, ALL_USES};
use crate::op::{KeyUsage, NewKey};
use crate::token::{self, Form, KeyClass, KeyId, PooledSession, Token};

/// What a case works on. One of three ways is open at a time, as PKCS#11 is initialised once per process and
/// some tokens have one session:
///
/// - [`Subject::bench`]: a session of its own and a key pair for each curve, for raw calls;
/// - [`Subject::token`]: the token as the provider has it;
/// - [`Subject::alone`]: the module, initialised and nothing more, for what ends logins and sessions.
pub(crate) struct Subject {
    make_config: Box<dyn Fn() -> Result<Config>>,
    token: Option<Token>,
    bench: Option<Bench>,
    /// Whether the module has to be initialised anew after each destruction of an object: found out by
    /// [`Subject::renew`].
    renews: bool,
    /// Why the token could not be opened.
    unreachable: Option<(String, ErrorKind)>,
    changes: Vec<TemplateChange>,
    forms: Vec<Form>,
    /// Whether long cases are to be short.
    pub(crate) quick: bool,
    /// Whether a wrong PIN may be tried.
    pub(crate) allow_wrong_pin: bool,
}

impl Subject {
    pub(super) fn new(make_config: impl Fn() -> Result<Config> + 'static) -> Self {
        Self {
            make_config: Box::new(make_config),
            token: None,
            bench: None,
            renews: false,
            unreachable: None,
            changes: Vec::new(),
            forms: Vec::new(),
            quick: false,
            allow_wrong_pin: false,
        }
    }

    /// The token as the provider has it: all its sessions are free.
    pub(crate) fn token(&mut self) -> Result<&Token> {
        self.bench = None;
        self.opened()
    }

    /// A session for raw calls, with keys for it.
    pub(crate) fn bench(&mut self) -> Result<&mut Bench> {
        if self.bench.as_ref().is_some_and(|bench| bench.is_broken()) {
            self.bench = None;
            // If it was the only session, nobody is logged in any more.
            if self
                .token
                .as_ref()
                .is_some_and(|token| token.session_limit() == 1)
            {
                self.token = None;
            }
        }
        let bench = match self.bench.take() {
            Some(bench) => bench,
            None => {
                let token = self.opened()?;
                Bench {
                    session: token.borrow_session()?,
                    instance: token.config().instance.clone(),
                    pairs: HashMap::new(),
                }
            }
        };
        Ok(self.bench.insert(bench))
    }

    /// Lets `use_it` have the module with nobody logged in and no session open; it is finalised afterwards.
    pub(crate) fn alone<T>(&mut self, use_it: impl FnOnce(&Alone) -> Result<T>) -> Result<T> {
        self.close();
        let config = (self.make_config)()?;
        let alone = Alone::open(config).inspect_err(|error| {
            self.unreachable = Some((error.to_string(), error.kind()));
        })?;
        use_it(&alone)
    }

    /// Closes whatever is open.
    pub(crate) fn close(&mut self) {
        self.bench = None;
        self.note_differences();
        self.token = None;
    }

    /// What the token took only in another way than the provider sends it first: changes of templates that its
    /// profile does not say, and other forms.
    pub(crate) fn differences(&mut self) -> (&[TemplateChange], &[Form]) {
        self.note_differences();
        (&self.changes, &self.forms)
    }

    fn note_differences(&mut self) {
        if let Some(token) = &self.token {
            let known = &token.config().profile.template;
            let changes = token.quirks().all_changes().into_iter();
            self.changes
                .extend(changes.filter(|change| !known.contains(change)));
            self.forms.extend(token.quirks().other_forms());
        }
    }

    /// From now on the module is initialised anew after each destruction, as a quirk profile can ask for it.
    pub(crate) fn renew(&mut self) {
        self.close();
        self.renews = true;
    }

    /// Why the token could not be opened, if so: some modules can be initialised only so often in one process.
    pub(super) fn unreachable(&self) -> Option<Error> {
        let (reason, kind) = self.unreachable.clone()?;
        Some(Error::new(kind, reason))
    }

    fn opened(&mut self) -> Result<&Token> {
        let token = match self.token.take() {
            Some(token) => token,
            None => {
                let mut config = (self.make_config)()?;
                config.profile.renew_after_destroy |= self.renews;
                Token::open(config).inspect_err(|error| {
                    self.unreachable = Some((error.to_string(), error.kind()));
                })?
            }
        };
        Ok(self.token.insert(token))
    }
}

/// A session of its own, with key pairs that are made when they are first asked for.
pub(crate) struct Bench {
    session: PooledSession,
    instance: crate::config::Instance,
    pairs: HashMap<Curve, std::result::Result<(KeyId, Pair), String>>,
}

impl Bench {
    /// The session.
    pub(crate) fn session(&self) -> &PooledSession {
        &self.session
    }

    /// A key to be made, with a random identifier and the label of this run.
    pub(crate) fn new_key(&self, curve: Curve, usage: KeyUsage) -> Result<NewKey> {
        NewKey::random(&self.instance, curve, usage, None)
    }

    /// The key pair of this bench on `curve`, which signs, verifies and derives, and the session to use it in.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotSupported`] if the token makes none, also when it is asked again.
    pub(crate) fn pair(&mut self, curve: Curve) -> Result<(&PooledSession, &Pair)> {
        if !self.pairs.contains_key(&curve) {
            let key = self.new_key(curve, ALL_USES)?;
            let made = match trial::generated(&self.session, &key) {
                Err(error) if error.kind() == ErrorKind::NotSupported => Err(error.to_string()),
                made => Ok((key.id, made?)),
            };
            self.pairs.insert(curve, made);
        }
        match self.pairs.get(&curve) {
            Some(Ok((id, pair))) => {
                self.require_own(*id, pair)?;
                Ok((&self.session, pair))
            }
            Some(Err(reason)) => Err(Error::new(ErrorKind::NotSupported, reason.clone())),
            None => Err(Error::new(ErrorKind::DoesNotExist, "the key pair is gone")),
        }
    }

    /// The handles are kept for long, and some tokens give them to other objects meanwhile.
    fn require_own(&self, id: KeyId, pair: &Pair) -> Result<()> {
        token::require_own(&self.session, pair.public, id, KeyClass::Public)?;
        token::require_own(&self.session, pair.private, id, KeyClass::Private)
    }

    fn is_broken(&self) -> bool {
        self.session.is_broken()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        for (id, pair) in self.pairs.values().flatten() {
            let removed = self
                .require_own(*id, pair)
                .and_then(|()| discard(&self.session, &[pair.private, pair.public]));
            // What cannot be removed now is found by its label at the end of the run.
            if removed.is_err() {
                break;
            }
        }
    }
}
