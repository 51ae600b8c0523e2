//! Owns the random bytes that go to the client, and how many.

use log::info;
use parsec_interface::operations::psa_generate_random;
use parsec_interface::requests::{ResponseStatus, Result};
use parsec_service::utils::GlobalConfig;

use crate::op;

use super::Core;
use super::status::status;

impl Core {
    /// PSA Crypto API 1.1, section 10.10.1, `psa_generate_random`.
    pub(crate) fn generate_random(
        &self,
        op: psa_generate_random::Operation,
    ) -> Result<psa_generate_random::Result> {
        if op.size > GlobalConfig::buffer_size_limit() {
            info!("More random bytes were asked for than buffer_size_limit allows.");
            return Err(ResponseStatus::ResponseTooLarge);
        }
        let random_bytes = op::random::random(&self.token, op.size).map_err(status)?;
        Ok(psa_generate_random::Result { random_bytes })
    }
}
