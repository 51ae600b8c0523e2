//! Owns the templates: attributes that are refused in them, those that are missed, and those that are imposed.

use cryptoki_sys::{CK_ATTRIBUTE, CK_ULONG, CKA_CLASS, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};

use crate::call::Call;
use crate::control::TemplateOf;
use crate::raw::{self, Outcome, ulong};

/// Whether a template is accepted; `of` tells those of public and of private keys apart.
pub(crate) fn check(call: &Call, template: &[CK_ATTRIBUTE], of: TemplateOf) -> Outcome {
    let control = &call.active.control;
    let concerned = |template| concerns(template, of);
    for rule in &control.refuse_attribute {
        if rule.function.contain(call.function)
            && concerned(rule.template)
            && holds(template, rule.attribute.0, rule.value.as_deref())
        {
            return Err(rule.answer);
        }
    }
    for rule in &control.require_attribute {
        if rule.function.contain(call.function)
            && concerned(rule.template)
            && !holds(template, rule.attribute.0, rule.value.as_deref())
        {
            return Err(rule.answer);
        }
    }
    Ok(())
}

/// Adds what the rules impose on the object to a template that was accepted. The values are those of the
/// call's control file and live as long as the call.
pub(crate) fn impose(call: &Call, template: &mut Vec<CK_ATTRIBUTE>, of: TemplateOf) {
    for rule in &call.active.control.impose_attribute {
        if !rule.function.contain(call.function) || !concerns(rule.template, of) {
            continue;
        }
        let imposed = CK_ATTRIBUTE {
            type_: rule.attribute.0,
            pValue: rule.value.as_ptr().cast_mut().cast(),
            ulValueLen: ulong(rule.value.len()),
        };
        let said = template
            .iter_mut()
            .find(|attribute| attribute.type_ == rule.attribute.0);
        match said {
            Some(attribute) if rule.always => *attribute = imposed,
            Some(_) => {}
            None => template.push(imposed),
        }
    }
}

/// The class that a template names, as far as rules tell classes apart.
pub(crate) fn class(template: &[CK_ATTRIBUTE]) -> TemplateOf {
    let is = |class: CK_ULONG| holds(template, CKA_CLASS, Some(&class.to_ne_bytes()));
    if is(CKO_PUBLIC_KEY) {
        TemplateOf::PublicKey
    } else if is(CKO_PRIVATE_KEY) {
        TemplateOf::PrivateKey
    } else {
        TemplateOf::Both
    }
}

fn concerns(template: TemplateOf, of: TemplateOf) -> bool {
    template == TemplateOf::Both || of == TemplateOf::Both || template == of
}

/// Whether the attribute is there, with that value if there is one.
fn holds(template: &[CK_ATTRIBUTE], attribute: u64, value: Option<&[u8]>) -> bool {
    template.iter().any(|found| {
        found.type_ == attribute && value.is_none_or(|value| raw::value(found) == Some(value))
    })
}
