//! Owns the table of PKCS#11 return values: one row per CKR, its name, its kind and its class.

use std::fmt;

use cryptoki::error::RvError;

use super::ErrorKind;

/// What a CKR says about the state of the session and of the token behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CkrClass {
    /// Only this call failed; session, login and handles are as before.
    Call,
    /// The object handle is stale: the object was destroyed, or belongs to an earlier login.
    Handle,
    /// The session is gone or in an unknown state; another session may work.
    Session,
    /// The login is missing or was refused.
    Login,
    /// The device failed, is gone, or the module lost its state.
    Device,
}

/// One row of the table: PKCS#11 3.0, section 5.1 (function return values).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CkrRow {
    /// The name that the standard gives the value, for example `CKR_DEVICE_ERROR`.
    pub name: &'static str,
    /// The value itself, where the standard does not name it (vendor-defined or unknown).
    pub value: Option<u64>,
    /// What the caller of an operation is told, unless the operation knows better.
    pub kind: ErrorKind,
    /// What is left of session and token.
    pub class: CkrClass,
}

impl CkrRow {
    const fn new(name: &'static str, kind: ErrorKind, class: CkrClass) -> Self {
        Self {
            name,
            value: None,
            kind,
            class,
        }
    }

    /// The row of `value`; every value has one.
    pub fn of(value: RvError) -> Self {
        use CkrClass::{Call, Device, Handle, Login, Session};
        use ErrorKind as Kind;

        match value {
            RvError::Cancel => Self::new("CKR_CANCEL", Kind::CommunicationFailure, Call),
            RvError::HostMemory => Self::new("CKR_HOST_MEMORY", Kind::InsufficientMemory, Call),
            RvError::SlotIdInvalid => {
                Self::new("CKR_SLOT_ID_INVALID", Kind::HardwareFailure, Device)
            }
            RvError::GeneralError => Self::new("CKR_GENERAL_ERROR", Kind::HardwareFailure, Device),
            RvError::FunctionFailed => {
                Self::new("CKR_FUNCTION_FAILED", Kind::CommunicationFailure, Call)
            }
            RvError::ArgumentsBad => {
                Self::new("CKR_ARGUMENTS_BAD", Kind::CommunicationFailure, Call)
            }
            RvError::NoEvent => Self::new("CKR_NO_EVENT", Kind::CommunicationFailure, Call),
            RvError::NeedToCreateThreads => Self::new(
                "CKR_NEED_TO_CREATE_THREADS",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::CantLock => Self::new("CKR_CANT_LOCK", Kind::CommunicationFailure, Call),
            RvError::AttributeReadOnly => {
                Self::new("CKR_ATTRIBUTE_READ_ONLY", Kind::NotSupported, Call)
            }
            RvError::AttributeSensitive => {
                Self::new("CKR_ATTRIBUTE_SENSITIVE", Kind::NotPermitted, Call)
            }
            RvError::AttributeTypeInvalid => {
                Self::new("CKR_ATTRIBUTE_TYPE_INVALID", Kind::NotSupported, Call)
            }
            RvError::AttributeValueInvalid => {
                Self::new("CKR_ATTRIBUTE_VALUE_INVALID", Kind::NotSupported, Call)
            }
            RvError::ActionProhibited => {
                Self::new("CKR_ACTION_PROHIBITED", Kind::NotPermitted, Call)
            }
            RvError::DataInvalid => Self::new("CKR_DATA_INVALID", Kind::InvalidArgument, Call),
            RvError::DataLenRange => Self::new("CKR_DATA_LEN_RANGE", Kind::InvalidArgument, Call),
            RvError::DeviceError => Self::new("CKR_DEVICE_ERROR", Kind::HardwareFailure, Device),
            RvError::DeviceMemory => {
                Self::new("CKR_DEVICE_MEMORY", Kind::InsufficientStorage, Call)
            }
            RvError::DeviceRemoved => {
                Self::new("CKR_DEVICE_REMOVED", Kind::HardwareFailure, Device)
            }
            RvError::EncryptedDataInvalid => {
                Self::new("CKR_ENCRYPTED_DATA_INVALID", Kind::InvalidArgument, Call)
            }
            RvError::EncryptedDataLenRange => {
                Self::new("CKR_ENCRYPTED_DATA_LEN_RANGE", Kind::InvalidArgument, Call)
            }
            RvError::FunctionCanceled => {
                Self::new("CKR_FUNCTION_CANCELED", Kind::CommunicationFailure, Call)
            }
            RvError::FunctionNotParallel => Self::new(
                "CKR_FUNCTION_NOT_PARALLEL",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::FunctionNotSupported => {
                Self::new("CKR_FUNCTION_NOT_SUPPORTED", Kind::NotSupported, Call)
            }
            RvError::CurveNotSupported => {
                Self::new("CKR_CURVE_NOT_SUPPORTED", Kind::NotSupported, Call)
            }
            RvError::KeyHandleInvalid => {
                Self::new("CKR_KEY_HANDLE_INVALID", Kind::DoesNotExist, Handle)
            }
            RvError::KeySizeRange => Self::new("CKR_KEY_SIZE_RANGE", Kind::NotSupported, Call),
            RvError::KeyTypeInconsistent => {
                Self::new("CKR_KEY_TYPE_INCONSISTENT", Kind::NotSupported, Call)
            }
            RvError::KeyNotNeeded => {
                Self::new("CKR_KEY_NOT_NEEDED", Kind::CommunicationFailure, Call)
            }
            RvError::KeyChanged => Self::new("CKR_KEY_CHANGED", Kind::CommunicationFailure, Call),
            RvError::KeyNeeded => Self::new("CKR_KEY_NEEDED", Kind::CommunicationFailure, Call),
            RvError::KeyIndigestible => {
                Self::new("CKR_KEY_INDIGESTIBLE", Kind::CommunicationFailure, Call)
            }
            RvError::KeyFunctionNotPermitted => {
                Self::new("CKR_KEY_FUNCTION_NOT_PERMITTED", Kind::NotPermitted, Call)
            }
            RvError::KeyNotWrappable => {
                Self::new("CKR_KEY_NOT_WRAPPABLE", Kind::NotPermitted, Call)
            }
            RvError::KeyUnextractable => {
                Self::new("CKR_KEY_UNEXTRACTABLE", Kind::NotPermitted, Call)
            }
            RvError::MechanismInvalid => {
                Self::new("CKR_MECHANISM_INVALID", Kind::NotSupported, Call)
            }
            RvError::MechanismParamInvalid => {
                Self::new("CKR_MECHANISM_PARAM_INVALID", Kind::NotSupported, Call)
            }
            RvError::ObjectHandleInvalid => {
                Self::new("CKR_OBJECT_HANDLE_INVALID", Kind::DoesNotExist, Handle)
            }
            RvError::OperationActive => {
                Self::new("CKR_OPERATION_ACTIVE", Kind::CommunicationFailure, Session)
            }
            RvError::OperationNotInitialized => Self::new(
                "CKR_OPERATION_NOT_INITIALIZED",
                Kind::CommunicationFailure,
                Session,
            ),
            RvError::PinIncorrect => Self::new("CKR_PIN_INCORRECT", Kind::PinRefused, Login),
            RvError::PinInvalid => Self::new("CKR_PIN_INVALID", Kind::PinRefused, Login),
            RvError::PinLenRange => Self::new("CKR_PIN_LEN_RANGE", Kind::PinRefused, Login),
            RvError::PinExpired => Self::new("CKR_PIN_EXPIRED", Kind::PinRefused, Login),
            RvError::PinLocked => Self::new("CKR_PIN_LOCKED", Kind::PinRefused, Login),
            RvError::SessionClosed => {
                Self::new("CKR_SESSION_CLOSED", Kind::HardwareFailure, Session)
            }
            RvError::SessionCount => Self::new("CKR_SESSION_COUNT", Kind::SessionsExhausted, Call),
            RvError::SessionHandleInvalid => {
                Self::new("CKR_SESSION_HANDLE_INVALID", Kind::HardwareFailure, Session)
            }
            RvError::SessionParallelNotSupported => Self::new(
                "CKR_SESSION_PARALLEL_NOT_SUPPORTED",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::SessionReadOnly => {
                Self::new("CKR_SESSION_READ_ONLY", Kind::NotPermitted, Call)
            }
            RvError::SessionExists => {
                Self::new("CKR_SESSION_EXISTS", Kind::CommunicationFailure, Call)
            }
            RvError::SessionReadOnlyExists => Self::new(
                "CKR_SESSION_READ_ONLY_EXISTS",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::SessionReadWriteSoExists => Self::new(
                "CKR_SESSION_READ_WRITE_SO_EXISTS",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::SignatureInvalid => {
                Self::new("CKR_SIGNATURE_INVALID", Kind::InvalidSignature, Call)
            }
            RvError::SignatureLenRange => {
                Self::new("CKR_SIGNATURE_LEN_RANGE", Kind::InvalidSignature, Call)
            }
            RvError::TemplateIncomplete => {
                Self::new("CKR_TEMPLATE_INCOMPLETE", Kind::NotSupported, Call)
            }
            RvError::TemplateInconsistent => {
                Self::new("CKR_TEMPLATE_INCONSISTENT", Kind::NotSupported, Call)
            }
            RvError::TokenNotPresent => {
                Self::new("CKR_TOKEN_NOT_PRESENT", Kind::HardwareFailure, Device)
            }
            RvError::TokenNotRecognized => {
                Self::new("CKR_TOKEN_NOT_RECOGNIZED", Kind::HardwareFailure, Device)
            }
            RvError::TokenWriteProtected => {
                Self::new("CKR_TOKEN_WRITE_PROTECTED", Kind::NotPermitted, Call)
            }
            RvError::UnwrappingKeyHandleInvalid => Self::new(
                "CKR_UNWRAPPING_KEY_HANDLE_INVALID",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::UnwrappingKeySizeRange => Self::new(
                "CKR_UNWRAPPING_KEY_SIZE_RANGE",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::UnwrappingKeyTypeInconsistent => Self::new(
                "CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::UserAlreadyLoggedIn => Self::new(
                "CKR_USER_ALREADY_LOGGED_IN",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::UserNotLoggedIn => {
                Self::new("CKR_USER_NOT_LOGGED_IN", Kind::NotLoggedIn, Login)
            }
            RvError::UserPinNotInitialized => {
                Self::new("CKR_USER_PIN_NOT_INITIALIZED", Kind::PinRefused, Login)
            }
            RvError::UserTypeInvalid => {
                Self::new("CKR_USER_TYPE_INVALID", Kind::CommunicationFailure, Call)
            }
            RvError::UserAnotherAlreadyLoggedIn => Self::new(
                "CKR_USER_ANOTHER_ALREADY_LOGGED_IN",
                Kind::PinRefused,
                Login,
            ),
            RvError::UserTooManyTypes => {
                Self::new("CKR_USER_TOO_MANY_TYPES", Kind::PinRefused, Login)
            }
            RvError::WrappedKeyInvalid => {
                Self::new("CKR_WRAPPED_KEY_INVALID", Kind::CommunicationFailure, Call)
            }
            RvError::WrappedKeyLenRange => Self::new(
                "CKR_WRAPPED_KEY_LEN_RANGE",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::WrappingKeyHandleInvalid => Self::new(
                "CKR_WRAPPING_KEY_HANDLE_INVALID",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::WrappingKeySizeRange => Self::new(
                "CKR_WRAPPING_KEY_SIZE_RANGE",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::WrappingKeyTypeInconsistent => Self::new(
                "CKR_WRAPPING_KEY_TYPE_INCONSISTENT",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::RandomSeedNotSupported => {
                Self::new("CKR_RANDOM_SEED_NOT_SUPPORTED", Kind::NotSupported, Call)
            }
            RvError::RandomNoRng => Self::new("CKR_RANDOM_NO_RNG", Kind::InsufficientEntropy, Call),
            RvError::DomainParamsInvalid => {
                Self::new("CKR_DOMAIN_PARAMS_INVALID", Kind::NotSupported, Call)
            }
            RvError::BufferTooSmall => {
                Self::new("CKR_BUFFER_TOO_SMALL", Kind::CommunicationFailure, Session)
            }
            RvError::SavedStateInvalid => {
                Self::new("CKR_SAVED_STATE_INVALID", Kind::CommunicationFailure, Call)
            }
            RvError::InformationSensitive => {
                Self::new("CKR_INFORMATION_SENSITIVE", Kind::NotPermitted, Call)
            }
            RvError::StateUnsaveable => {
                Self::new("CKR_STATE_UNSAVEABLE", Kind::HardwareFailure, Call)
            }
            RvError::CryptokiNotInitialized => Self::new(
                "CKR_CRYPTOKI_NOT_INITIALIZED",
                Kind::HardwareFailure,
                Device,
            ),
            RvError::CryptokiAlreadyInitialized => Self::new(
                "CKR_CRYPTOKI_ALREADY_INITIALIZED",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::MutexBad => Self::new("CKR_MUTEX_BAD", Kind::CommunicationFailure, Call),
            RvError::MutexNotLocked => {
                Self::new("CKR_MUTEX_NOT_LOCKED", Kind::CommunicationFailure, Call)
            }
            RvError::NewPinMode => Self::new("CKR_NEW_PIN_MODE", Kind::PinRefused, Login),
            RvError::NextOtp => Self::new("CKR_NEXT_OTP", Kind::PinRefused, Login),
            RvError::ExceededMaxIterations => Self::new(
                "CKR_EXCEEDED_MAX_ITERATIONS",
                Kind::CommunicationFailure,
                Call,
            ),
            RvError::FipsSelfTestFailed => {
                Self::new("CKR_FIPS_SELF_TEST_FAILED", Kind::HardwareFailure, Device)
            }
            RvError::LibraryLoadFailed => {
                Self::new("CKR_LIBRARY_LOAD_FAILED", Kind::CommunicationFailure, Call)
            }
            RvError::PinTooWeak => Self::new("CKR_PIN_TOO_WEAK", Kind::PinRefused, Login),
            RvError::PublicKeyInvalid => {
                Self::new("CKR_PUBLIC_KEY_INVALID", Kind::InvalidArgument, Call)
            }
            RvError::FunctionRejected => {
                Self::new("CKR_FUNCTION_REJECTED", Kind::NotPermitted, Call)
            }
            RvError::VendorDefined(value) => Self {
                value: Some(value),
                ..Self::new("CKR_VENDOR_DEFINED", Kind::CommunicationFailure, Session)
            },
            RvError::UnknownErrorCode(value) => Self {
                value: Some(value),
                ..Self::new("an unknown CKR", Kind::CommunicationFailure, Session)
            },
        }
    }
}

impl fmt::Display for CkrRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match self.value {
            Some(value) => write!(f, " (0x{value:08x})"),
            None => Ok(()),
        }
    }
}
