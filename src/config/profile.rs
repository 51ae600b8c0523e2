//! Owns quirk profiles: files that say in advance how the tokens of one model differ.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use serde::Deserialize;

use super::refused;
use crate::ec::Curve;
use crate::error::Result;

/// The version of the format that this crate reads.
const VERSION: u32 = 1;

/// What a quirk profile says; everything may be left open. docs/profiles.md has the format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// `CK_TOKEN_INFO.manufacturerID` of the tokens that it was written for.
    pub manufacturer: Option<String>,
    /// `CK_TOKEN_INFO.model` of the tokens that it was written for.
    pub model: Option<String>,
    /// Whether the handle of a key may be kept: [`Config::handle_cache`](super::Config::handle_cache).
    pub handle_cache: Option<bool>,
    /// Whether the module is to be initialised anew whenever an object was destroyed, as it would give the
    /// next one the handle of another.
    pub renew_after_destroy: bool,
    /// The most sessions to open: [`Config::max_sessions`](super::Config::max_sessions).
    pub max_sessions: Option<NonZeroU32>,
    /// How templates differ from the standard ones.
    pub template: Vec<TemplateChange>,
    /// What the token can do on a curve and what not.
    pub claims: Vec<Claim>,
}

/// One difference of a template from the standard one: docs/design.md, section 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateChange {
    /// `C_GenerateKeyPair` gets `CKA_CLASS` and `CKA_KEY_TYPE` too.
    NameKind,
    /// `C_DeriveKey` gets `CKA_VALUE_LEN` too.
    NameLength,
    /// The attribute is left out.
    Omit(OptionalAttribute),
    /// `CKA_SIGN`, `CKA_VERIFY` and `CKA_DERIVE` are left out where they would be false.
    OmitFalse,
    /// Public keys are made with `CKA_PRIVATE` true.
    PrivatePublicKeys,
    /// The public half of a key pair that may sign is made with `CKA_VERIFY` true.
    VerifyWithSign,
}

/// An attribute that a template can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum OptionalAttribute {
    /// `CKA_PRIVATE`
    #[serde(rename = "CKA_PRIVATE")]
    Private,
    /// `CKA_SENSITIVE`
    #[serde(rename = "CKA_SENSITIVE")]
    Sensitive,
    /// `CKA_EXTRACTABLE`
    #[serde(rename = "CKA_EXTRACTABLE")]
    Extractable,
    /// `CKA_SIGN`
    #[serde(rename = "CKA_SIGN")]
    Sign,
    /// `CKA_VERIFY`
    #[serde(rename = "CKA_VERIFY")]
    Verify,
    /// `CKA_DERIVE`
    #[serde(rename = "CKA_DERIVE")]
    Derive,
}

/// Something that a token can do on a curve or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ability {
    /// It makes key pairs.
    Generate,
    /// It takes public keys.
    ImportPublic,
    /// It takes key pairs.
    ImportPair,
    /// It shows the scalar of a key pair that was made to be exported.
    Export,
    /// It makes ECDSA signatures.
    Sign,
    /// It verifies ECDSA signatures.
    Verify,
    /// It agrees secrets by ECDH, and they are right.
    Agree,
}

