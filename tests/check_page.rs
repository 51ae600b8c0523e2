//! The page that `parsec-pkcs11 check --html` writes, as Chromium shows it: on a desk and on a phone, light, dark
//! and on paper.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "check_page/browser.rs"]
mod browser;
#[path = "check_page/content.rs"]
mod content;
#[path = "check_page/hostile.rs"]
mod hostile;
#[path = "check_page/looks.rs"]
mod looks;
#[path = "check_page/real.rs"]
mod real;
#[path = "check_page/sample.rs"]
mod sample;
