//! Owns the rules that concern a function: when they fire and what happens then.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::names::{Function, Rv};

/// The functions that a rule concerns: `"C_Sign"`, `["C_Sign", "C_Verify"]` or `"*"`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Functions {
    /// All functions.
    All,
    /// Those functions.
    These(Vec<Function>),
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Written {
    One(String),
    List(Vec<String>),
}

impl TryFrom<Written> for Functions {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let names = match written {
            Written::One(star) if star == "*" => return Ok(Self::All),
            Written::One(name) => vec![name],
            Written::List(names) => names,
        };
        let find = |name: &String| {
            let mut all = Function::ALL.iter();
            let found = all.find(|function| function.name() == name);
            found
                .copied()
                .ok_or_else(|| format!("there is no function {name}"))
        };
        names
            .iter()
            .map(find)
            .collect::<Result<_, _>>()
            .map(Self::These)
    }
}

impl From<Functions> for Written {
    fn from(functions: Functions) -> Self {
        match functions {
            Functions::All => Self::One("*".to_owned()),
            Functions::These(functions) => Self::List(
                functions
                    .iter()
                    .map(|function| function.name().to_owned())
                    .collect(),
            ),
        }
    }
}

impl Functions {
    pub(crate) fn contain(&self, function: Function) -> bool {
        match self {
            Self::All => true,
            Self::These(functions) => functions.contains(&function),
        }
    }
}

impl From<Function> for Functions {
    fn from(function: Function) -> Self {
        Self::These(vec![function])
    }
}

impl From<Vec<Function>> for Functions {
    fn from(functions: Vec<Function>) -> Self {
        Self::These(functions)
    }
}

/// An error that is returned: always, or at most one of `times`, `every` and `nth`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Inject {
    /// The functions.
    pub function: Functions,
    /// What is returned.
    pub answer: Rv,
    /// The real module is called first; else it is not called.
    #[serde(default)]
    pub after: bool,
    /// The next so many calls.
    pub times: Option<NonZeroU64>,
    /// Each so-manieth call.
    pub every: Option<NonZeroU64>,
    /// That call only, counted from 1.
    pub nth: Option<NonZeroU64>,
    /// Until this function succeeded: what recovers the token.
    pub until: Option<Function>,
}

impl Inject {
    /// Always, and the real module is not called.
    pub fn before(function: impl Into<Functions>, answer: Rv) -> Self {
        Self {
            function: function.into(),
            answer,
            after: false,
            times: None,
            every: None,
            nth: None,
            until: None,
        }
    }

    /// Always, after the real module was called.
    pub fn after(function: impl Into<Functions>, answer: Rv) -> Self {
        Self {
            after: true,
            ..Self::before(function, answer)
        }
    }

    /// The next so many calls only.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self {
            times: NonZeroU64::new(times),
            ..self
        }
    }

    /// Each so-manieth call only.
    #[must_use]
    pub fn every(self, every: u64) -> Self {
        Self {
            every: NonZeroU64::new(every),
            ..self
        }
    }

    /// That call only, counted from 1.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Self {
            nth: NonZeroU64::new(nth),
            ..self
        }
    }

    /// Until this function succeeded.
    #[must_use]
    pub fn until(self, function: Function) -> Self {
        Self {
            until: Some(function),
            ..self
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let counts = [self.times, self.every, self.nth];
        if counts.iter().flatten().count() > 1 {
            return Err("an inject rule has at most one of times, every and nth".to_owned());
        }
        Ok(())
    }

    /// Whether it fires at the call with that number, counted from 1.
    pub(crate) fn fires_at(&self, number: u64) -> bool {
        self.times.is_none_or(|times| number <= times.get())
            && self.every.is_none_or(|every| number % every == 0)
            && self.nth.is_none_or(|nth| number == nth.get())
    }
}

/// A delay before the call is made.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// The functions.
    pub function: Functions,
    /// How long, in milliseconds.
    pub milliseconds: u64,
}

impl Delay {
    /// That many milliseconds at each call.
    pub fn new(function: impl Into<Functions>, milliseconds: u64) -> Self {
        Self {
            function: function.into(),
            milliseconds,
        }
    }
}

/// Calls that hang, before the real module is called, until the control file has no rule `hang` for that
/// function any more.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Hang {
    /// The functions.
    pub function: Functions,
    /// The next so many calls; else all.
    pub times: Option<NonZeroU64>,
}

impl Hang {
    /// All calls.
    pub fn new(function: impl Into<Functions>) -> Self {
        Self {
            function: function.into(),
            times: None,
        }
    }

    /// The next so many calls only.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self {
            times: NonZeroU64::new(times),
            ..self
        }
    }

    /// Whether the call with that number hangs, counted from 1.
    pub(crate) fn fires_at(&self, number: u64) -> bool {
        self.times.is_none_or(|times| number <= times.get())
    }
}

/// How a process ends.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// `_exit(137)`.
    #[default]
    Exit,
    /// `abort()`: SIGABRT.
    Abort,
    /// SIGKILL.
    Kill,
}

/// The end of the process, before or after a call; its number counts the calls of all the functions
/// named.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The functions.
    pub function: Functions,
    /// Which call, counted from 1.
    #[serde(default = "first")]
    pub nth: NonZeroU64,
    /// After the real module was called; else before.
    #[serde(default)]
    pub after: bool,
    /// How it ends.
    #[serde(default)]
    pub how: How,
}

fn first() -> NonZeroU64 {
    NonZeroU64::MIN
}

impl End {
    /// Before the n-th call.
    pub fn before(function: impl Into<Functions>, nth: NonZeroU64, how: How) -> Self {
        Self {
            function: function.into(),
            nth,
            after: false,
            how,
        }
    }

    /// After the n-th call, before the application sees its result.
    pub fn after(function: impl Into<Functions>, nth: NonZeroU64, how: How) -> Self {
        Self {
            after: true,
            ..Self::before(function, nth, how)
        }
    }
}
