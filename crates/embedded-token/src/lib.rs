//! Owns the symbols by which a PKCS#11 application finds Kryoptic: nothing else is in this module.
//!
//! The names and signatures are those of PKCS#11 3.0, sections 5.4.4 to 5.4.6.

#![allow(
    non_snake_case,
    reason = "PKCS#11 prescribes the names of the exported functions"
)]

use kryoptic_lib::fns::general::{fn_get_function_list, fn_get_interface, fn_get_interface_list};
use kryoptic_lib::pkcs11::{
    CK_FLAGS, CK_FUNCTION_LIST_PTR_PTR, CK_INTERFACE_PTR, CK_INTERFACE_PTR_PTR, CK_RV,
    CK_ULONG_PTR, CK_UTF8CHAR_PTR, CK_VERSION_PTR,
};

/// Gives the functions of PKCS#11 2.40.
// SAFETY: PKCS#11 reserves the name, and nothing else in this library has it.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    fn_get_function_list(list)
}

/// Gives the interface of that name, version and flags.
// SAFETY: as for `C_GetFunctionList`.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetInterface(
    name: CK_UTF8CHAR_PTR,
    version: CK_VERSION_PTR,
    interface: CK_INTERFACE_PTR_PTR,
    flags: CK_FLAGS,
) -> CK_RV {
    fn_get_interface(name, version, interface, flags)
}

/// Lists the interfaces: PKCS#11 2.40 and later.
// SAFETY: as for `C_GetFunctionList`.
#[unsafe(no_mangle)]
pub extern "C" fn C_GetInterfaceList(list: CK_INTERFACE_PTR, count: CK_ULONG_PTR) -> CK_RV {
    fn_get_interface_list(list, count)
}
