//! Owns the one token of a test process, kept open so that no test finalises the module under another.

use std::sync::OnceLock;

use parsec_pkcs11_ecc::token::Token;
use test_tokens::TestToken;

use crate::access::Access;

/// How to reach the token, which `start` makes for the first test that asks.
pub(crate) fn access(start: fn() -> test_tokens::Result<TestToken>) -> Access {
    static SHARED: OnceLock<(TestToken, Token)> = OnceLock::new();
    let (made, _open) = SHARED.get_or_init(|| {
        let made = start().unwrap();
        let open = Access::from(&made).open();
        (made, open)
    });
    Access::from(made)
}
