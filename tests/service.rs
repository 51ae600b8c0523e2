//! The service as its clients see it: the built binary, its socket, a SoftHSM2 token.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "service/agreement.rs"]
mod agreement;
#[path = "service/applications.rs"]
mod applications;
#[path = "service/bad_keys.rs"]
mod bad_keys;
#[path = "service/bad_requests.rs"]
mod bad_requests;
#[path = "service/capability.rs"]
mod capability;
#[path = "service/client.rs"]
mod client;
#[path = "service/comparison.rs"]
mod comparison;
#[path = "service/crash.rs"]
mod crash;
#[path = "service/creation.rs"]
mod creation;
#[path = "service/curves.rs"]
mod curves;
#[path = "service/first_start.rs"]
mod first_start;
#[path = "service/fixture.rs"]
mod fixture;
#[path = "service/keys.rs"]
mod keys;
#[path = "service/killed_at_each_step.rs"]
mod killed_at_each_step;
#[path = "service/lifecycle.rs"]
mod lifecycle;
#[path = "service/log_output.rs"]
mod log_output;
#[path = "service/misbehaving.rs"]
mod misbehaving;
#[path = "service/names.rs"]
mod names;
#[path = "service/one_service.rs"]
mod one_service;
#[path = "service/openssl.rs"]
mod openssl;
#[path = "service/options.rs"]
mod options;
#[path = "service/process.rs"]
mod process;
#[path = "service/signature.rs"]
mod signature;
#[path = "service/start_failure.rs"]
mod start_failure;
#[path = "service/storage_failure.rs"]
mod storage_failure;
#[path = "service/systemd.rs"]
mod systemd;
#[path = "service/token_objects.rs"]
mod token_objects;
#[path = "service/transfer.rs"]
mod transfer;
#[path = "service/truncated_mappings.rs"]
mod truncated_mappings;
#[path = "service/two_services.rs"]
mod two_services;
#[path = "service/upstream.rs"]
mod upstream;
