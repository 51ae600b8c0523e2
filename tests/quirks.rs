//! Tokens that differ: each quirk that is known of a token is played by the misbehaving module in front of
//! SoftHSM2, and is survived, or what it concerns is refused.
//!
//! | quirk | of | test |
//! |---|---|---|
//! | a template is refused for an attribute, its value, or for one that is missing | NXP, AWS, tpm2-pkcs11, OP-TEE, Entrust, NSS | `templates` |
//! | a key comes out less protected than its policy wants, or cannot be exported | NXP, NSS, tpm2-pkcs11 | `templates` |
//! | CKA_ALLOWED_MECHANISMS is refused | YubiHSM, NSS | `templates` |
//! | C_SetAttributeValue, C_GetMechanismList and others are missing | AWS | `templates` |
//! | CKA_EC_POINT raw, in a BIT STRING, malformed; taken raw only, in DER only | NXP, OP-TEE, Luna, tpm2-pkcs11 | `points` |
//! | a peer's point is taken raw only, in DER only; wrong ones crash | Kryoptic, Luna | `points`, `kryoptic` |
//! | a secret lacks zeros, is cut, stays in the token; ECDH is missing | CardContact, pico-hsm, SoftHSM2, AWS, p11-kit | `secrets` |
//! | a scalar lacks zeros, or has too many | Kryoptic, SoftHSM2 | `secrets` |
//! | digests of some lengths only, or only short ones | tpm2-pkcs11, OpenSC | `signatures` |
//! | CKM_ECDSA or C_Verify is missing; signatures without zeros, wrong ones | | `signatures`, `kryoptic` |
//! | no objects of a session; keys that are taken and cannot be used; halves that are one object | tpm2-pkcs11, NSS, opencryptoki | `storage` |
//! | one session | YubiKey | `storage` |
//! | an object gets the handle of another one | tpm2-pkcs11 | `handles` |
//! | sizes of keys that are wrong; no description of the token or of a session | most; opencryptoki; KMS-backed ones | `report` |
//! | secp256k1 signatures that do not verify | SoftHSM2, issue 901 | `secp256k1` |
//!
//! Elsewhere:
//!
//! | quirk | of | test |
//! |---|---|---|
//! | handles are given again | tpm2-pkcs11 | faults: `calls::without_the_cache_a_reused_handle_does_no_harm` |
//! | the login is lost; a session dies; the module forgets C_Initialize | YubiKey, YubiHSM, Luna | faults: `presence` |
//! | a token that was replugged is seen after C_Finalize only; it answers CKR_PIN_INCORRECT | YubiHSM | faults: `presence` |
//! | the module has to be loaded again after errors | thin-edge | faults: `presence`, `matrix` |
//! | concurrent key generation and signing crash | SoftHSM2 | op_softhsm: `stress` |
//! | ECDH is wrong on sect233k1 and sect409k1; each curve that a token lacks | SoftHSM2, Kryoptic | op_softhsm, op_kryoptic: `product` |
//! | a sensitive key has no CKA_VALUE, and no error | all | op_softhsm: `import::a_private_key_comes_out_only_if_it_may` |
//! | imported points are not validated | SoftHSM2 | op_softhsm: `agree::points_that_are_none_are_refused_before_the_token_sees_them` |
//! | mechanisms that cryptoki leaves out of C_GetMechanismList | all | op_kryoptic: `product` |

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "op/access.rs"]
mod access;
#[path = "op/fixture.rs"]
mod fixture;
#[path = "quirks/handles.rs"]
mod handles;
#[path = "quirks/identifier.rs"]
mod identifier;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "op/judge.rs"]
mod judge;
#[path = "quirks/kryoptic.rs"]
mod kryoptic;
#[path = "quirks/life.rs"]
mod life;
#[path = "quirks/points.rs"]
mod points;
#[path = "quirks/quirk.rs"]
mod quirk;
#[path = "quirks/renewal.rs"]
mod renewal;
#[path = "quirks/report.rs"]
mod report;
#[path = "common/rv.rs"]
mod rv;
#[path = "quirks/secp256k1.rs"]
mod secp256k1;
#[path = "quirks/secrets.rs"]
mod secrets;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "faults/setup.rs"]
mod setup;
#[path = "quirks/signatures.rs"]
mod signatures;
#[path = "quirks/storage.rs"]
mod storage;
#[path = "quirks/templates.rs"]
mod templates;
#[path = "common/threads.rs"]
mod threads;
