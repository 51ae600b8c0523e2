//! Owns the control file: its types, reading and writing it.

mod alias;
mod attribute;
mod quirk;
mod rule;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub use alias::{Alias, KeyClass};
pub use attribute::{
    ImposeAttribute, RefuseAttribute, RequireAttribute, ShowAttribute, TemplateOf,
};
pub use quirk::{
    Digests, Encoding, Handles, KeySizes, PointEncoding, PointForm, RefuseMechanism, ReportedLimit,
    SecretValue, Sessions, SignatureForm, Token, Visible,
};
pub use rule::{Delay, End, Functions, Hang, How, Inject};

use crate::names::{PinFlag, Rv};

/// What the module shall do; the default forwards everything as it is.
///
/// A newly written file starts afresh: rules count from zero, and sessions are killed and the user is
/// logged out once more, if it says so.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// The real module; without it, the one that the variable [`crate::TARGET`] names.
    pub target: Option<PathBuf>,
    /// The file that calls are counted in, see [`crate::statistics`].
    pub statistics: Option<PathBuf>,
    /// Closes all sessions; calls in them are answered so from then on.
    pub kill_sessions: Option<Rv>,
    /// Logs out; operations that need the login are answered so until a C_Login succeeds.
    pub logout: Option<Rv>,
    /// The flags that C_GetTokenInfo reports about PINs, in place of the real ones.
    pub pin_flags: Option<Vec<PinFlag>>,
    /// The texts that C_GetTokenInfo reports are padded with NUL bytes in place of blanks.
    pub nul_padding: bool,
    /// The serial number that C_GetTokenInfo reports is zeros, as some makers give to all of their tokens.
    pub zero_serial: bool,
    /// Where the token is.
    pub token: Token,
    /// How many sessions there can be.
    pub sessions: Sessions,
    /// Which numbers are handed out as handles.
    pub handles: Handles,
    /// Handles that are those of other objects.
    pub alias: Vec<Alias>,
    /// How points, private values, secrets and signatures are encoded.
    pub encoding: Encoding,
    /// Which digests are taken.
    pub digests: Digests,
    /// Errors in place of what the real module answers. The first rule that fires decides.
    pub inject: Vec<Inject>,
    /// Delays; all that fire add up.
    pub delay: Vec<Delay>,
    /// Calls that do not return.
    pub hang: Vec<Hang>,
    /// The end of the process.
    pub end: Vec<End>,
    /// Attributes that are refused.
    pub refuse_attribute: Vec<RefuseAttribute>,
    /// Attributes without which a template is refused.
    pub require_attribute: Vec<RequireAttribute>,
    /// Attributes that objects get whatever the template says.
    pub impose_attribute: Vec<ImposeAttribute>,
    /// Attributes that objects show falsely.
    pub show_attribute: Vec<ShowAttribute>,
    /// Mechanisms that are refused.
    pub refuse_mechanism: Vec<RefuseMechanism>,
    /// Sizes of keys that mechanisms are said to take.
    pub key_sizes: Vec<KeySizes>,
}

impl Control {
    /// One that forwards everything to that module.
    pub fn forwarding_to(target: impl Into<PathBuf>) -> Self {
        Self {
            target: Some(target.into()),
            ..Self::default()
        }
    }

    /// Parses the text of a control file.
    ///
    /// # Errors
    /// What is wrong with it, for a person to read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let control: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        control.check()?;
        Ok(control)
    }

    /// Writes it as a control file, in place of one that is there: by a rename, so that the module sees the
    /// old one or the new one.
    ///
    /// # Errors
    /// If it contradicts itself, and if the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        self.check().map_err(io::Error::other)?;
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let new = PathBuf::from(name);
        fs::write(&new, text)?;
        // The file system's clock ticks in milliseconds only, in which a test writes more than one file.
        fs::File::options()
            .write(true)
            .open(&new)?
            .set_modified(SystemTime::now())?;
        fs::rename(&new, path)
    }

    fn check(&self) -> Result<(), String> {
        if self.token.slot.is_some() && self.token.target_slot.is_none() {
            return Err("token.slot moves the token of token.target_slot: say which".to_owned());
        }
        for rule in &self.inject {
            rule.check()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;
    use crate::names::{AttributeType, Function, MechanismType};

    #[test]
    fn what_is_written_can_be_read() {
        let control = Control {
            statistics: Some("/tmp/counts".into()),
            kill_sessions: Some(Rv(cryptoki_sys::CKR_SESSION_CLOSED)),
            pin_flags: Some(vec!["CKF_USER_PIN_LOCKED".parse().unwrap()]),
            token: Token {
                present: false,
                target_slot: Some(4_000_000_000),
                slot: Some(7),
                visible: Visible::AtInitialize,
                ..Token::default()
            },
            sessions: Sessions {
                limit: Some(3),
                reported: Some(ReportedLimit::Unavailable),
            },
            encoding: Encoding {
                ec_point: PointEncoding::BitString,
                ..Encoding::default()
            },
            digests: Digests {
                lengths: Some(vec![20, 32]),
                ..Digests::default()
            },
            inject: vec![
                Inject::before(Function::C_Sign, Rv(cryptoki_sys::CKR_DEVICE_ERROR)).times(2),
                Inject::after(Functions::All, Rv(0x8000_0001)),
            ],
            delay: vec![Delay::new(
                [Function::C_Sign, Function::C_Verify].to_vec(),
                2,
            )],
            hang: vec![Hang::new(Function::C_Login)],
            end: vec![End::before(Function::C_Sign, NonZeroU64::MIN, How::Abort)],
            alias: vec![Alias::new(Function::C_FindObjects, KeyClass::PublicKey)],
            refuse_attribute: vec![RefuseAttribute::new(AttributeType(0x4000_0600))],
            require_attribute: vec![RequireAttribute::new("CKA_TOKEN".parse().unwrap(), [0])],
            impose_attribute: vec![ImposeAttribute::new("CKA_SIGN".parse().unwrap(), [1])],
            show_attribute: vec![ShowAttribute::new("CKA_LOCAL".parse().unwrap(), [0])],
            refuse_mechanism: vec![RefuseMechanism::new(MechanismType(cryptoki_sys::CKM_ECDSA))],
            key_sizes: vec![KeySizes {
                mechanism: MechanismType(cryptoki_sys::CKM_ECDSA),
                smallest: 1,
                largest: 2,
            }],
            ..Control::forwarding_to("/usr/lib/softhsm/libsofthsm2.so")
        };
        let text = toml::to_string(&control).unwrap();
        assert_eq!(Control::parse(&text).unwrap(), control, "{text}");
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, told) in [
            ("colour = 1", "colour"),
            ("[[inject]]\nfunction = \"C_Sing\"\nanswer = 1", "C_Sing"),
            ("kill_sessions = \"CKR_NONE\"", "CKR_NONE"),
            ("[token]\nslot = 1", "target_slot"),
            (
                "[[inject]]\nfunction = \"*\"\nanswer = 1\nnth = 1\nevery = 2",
                "one of",
            ),
            ("[[refuse_attribute]]\nattribute = 1\nvalue = \"0\"", "hex"),
        ] {
            let error = Control::parse(text).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
