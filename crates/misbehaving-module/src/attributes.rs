//! Owns the templates: attributes that are refused in them, and those that are missed.

use cryptoki_sys::CK_ATTRIBUTE;

use crate::call::Call;
use crate::control::TemplateOf;
use crate::raw::{self, Outcome};

/// Whether a template is accepted; `of` tells the two of C_GenerateKeyPair apart.
pub(crate) fn check(call: &Call, template: &[CK_ATTRIBUTE], of: TemplateOf) -> Outcome {
    let control = &call.active.control;
    let concerned = |template: TemplateOf| {
        template == TemplateOf::Both || of == TemplateOf::Both || template == of
    };
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

/// Whether the attribute is there, with that value if there is one.
fn holds(template: &[CK_ATTRIBUTE], attribute: u64, value: Option<&[u8]>) -> bool {
    template.iter().any(|found| {
        found.type_ == attribute && value.is_none_or(|value| raw::value(found) == Some(value))
    })
}