/// What a profile says about one ability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The ability.
    pub ability: Ability,
    /// The curve.
    pub curve: Curve,
    /// Whether the token has it.
    pub able: bool,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if the file cannot be read, is no TOML
    /// of this format and version, or names a curve that does not exist.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|source| {
            refused(format!(
                "the quirk profile {} cannot be read (quirk_profile)",
                path.display()
            ))
            .with_source(source)
        })?;
        Self::parse(&text)
            .map_err(|error| error.context(format_args!("the quirk profile {}", path.display())))
    }

    /// Parses the text of a profile.
    ///
    /// # Errors
    /// As those of [`Profile::read`].
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|source| {
            refused("this is no quirk profile: see docs/profiles.md").with_source(source)
        })?;
        if file.version != VERSION {
            return Err(refused(format!(
                "it has version {}, and this program reads version {VERSION}",
                file.version
            )));
        }
        let mut claims = Vec::new();
        for (name, abilities) in &file.curves {
            let curve = Curve::named(name).ok_or_else(|| {
                refused(format!(
                    "there is no curve with the name {}",
                    name.escape_debug()
                ))
            })?;
            claims.extend(abilities.claims(curve));
        }
        Ok(Self {
            manufacturer: file.manufacturer,
            model: file.model,
            handle_cache: file.handle_cache,
            renew_after_destroy: file.renew_after_destroy,
            max_sessions: file.max_sessions,
            template: file.template.changes(),
            claims,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    manufacturer: Option<String>,
    model: Option<String>,
    handle_cache: Option<bool>,
    #[serde(default)]
    renew_after_destroy: bool,
    max_sessions: Option<NonZeroU32>,
    #[serde(default)]
    template: Template,
    #[serde(default)]
    curves: BTreeMap<String, Abilities>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Template {
    name_kind: bool,
    name_length: bool,
    omit: Vec<OptionalAttribute>,
    omit_false: bool,
    private_public_keys: bool,
    verify_with_sign: bool,
}

impl Template {
    fn changes(&self) -> Vec<TemplateChange> {
        let switches = [
            (self.name_kind, TemplateChange::NameKind),
            (self.name_length, TemplateChange::NameLength),
            (self.omit_false, TemplateChange::OmitFalse),
            (self.private_public_keys, TemplateChange::PrivatePublicKeys),
            (self.verify_with_sign, TemplateChange::VerifyWithSign),
        ];
        let switched = switches.into_iter().filter(|(on, _)| *on);
        let omitted = self.omit.iter().copied().map(TemplateChange::Omit);
        switched.map(|(_, change)| change).chain(omitted).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Abilities {
    generate: Option<bool>,
    import_public: Option<bool>,
    import_pair: Option<bool>,
    export: Option<bool>,
    sign: Option<bool>,
    verify: Option<bool>,
    agree: Option<bool>,
}

impl Abilities {
    fn claims(&self, curve: Curve) -> impl Iterator<Item = Claim> {
        let claimed = [
            (self.generate, Ability::Generate),
            (self.import_public, Ability::ImportPublic),
            (self.import_pair, Ability::ImportPair),
            (self.export, Ability::Export),
            (self.sign, Ability::Sign),
            (self.verify, Ability::Verify),
            (self.agree, Ability::Agree),
        ];
        claimed.into_iter().filter_map(move |(able, ability)| {
            able.map(|able| Claim {
                ability,
                curve,
                able,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Profile::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn says_what_stands_in_it() {
        let profile = Profile::parse(
            "version = 1\n\
             model = \"HSM\"\n\
             handle_cache = false\n\
             max_sessions = 1\n\
             [template]\n\
             omit = [\"CKA_DERIVE\", \"CKA_SENSITIVE\"]\n\
             name_kind = true\n\
             [curves.secp521r1]\n\
             generate = false\n\
             agree = true\n",
        )
        .unwrap();
        assert_eq!(profile.model.as_deref(), Some("HSM"));
        assert_eq!(profile.handle_cache, Some(false));
        assert_eq!(profile.max_sessions, NonZeroU32::new(1));
        assert_eq!(
            profile.template,
            [
                TemplateChange::NameKind,
                TemplateChange::Omit(OptionalAttribute::Derive),
                TemplateChange::Omit(OptionalAttribute::Sensitive),
            ]
        );
        let claim = |ability, able| Claim {
            ability,
            curve: Curve::Secp521r1,
            able,
        };
        assert_eq!(
            profile.claims,
            [claim(Ability::Generate, false), claim(Ability::Agree, true)]
        );
    }

    #[test]
    fn an_empty_one_says_nothing() {
        assert_eq!(Profile::parse("version = 1").unwrap(), Profile::default());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "version = 1\nversoin = 1",
            "version = 1\nmax_sessions = 0",
            "version = 1\n[template]\nomit = [\"CKA_TOKEN\"]",
            "version = 1\n[curves.secp256r1]\nsing = true",
            "\0",
        ] {
            assert!(refusal(text).contains("no quirk profile"), "{text}");
        }
        assert!(refusal("version = 2").contains("version 2"));
        assert!(refusal("version = 1\n[curves.\"P-256\"]").contains("P-256"));
    }
}
