//! The operations on opencryptoki, which as Debian builds it knows no elliptic curves: it opens, gives
//! random bytes, and everything else is not supported.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "op/capability.rs"]
mod capability;
#[path = "op/product.rs"]
mod product;
#[path = "op/random.rs"]
mod random;
#[path = "op/shared.rs"]
mod shared;

/// What docs/interop.md calls the token.
const NAME: &str = "opencryptoki";

/// On so many curves keys can be made and used.
const PASSES: usize = 0;

fn access() -> access::Access {
    shared::access(test_tokens::opencryptoki::start)
}
