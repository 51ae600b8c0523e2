//! The module between cryptoki and SoftHSM2, each test with a module and a token of its own.
//!
//! Those that finalise SoftHSM2 or end the process run in a child process.

#[path = "module/aliases.rs"]
mod aliases;
#[path = "module/encoding.rs"]
mod encoding;
#[path = "module/fixture.rs"]
mod fixture;
#[path = "module/forwarding.rs"]
mod forwarding;
#[path = "module/process.rs"]
mod process;
#[path = "module/rules.rs"]
mod rules;
#[path = "module/sessions.rs"]
mod sessions;
#[path = "module/templates.rs"]
mod templates;
#[path = "module/token.rs"]
mod token;
