//! Owns what C_GetTokenInfo says: the flags about PINs, the limits of sessions, the serial number, the padding of texts.

use cryptoki_sys::{
    CK_EFFECTIVELY_INFINITE, CK_SLOT_ID, CK_TOKEN_INFO, CK_UNAVAILABLE_INFORMATION,
};

use crate::call::Call;
use crate::control::ReportedLimit;
use crate::names::PinFlag;
use crate::raw::{Outcome, Pointer};
use crate::target::forward;
use crate::{sessions, token_presence};

/// C_GetTokenInfo.
pub(crate) fn token_info(call: &Call, slot: CK_SLOT_ID, info: Pointer<CK_TOKEN_INFO>) -> Outcome {
    let slot = token_presence::slot_with_token(slot)?;
    forward!(C_GetTokenInfo, slot, info.as_raw())?;
    let mut told = info.read()?;
    if let Some(flags) = &call.active.control.pin_flags {
        told.flags &= !PinFlag::all();
        for flag in flags {
            told.flags |= flag.0;
        }
    }
    if call.active.control.nul_padding {
        pad_with_nul(&mut told.label);
        pad_with_nul(&mut told.manufacturerID);
        pad_with_nul(&mut told.model);
        pad_with_nul(&mut told.serialNumber);
    }
    if call.active.control.zero_serial {
        told.serialNumber = [b'0'; 16];
    }
    let limit = match call.active.control.sessions.reported {
        None => None,
        Some(ReportedLimit::Sessions(limit)) => Some(limit),
        Some(ReportedLimit::Unavailable) => Some(CK_UNAVAILABLE_INFORMATION),
        Some(ReportedLimit::Infinite) => Some(CK_EFFECTIVELY_INFINITE),
    };
    if let Some(limit) = limit {
        told.ulMaxSessionCount = limit;
        told.ulMaxRwSessionCount = limit;
        told.ulSessionCount = sessions::count();
        told.ulRwSessionCount = CK_UNAVAILABLE_INFORMATION;
    }
    info.write(told);
    Ok(())
}

fn pad_with_nul(text: &mut [u8]) {
    for byte in text.iter_mut().rev().take_while(|byte| **byte == b' ') {
        *byte = 0;
    }
}
