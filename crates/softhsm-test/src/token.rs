//! Owns tokens: how one is made, and what a test needs to know about it.

use std::fmt;
use std::process::{Command, Stdio};

use cryptoki::context::Pkcs11;
use cryptoki::session::UserType;
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::module::{module_path, util_path};
use crate::process;

/// CK_TOKEN_INFO has room for that many bytes (PKCS#11 3.0, section 3.2).
const LABEL_BYTES: usize = 32;

/// A SoftHSM2 token with random PINs that this crate made.
///
/// It stays until its environment is removed: at the end of the process, or with its
/// [`Environment`].
#[derive(Clone)]
pub struct Token {
    label: String,
    serial: String,
    slot_number: u64,
    user_pin: String,
    so_pin: String,
}

impl Token {
    /// Makes a token with a random label that this process sees, before and after C_Initialize.
    ///
    /// Child processes see it as well, as they inherit `SOFTHSM2_CONF`.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without SoftHSM2; [`Error::Refused`] if `SOFTHSM2_CONF` is no longer
    /// what this crate chose at the start of the process; [`Error::Util`] or [`Error::Pkcs11`] if
    /// SoftHSM2 does not make the token.
    pub fn new() -> Result<Self> {
        process::make(&NewToken::random()?)
    }

    /// As [`Token::new`], with that label: 1 to 32 bytes, not necessarily unique.
    ///
    /// # Errors
    /// [`Error::Label`] for a label that does not fit; else as [`Token::new`].
    pub fn with_label(label: &str) -> Result<Self> {
        process::make(&NewToken::with_label(label)?)
    }

    /// CK_TOKEN_INFO's label, without its padding.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// CK_TOKEN_INFO's serial number: 16 hexadecimal digits.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The number of the slot in every process that initialises the module after the token was
    /// made. Where the module was initialised before, [`Token::slot`] tells.
    pub fn slot_number(&self) -> u64 {
        self.slot_number
    }

    /// The user PIN: 16 hexadecimal digits.
    pub fn user_pin(&self) -> &str {
        &self.user_pin
    }

    /// The security officer's PIN: 16 hexadecimal digits.
    pub fn so_pin(&self) -> &str {
        &self.so_pin
    }

    /// The user PIN, as `cryptoki::session::Session::login` takes it.
    pub fn auth_pin(&self) -> AuthPin {
        AuthPin::new(self.user_pin.as_str().into())
    }

    /// The slot with this token in the module that `pkcs11` has initialised.
    ///
    /// # Errors
    /// [`Error::NotVisible`] if no slot has it; [`Error::Pkcs11`] if a call fails.
    pub fn slot(&self, pkcs11: &Pkcs11) -> Result<Slot> {
        // A token that cannot be read now is another one: this one is whole since it was made.
        let is_this = |info: TokenInfo| info.serial_number() == self.serial;
        pkcs11
            .get_slots_with_token()?
            .into_iter()
            .find(|&slot| pkcs11.get_token_info(slot).is_ok_and(is_this))
            .ok_or_else(|| Error::NotVisible {
                serial: self.serial.clone(),
            })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("label", &self.label)
            .field("serial", &self.serial)
            .field("slot_number", &self.slot_number)
            .finish_non_exhaustive()
    }
}

/// What is decided about a token before it is made.
pub(crate) struct NewToken {
    label: String,
    user_pin: String,
    so_pin: String,
}

impl NewToken {
    pub(crate) fn random() -> Result<Self> {
        Self::with_label(&format!("test-{}", random()?))
    }

    pub(crate) fn with_label(label: &str) -> Result<Self> {
        let fits = (1..=LABEL_BYTES).contains(&label.len());
        // Labels are padded with spaces, so one that ends with them would come back without.
        if !fits || label.chars().any(char::is_control) || label.ends_with(' ') {
            return Err(Error::Label(label.to_owned()));
        }
        Ok(Self {
            label: label.to_owned(),
            user_pin: random()?,
            so_pin: random()?,
        })
    }

