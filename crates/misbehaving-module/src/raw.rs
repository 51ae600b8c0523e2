//! Owns reading and writing through the raw pointers of the application, and the end of the process.
//!
//! PKCS#11 makes the application vouch for its pointers: each is null, or valid for the type and count
//! that stand beside it. [`Pointer`] carries this promise from the entry of a function, which is where
//! it is given, to where it is used.

use std::ffi::{CStr, OsStr, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr;
use std::slice;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ECDH1_DERIVE_PARAMS, CK_MECHANISM, CK_NOTIFY, CK_RV, CK_ULONG,
    CKR_ARGUMENTS_BAD,
};

use crate::names::Rv;

/// What a call to a module comes to.
pub(crate) type Outcome<T = ()> = Result<T, Rv>;

/// Makes a result of a return value.
pub(crate) fn outcome(rv: CK_RV) -> Outcome {
    match Rv(rv) {
        Rv(cryptoki_sys::CKR_OK) => Ok(()),
        error => Err(error),
    }
}

/// A length in memory as PKCS#11 writes it.
pub(crate) fn ulong(length: usize) -> CK_ULONG {
    CK_ULONG::try_from(length).unwrap_or(CK_ULONG::MAX)
}

/// A pointer that the application gave to a function of PKCS#11 and vouches for.
#[derive(Debug)]
pub(crate) struct Pointer<T>(*mut T);

impl<T> Clone for Pointer<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Pointer<T> {}

impl<T> Pointer<T> {
    /// The pointer itself, to be forwarded.
    pub(crate) fn as_raw(self) -> *mut T {
        self.0
    }
}

impl<T: Copy> Pointer<T> {
    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// What it points to; CKR_ARGUMENTS_BAD for null.
    pub(crate) fn read(self) -> Outcome<T> {
        if self.is_null() {
            return Err(Rv(CKR_ARGUMENTS_BAD));
        }
        // SAFETY: not null, so the application vouches for it: see the type.
        Ok(unsafe { self.0.read() })
    }

    /// Stores a value, unless it is null.
    pub(crate) fn write(self, value: T) {
        self.write_at(0, value);
    }

    /// Stores the value with that index, unless it is null.
    pub(crate) fn write_at(self, index: usize, value: T) {
        if !self.is_null() {
            // SAFETY: not null, so the application vouches for it and for the count that it gave, which
            // callers stay below: see the type.
            unsafe { self.0.add(index).write(value) }
        }
    }

    /// A copy of the `count` values; CKR_ARGUMENTS_BAD for null with a count.
    pub(crate) fn values(self, count: CK_ULONG) -> Outcome<Vec<T>> {
        let count = usize::try_from(count).map_err(|_| Rv(CKR_ARGUMENTS_BAD))?;
        if count == 0 {
            return Ok(Vec::new());
        }
        if self.is_null() {
            return Err(Rv(CKR_ARGUMENTS_BAD));
        }
        // SAFETY: not null, so the application vouches for it and for the count: see the type.
        Ok(unsafe { slice::from_raw_parts(self.0, count) }.to_vec())
    }

    /// Stores the values from the beginning on, unless it is null.
    pub(crate) fn write_all(self, values: &[T]) {
        for (index, value) in values.iter().enumerate() {
            self.write_at(index, *value);
        }
    }
}

/// Takes an argument over from the application.
pub(crate) trait Argument {
    type Taken;

    /// # Safety
    /// A pointer must be what the application vouches for as PKCS#11 demands: see [`Pointer`].
    unsafe fn take(self) -> Self::Taken;
}

impl<T> Argument for *mut T {
    type Taken = Pointer<T>;

    unsafe fn take(self) -> Pointer<T> {
        Pointer(self)
    }
}

macro_rules! plain_arguments {
    ($($type:ty)*) => {$(
        impl Argument for $type {
            type Taken = Self;

            unsafe fn take(self) -> Self {
                self
            }
        }
    )*};
}
plain_arguments!(CK_ULONG u8 CK_NOTIFY);

fn bytes<'a>(pointer: *mut c_void, length: CK_ULONG) -> Option<&'a [u8]> {
    let length = usize::try_from(length).ok()?;
    if pointer.is_null() || isize::try_from(length).is_err() {
        return None;
    }
    // SAFETY: not null; it is part of a structure of the application, which vouches for it and for the
    // length beside it, and it lives as long as the call.
    Some(unsafe { slice::from_raw_parts(pointer.cast::<u8>(), length) })
}

/// The value of an attribute that the application gave; none for null.
pub(crate) fn value(attribute: &CK_ATTRIBUTE) -> Option<&[u8]> {
    bytes(attribute.pValue, attribute.ulValueLen)
}

/// Answers one attribute of C_GetAttributeValue: stores the value where the application wants it, and
/// returns the length to report (PKCS#11 2.40, section 5.7).
pub(crate) fn answer(attribute: &CK_ATTRIBUTE, value: &[u8]) -> (CK_ULONG, Outcome) {
    let length = ulong(value.len());
    if attribute.pValue.is_null() {
        return (length, Ok(()));
    }
    if attribute.ulValueLen < length {
        return (
            cryptoki_sys::CK_UNAVAILABLE_INFORMATION,
            Err(Rv(cryptoki_sys::CKR_BUFFER_TOO_SMALL)),
        );
    }
    // SAFETY: not null, and the application vouches for `ulValueLen` bytes, which are enough; `value` is
    // memory of this module.
    unsafe { ptr::copy(value.as_ptr(), attribute.pValue.cast::<u8>(), value.len()) };
    (length, Ok(()))
}

/// The parameters of CKM_ECDH1_DERIVE and CKM_ECDH1_COFACTOR_DERIVE, and the peer's point in them.
pub(crate) fn ecdh_parameters(mechanism: &CK_MECHANISM) -> Option<(CK_ECDH1_DERIVE_PARAMS, &[u8])> {
    let expected = ulong(size_of::<CK_ECDH1_DERIVE_PARAMS>());
    if mechanism.pParameter.is_null() || mechanism.ulParameterLen != expected {
        return None;
    }
    // SAFETY: not null and of the right length; the application vouches for it, maybe unaligned.
    let parameters = unsafe {
        mechanism
            .pParameter
            .cast::<CK_ECDH1_DERIVE_PARAMS>()
            .read_unaligned()
    };
    let point = bytes(parameters.pPublicData.cast(), parameters.ulPublicDataLen)?;
    Some((parameters, point))
}

/// Ends the process at once: no destructor, no exit handler.
pub(crate) fn exit(status: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { libc::_exit(status) }
}

/// Ends the process as `kill -9` does.
pub(crate) fn kill() -> ! {
    // SAFETY: `kill` and `getpid` have no preconditions; the signal goes to this process only.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    std::process::abort()
}

/// The file that this code was loaded from.
pub(crate) fn path_of_this_library() -> Option<PathBuf> {
    static ADDRESS: u8 = 0;
    let mut info = libc::Dl_info {
        dli_fname: ptr::null(),
        dli_fbase: ptr::null_mut(),
        dli_sname: ptr::null(),
        dli_saddr: ptr::null_mut(),
    };
    // SAFETY: the address is one in this library, and `info` a place for the answer.
    let found = unsafe { libc::dladdr(ptr::from_ref(&ADDRESS).cast(), &raw mut info) };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: not null, and the linker's string lives as long as the library is loaded.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    Some(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}
