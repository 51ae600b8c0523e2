//! Owns the rules in effect: counting calls and deciding what happens to each.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::control::{Alias, Control, End, Hang, How, Inject, ShowAttribute};
use crate::names::{Function, Rv};
use crate::raw;

/// A rule, and how many calls it has seen.
#[derive(Debug)]
struct Armed<R> {
    rule: R,
    calls: AtomicU64,
    over: AtomicBool,
}

impl<R> Armed<R> {
    fn all(rules: &[R]) -> Vec<Self>
    where
        R: Clone,
    {
        rules
            .iter()
            .map(|rule| Self {
                rule: rule.clone(),
                calls: AtomicU64::new(0),
                over: AtomicBool::new(false),
            })
            .collect()
    }

    /// The number of this call, counted from 1.
    fn count(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// The rules of a control file.
#[derive(Debug)]
pub(crate) struct Rules {
    inject: Vec<Armed<Inject>>,
    hang: Vec<Armed<Hang>>,
    end: Vec<Armed<End>>,
    alias: Vec<Armed<Alias>>,
    signatures: AtomicU64,
    show: Vec<Armed<ShowAttribute>>,
}

/// What happens to one call, apart from being forwarded.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) end_before: Option<How>,
    /// The answer in place of a call.
    pub(crate) refuse: Option<Rv>,
    /// The answer after a call.
    pub(crate) replace: Option<Rv>,
    pub(crate) end_after: Option<How>,
}

impl Rules {
    pub(crate) fn new(control: &Control) -> Self {
        Self {
            inject: Armed::all(&control.inject),
            hang: Armed::all(&control.hang),
            end: Armed::all(&control.end),
            alias: Armed::all(&control.alias),
            signatures: AtomicU64::new(0),
            show: Armed::all(&control.show_attribute),
        }
    }

    /// Counts a signature; gives whether it is an `every`-th one.
    pub(crate) fn changes_signature(&self, every: Option<NonZeroU64>) -> bool {
        let count = self.signatures.fetch_add(1, Ordering::SeqCst) + 1;
        every.is_none_or(|every| count % every == 0)
    }

    /// Whether this call begins to hang.
    pub(crate) fn hangs(&self, function: Function) -> bool {
        let mut hangs = false;
        for armed in &self.hang {
            if armed.rule.function.contain(function) {
                hangs |= armed.rule.fires_at(armed.count());
            }
        }
        hangs
    }

    /// Whether calls that hang are to hang on.
    pub(crate) fn holds(&self, function: Function) -> bool {
        self.hang
            .iter()
            .any(|armed| armed.rule.function.contain(function))
    }

    /// Counts the call and decides.
    pub(crate) fn plan(&self, control: &Control, function: Function) -> Plan {
        let delay: u64 = control
            .delay
            .iter()
            .filter(|rule| rule.function.contain(function))
            .map(|rule| rule.milliseconds)
            .sum();
        let mut plan = Plan {
            delay: Duration::from_millis(delay),
            end_before: None,
            refuse: None,
            replace: None,
            end_after: None,
        };
        for armed in &self.inject {
            let rule = &armed.rule;
            if !rule.function.contain(function) || armed.over.load(Ordering::SeqCst) {
                continue;
            }
            let fires = rule.fires_at(armed.count());
            if fires && plan.refuse.is_none() && plan.replace.is_none() {
                let place = if rule.after {
                    &mut plan.replace
                } else {
                    &mut plan.refuse
                };
                *place = Some(rule.answer);
            }
        }
        for armed in &self.end {
            let rule = &armed.rule;
            if rule.function.contain(function) && armed.count() == rule.nth.get() {
                let place = if rule.after {
                    &mut plan.end_after
                } else {
                    &mut plan.end_before
                };
                *place = Some(rule.how);
            }
        }
        plan
    }

    /// The handle in place of one that a function returns: `other` finds the one that a rule names.
    pub(crate) fn alias<H>(
        &self,
        function: Function,
        is_concerned: impl Fn(&Alias) -> bool,
        other: impl Fn(&Alias) -> Option<H>,
    ) -> Option<H> {
        self.alias
            .iter()
            .filter(|armed| armed.rule.function.contain(function) && is_concerned(&armed.rule))
            .find_map(|armed| {
                let other = other(&armed.rule)?;
                (armed.count() == armed.rule.nth.get()).then_some(other)
            })
    }

    /// The false values in effect of attributes, the first of each.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &ShowAttribute> {
        self.show
            .iter()
            .filter(|armed| {
                let has_begun = armed.rule.once.is_none() || armed.calls.load(Ordering::SeqCst) > 0;
                has_begun && !armed.over.load(Ordering::SeqCst)
            })
            .map(|armed| &armed.rule)
    }

    /// Begins and ends the rules that wait for this function to succeed.
    pub(crate) fn succeeded(&self, function: Function) {
        for armed in &self.show {
            if armed.rule.once == Some(function) {
                armed.count();
            }
            if armed.rule.until == Some(function) {
                armed.over.store(true, Ordering::SeqCst);
            }
        }
        for armed in &self.inject {
            if armed.rule.until == Some(function) {
                armed.over.store(true, Ordering::SeqCst);
            }
        }
    }
}

impl How {
    /// Ends the process.
    pub(crate) fn end(self) -> ! {
        match self {
            Self::Exit => raw::exit(137),
            Self::Abort => std::process::abort(),
            Self::Kill => raw::kill(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(rule: Inject) -> Vec<bool> {
        let control = Control {
            inject: vec![rule],
            ..Control::default()
        };
        let rules = Rules::new(&control);
        (0..6)
            .map(|_| rules.plan(&control, Function::C_Sign).refuse.is_some())
            .collect()
    }

    #[test]
    fn rules_count() {
        let rule = Inject::before(Function::C_Sign, Rv(5));
        assert_eq!(fired(rule.clone()), [true; 6]);
        assert_eq!(
            fired(rule.clone().times(2)),
            [true, true, false, false, false, false]
        );
        assert_eq!(
            fired(rule.clone().every(3)),
            [false, false, true, false, false, true]
        );
        assert_eq!(
            fired(rule.nth(2)),
            [false, true, false, false, false, false]
        );
        assert_eq!(fired(Inject::before(Function::C_Verify, Rv(5))), [false; 6]);
    }

    #[test]
    fn a_rule_lasts_until_its_cure() {
        let rule = Inject::before(Function::C_Sign, Rv(5)).until(Function::C_Initialize);
        let control = Control {
            inject: vec![rule],
            ..Control::default()
        };
        let rules = Rules::new(&control);
        let refuses = || rules.plan(&control, Function::C_Sign).refuse.is_some();
        rules.succeeded(Function::C_Login);
        assert!(refuses());
        rules.succeeded(Function::C_Initialize);
        assert!(!refuses());
    }
}
