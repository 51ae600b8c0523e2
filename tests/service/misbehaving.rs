//! Owns the misbehaving module in front of an installation's token, and the orders to it.

use std::path::PathBuf;

use misbehaving_module::control::Control;
use misbehaving_module::statistics::Statistics;

use crate::fixture::{Installation, quoted};

/// The module that the service loads in place of SoftHSM2, which it forwards to.
pub(crate) struct Misbehaving {
    module: PathBuf,
    counts: PathBuf,
}

impl Misbehaving {
    /// Puts the module in front of the token; it behaves well until it is told otherwise.
    pub(crate) fn in_front_of(installation: &mut Installation) -> Self {
        let module = misbehaving_module::install(installation.directory()).unwrap();
        installation
            .provider
            .insert("library_path", quoted(module.to_str().unwrap()));
        let misbehaving = Self {
            module,
            counts: installation.path("counts"),
        };
        misbehaving.behave();
        misbehaving
    }

    /// Gives orders; those given before end.
    pub(crate) fn order(&self, change: impl FnOnce(&mut Control)) {
        let mut control = Control::forwarding_to(softhsm_test::module_path().unwrap());
        control.statistics = Some(self.counts.clone());
        change(&mut control);
        control
            .write(&misbehaving_module::control_path(&self.module))
            .unwrap();
    }

    /// Ends all orders.
    pub(crate) fn behave(&self) {
        self.order(|_| {});
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics::read(&self.counts).unwrap()
    }
}