    /// Has `softhsm2-util` make the token, so that this process needs no C_Initialize for it.
    ///
    /// It is made apart and moved in when it is whole. SoftHSM2 rewrites the file of a token in place, at
    /// each login for example, and `softhsm2-util` fails where it reads one that another process is
    /// writing.
    ///
    /// The program takes PINs on its command line or from a terminal, nothing else. The command
    /// line it is: other users of the machine may read it, but can neither enter the directory of
    /// this token nor use its random PINs anywhere else.
    pub(crate) fn make_in_child(&self, environment: &Environment) -> Result<Token> {
        let apart = environment.apart()?;
        let printed = run(
            &apart,
            &[
                "--init-token",
                "--free",
                "--label",
                &self.label,
                "--so-pin",
                &self.so_pin,
                "--pin",
                &self.user_pin,
            ],
        )?;
        let slot = printed
            .lines()
            .find_map(|line| line.split_once("reassigned to slot "))
            .and_then(|(_, number)| number.trim().parse().ok())
            .ok_or_else(|| Error::Util("--init-token did not tell the slot".to_owned()))?;
        let slots = run(&apart, &["--show-slots"])?;
        let serial = serial_in_slot(&slots, slot)
            .ok_or_else(|| Error::Util(format!("--show-slots does not show slot {slot}")))?;
        environment.adopt(&apart)?;
        self.made(serial.to_owned())
    }

    /// Makes the token in the initialised module of this process.
    ///
    /// Only a slot whose token was never initialised is used: SoftHSM2 always offers one, and a
    /// token that exists is never overwritten.
    pub(crate) fn make_in_process(&self, pkcs11: &Pkcs11) -> Result<Token> {
        for slot in pkcs11.get_all_slots()? {
            if !pkcs11.get_token_info(slot).is_ok_and(is_free) {
                continue;
            }
            let so_pin = AuthPin::new(self.so_pin.as_str().into());
            pkcs11.init_token(slot, &so_pin, &self.label)?;
            let session = pkcs11.open_rw_session(slot)?;
            session.login(UserType::So, Some(&so_pin))?;
            session.init_pin(&AuthPin::new(self.user_pin.as_str().into()))?;
            session.logout()?;
            return self.made(pkcs11.get_token_info(slot)?.serial_number().to_owned());
        }
        Err(Error::Refused("every token is initialised".to_owned()))
    }

    fn made(&self, serial: String) -> Result<Token> {
        Ok(Token {
            label: self.label.clone(),
            slot_number: slot_number(&serial)?,
            serial,
            user_pin: self.user_pin.clone(),
            so_pin: self.so_pin.clone(),
        })
    }
}

fn is_free(info: TokenInfo) -> bool {
    !info.token_initialized()
}

pub(crate) fn random() -> Result<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

fn run(environment: &Environment, arguments: &[&str]) -> Result<String> {
    let util = util_path()?;
    let mut command = Command::new(&util);
    command
        .arg("--module")
        .arg(module_path()?)
        .args(arguments)
        .stdin(Stdio::null());
    let output = environment
        .apply(&mut command)
        .output()
        .map_err(Error::io(&util))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(Error::Util(format!("{}: {message}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Finds the serial number under the heading `Slot N` in what `softhsm2-util --show-slots` printed.
fn serial_in_slot(printed: &str, slot: u64) -> Option<&str> {
    let heading = format!("Slot {slot}");
    printed
        .lines()
        .skip_while(|line| line.trim_end() != heading)
        .find_map(|line| line.trim().strip_prefix("Serial number:"))
        .map(str::trim)
}

/// SoftHSM2 gives a token the slot of the last 31 bits of its serial number.
fn slot_number(serial: &str) -> Result<u64> {
    serial
        .get(serial.len().saturating_sub(8)..)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .map(|number| number & 0x7fff_ffff)
        .ok_or_else(|| Error::Util(format!("{serial:?} is not a serial number of SoftHSM2")))
}
