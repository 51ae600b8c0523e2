//! Owns the quirk profile that a run writes: what the cases found out, in the form of docs/profiles.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Report;
use crate::check::outcome::Fact;
use crate::config::{Ability, OptionalAttribute, TemplateChange};

/// The names that changes of templates have in a profile.
pub(in crate::check) fn named_changes(
    changes: impl IntoIterator<Item = TemplateChange>,
) -> Vec<String> {
    let names: BTreeSet<_> = changes.into_iter().map(change_name).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// The name of a change in a profile.
pub(in crate::check) fn change_name(change: TemplateChange) -> &'static str {
    match change {
        TemplateChange::NameKind => "name_kind",
        TemplateChange::NameLength => "name_length",
        TemplateChange::OmitFalse => "omit_false",
        TemplateChange::PrivatePublicKeys => "private_public_keys",
        TemplateChange::VerifyWithSign => "verify_with_sign",
        TemplateChange::Omit(attribute) => match attribute {
            OptionalAttribute::Private => "CKA_PRIVATE",
            OptionalAttribute::Sensitive => "CKA_SENSITIVE",
            OptionalAttribute::Extractable => "CKA_EXTRACTABLE",
            OptionalAttribute::Sign => "CKA_SIGN",
            OptionalAttribute::Verify => "CKA_VERIFY",
            OptionalAttribute::Derive => "CKA_DERIVE",
        },
    }
}

/// The name of an ability in a profile.
pub(in crate::check) fn ability_name(ability: Ability) -> &'static str {
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

/// The profile of the token that the report is about: what was found out, and nothing more.
pub fn write(report: &Report) -> String {
    let mut lines = Lines::default();
    for fact in report.facts() {
        lines.add(fact);
    }
    lines.to_toml(report)
}

#[derive(Default)]
struct Lines<'a> {
    general: Vec<String>,
    switches: Vec<&'a str>,
    omitted: Vec<&'a str>,
    curves: BTreeMap<&'a str, BTreeMap<&'a str, bool>>,
}

impl<'a> Lines<'a> {
    fn add(&mut self, fact: &'a Fact) {
        match fact {
            Fact::HandleCache { keep } => self.general.push(format!("handle_cache = {keep}")),
            Fact::RenewAfterDestroy => self.general.push("renew_after_destroy = true".to_owned()),
            Fact::MaxSessions { count } => self.general.push(format!("max_sessions = {count}")),
            Fact::Template { change } if change.starts_with("CKA_") => self.omitted.push(change),
            Fact::Template { change } => self.switches.push(change),
            Fact::Ability {
                curve,
                ability,
                able,
            } => {
                // Of two cases that say different things, the one that it does not work counts.
                let said = self.curves.entry(curve).or_default();
                *said.entry(ability).or_insert(true) &= able;
            }
        }
    }

    fn to_toml(&self, report: &Report) -> String {
        let token = &report.token;
        let mut text = format!(
            "# Found out by {} on {}: docs/profiles.md.\nversion = 1\n",
            report.program, report.run.started
        );
        for (key, value) in [
            ("manufacturer", &token.manufacturer),
            ("model", &token.model),
        ] {
            if !value.is_empty() {
                push(
                    &mut text,
                    format_args!("{key} = {}", toml::Value::from(value.as_str())),
                );
            }
        }
        for line in &self.general {
            push(&mut text, format_args!("{line}"));
        }
        if !self.switches.is_empty() || !self.omitted.is_empty() {
            push(&mut text, format_args!("\n[template]"));
        }
        for switch in &self.switches {
            push(&mut text, format_args!("{switch} = true"));
        }
        if !self.omitted.is_empty() {
            let names: Vec<_> = self
                .omitted
                .iter()
                .map(|name| format!("\"{name}\""))
                .collect();
            push(&mut text, format_args!("omit = [{}]", names.join(", ")));
        }
        for (curve, abilities) in &self.curves {
            push(&mut text, format_args!("\n[curves.{curve}]"));
            for (ability, able) in abilities {
                push(&mut text, format_args!("{ability} = {able}"));
            }
        }
        text
    }
}

/// Writing to a string cannot fail.
fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{line}");
}
