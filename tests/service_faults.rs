//! The service on a token that misbehaves on order, as its clients see it: the built binary, its socket,
//! SoftHSM2 or the embedded token behind the misbehaving module.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/client.rs"]
mod client;
#[path = "service_faults/faulty.rs"]
mod faulty;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/fixture.rs"]
mod fixture;
#[path = "service_faults/hanging.rs"]
mod hanging;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/keys.rs"]
mod keys;
#[path = "service_faults/life.rs"]
mod life;
#[path = "service_faults/matrix.rs"]
mod matrix;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/openssl.rs"]
mod openssl;
#[path = "service_faults/oracle.rs"]
mod oracle;
#[path = "service_faults/pin.rs"]
mod pin;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/process.rs"]
mod process;
#[path = "service_faults/pulled.rs"]
mod pulled;
#[path = "service_faults/recovery.rs"]
mod recovery;
#[path = "common/rv.rs"]
mod rv;
#[path = "service_faults/supervisor.rs"]
mod supervisor;
#[allow(dead_code, reason = "other tests use what is not used here")]
#[path = "service/token_objects.rs"]
mod token_objects;
#[path = "service_faults/zero_serial.rs"]
mod zero_serial;
