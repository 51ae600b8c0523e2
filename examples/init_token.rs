//! Initialises the empty token of a PKCS#11 module: label, security officer's PIN, user PIN.
//!
//! ```sh
//! KRYOPTIC_CONF=DIR/kryoptic.conf cargo run --example init_token -- MODULE LABEL SO_PIN_FILE USER_PIN_FILE
//! ```
//!
//! The PINs are read from files, so that no other user sees them in a list of processes. A token
//! that is initialised already is never touched.

use std::error::Error;
use std::{env, fs};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, label, so_pin, user_pin] = arguments.as_slice() else {
        return Err("usage: init_token MODULE LABEL SO_PIN_FILE USER_PIN_FILE".into());
    };
    let so_pin = read_pin(so_pin)?;
    let user_pin = read_pin(user_pin)?;

    let pkcs11 = Pkcs11::new(module)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let slot = empty_slot(&pkcs11)?;
    pkcs11.init_token(slot, &so_pin, label)?;
    let session = pkcs11.open_rw_session(slot)?;
    session.login(UserType::So, Some(&so_pin))?;
    session.init_pin(&user_pin)?;
    session.logout()?;
    session.close()?;

    let info = pkcs11.get_token_info(slot)?;
    println!(
        "token {:?} of {}, serial number {}, slot {}",
        info.label(),
        info.manufacturer_id(),
        info.serial_number(),
        slot.id()
    );
    pkcs11.finalize()?;
    Ok(())
}

fn read_pin(path: &str) -> Result<AuthPin, Box<dyn Error>> {
    let pin = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(AuthPin::new(pin.trim_end().into()))
}

fn empty_slot(pkcs11: &Pkcs11) -> Result<Slot, Box<dyn Error>> {
    for slot in pkcs11.get_slots_with_token()? {
        if !pkcs11.get_token_info(slot)?.token_initialized() {
            return Ok(slot);
        }
    }
    Err("no slot has an empty token".into())
}
