//! Opens the first token of a module and makes P-256 key pairs on it by bare PKCS#11 calls: what the
//! benchmark compares a start of the service with, and how it fills a token.
//!
//! ```sh
//! TOKEN_PIN=1234 fill_token MODULE FIRST END   # CKA_ID FIRST to END - 1, as 4 big-endian bytes
//! ```

#![allow(clippy::unwrap_used, reason = "shared with a benchmark")]

#[path = "../benches/speed/bare_keys.rs"]
mod bare_keys;

use std::env;
use std::error::Error;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, first, end] = arguments.as_slice() else {
        return Err("usage: TOKEN_PIN=... fill_token MODULE FIRST END".into());
    };
    let pkcs11 = Pkcs11::new(module)?;
    let flags = CInitializeFlags::OS_LOCKING_OK;
    pkcs11.initialize(CInitializeArgs::new(flags))?;
    let slots = pkcs11.get_slots_with_initialized_token()?;
    let slot = slots.first().ok_or("the module shows no token")?;
    let session = pkcs11.open_rw_session(*slot)?;
    let pin = AuthPin::from(env::var("TOKEN_PIN")?);
    session.login(UserType::User, Some(&pin))?;
    for id in first.parse::<u32>()?..end.parse()? {
        bare_keys::generate(&session, &id.to_be_bytes());
    }
    Ok(())
}
