//! Owns the token as the cases have it: opened by the provider's own layers, or the module alone.

use std::collections::HashMap;

use cryptoki::context::{Function, Pkcs11};
use cryptoki::error::Error as CryptokiError;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::RawAuthPin;

use super::journal;
use crate::config::{Ability, Config, TemplateChange};
use crate::ec::Curve;
use crate::error::{Error, ErrorKind, Result};
use crate::op::objects::{Pair, discard};
use crate::op::trial;
use crate::op::{KeyUsage, NewKey};
use crate::token::{self, Form, KeyId, KeyRef, Label, Module, PooledSession, Token};

/// Signs, verifies and derives; not exported.
pub(crate) const ALL_USES: KeyUsage = KeyUsage {
    sign: true,
    verify: true,
    derive: true,
    export: false,
};

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
        let module = Module::load(&config.library_path, config.initialization_string.clone())
            .inspect_err(|error| {
                self.unreachable = Some((error.to_string(), error.kind()));
            })?;
        let slot = token::choose(module.pkcs11(), &config.token)?.slot;
        use_it(&Alone {
            module,
            slot,
            config,
        })
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
    pairs: HashMap<Curve, std::result::Result<Pair, String>>,
}

impl Bench {
    /// The session.
    pub(crate) fn session(&self) -> &PooledSession {
        &self.session
    }

    /// A key to be made, with a random identifier and the label of this run.
    pub(crate) fn new_key(&self, curve: Curve, usage: KeyUsage) -> Result<NewKey> {
        let id = KeyId::random()?;
        Ok(NewKey {
            id,
            curve,
            usage,
            label: Label::new(&self.instance, id, None),
        })
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
                made => Ok(made?),
            };
            self.pairs.insert(curve, made);
        }
        match self.pairs.get(&curve) {
            Some(Ok(pair)) => Ok((&self.session, pair)),
            Some(Err(reason)) => Err(Error::new(ErrorKind::NotSupported, reason.clone())),
            None => Err(Error::new(ErrorKind::DoesNotExist, "the key pair is gone")),
        }
    }

    fn is_broken(&self) -> bool {
        self.session.is_broken()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        for pair in self.pairs.values().flatten() {
            // What cannot be removed now is found by its label at the end of the run.
            if discard(&self.session, &[pair.private, pair.public]).is_err() {
                break;
            }
        }
    }
}

/// The module, initialised and nothing more.
pub(crate) struct Alone {
    module: Module,
    slot: Slot,
    config: Config,
}

impl Alone {
    /// The slot of the token.
    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    /// The configuration, for labels.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Makes one PKCS#11 call.
    ///
    /// # Errors
    ///
    /// Its CKR.
    pub(crate) fn call<T>(
        &self,
        function: Function,
        call: impl FnOnce(&Pkcs11) -> std::result::Result<T, CryptokiError>,
    ) -> Result<T> {
        journal::note(function);
        Ok(call(self.module.pkcs11())?)
    }

    /// Opens a session for reading and writing.
    ///
    /// # Errors
    ///
    /// What `C_OpenSession` returned.
    pub(crate) fn open_session(&self) -> Result<Session> {
        self.call(Function::OpenSession, |pkcs11| {
            pkcs11.open_rw_session(self.slot)
        })
    }

    /// Logs the user in, by the rules of the provider: docs/design.md, section 4.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotPermitted`] without a PIN; what `C_Login` returned.
    pub(crate) fn login(&self, session: &Session) -> Result<()> {
        let pin = self.config.pin.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::NotSupported,
                "no PIN was given, so there is no login",
            )
        })?;
        let info = self.call(Function::GetTokenInfo, |pkcs11| {
            pkcs11.get_token_info(self.slot)
        });
        journal::note(Function::Login);
        token::login(
            session,
            info.ok().as_ref(),
            pin,
            self.config.allow_final_pin_try,
        )
    }

    /// Tries a PIN without a look at the token's flags.
    ///
    /// # Errors
    ///
    /// What `C_Login` returned.
    pub(crate) fn try_pin(&self, session: &Session, pin: &[u8]) -> Result<()> {
        let pin = RawAuthPin::new(Box::new(pin.to_vec()));
        self.call(Function::Login, |_| {
            session.login_with_raw(UserType::User, &pin)
        })
    }

    /// Finalises the module and initialises it again; no session may be open.
    ///
    /// # Errors
    ///
    /// What `C_Initialize` returned.
    pub(crate) fn reinitialize(&self) -> Result<()> {
        journal::note(Function::Finalize);
        self.module.reinitialize()
    }
}

/// The key once it is made.
pub(crate) fn made(key: &NewKey) -> KeyRef {
    KeyRef {
        id: key.id,
        curve: Some(key.curve),
    }
}

/// The name of an ability in quirk profiles.
pub(crate) fn ability_name(ability: Ability) -> &'static str {
    match ability {
        Ability::Generate => "generate",
        Ability::ImportPublic => "import_public",
        Ability::ImportPair => "import_pair",
        Ability::Export => "export",
        Ability::Sign => "sign",
        Ability::Verify => "verify",
        Ability::Agree => "agree",
    }
}
