//! Owns an installation of the service whose token is behind the misbehaving module, and the orders to
//! that.

use std::path::PathBuf;

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::Function;
use misbehaving_module::statistics::Statistics;

use crate::fixture::{Installation, Manager, quoted};
use crate::rv::rv;

pub(crate) struct Faulty {
    pub(crate) installation: Installation,
    module: PathBuf,
    target: PathBuf,
}

impl Faulty {
    /// A SoftHSM2 token of its own; the clients say their names.
    pub(crate) fn new() -> Self {
        let target = softhsm_test::module_path().unwrap();
        Self::behind(Installation::direct(Manager::Sqlite), target)
    }

    /// Puts the misbehaving module before the module `target` of an installation.
    pub(crate) fn behind(mut installation: Installation, target: PathBuf) -> Self {
        let module = misbehaving_module::install(installation.directory()).unwrap();
        installation
            .provider
            .insert("library_path", quoted(module.to_str().unwrap()));
        let faulty = Self {
            installation,
            module,
            target,
        };
        faulty.order(faulty.well_behaved());
        faulty
    }

    /// The order to forward everything.
    pub(crate) fn well_behaved(&self) -> Control {
        Control {
            statistics: Some(self.installation.path("statistics")),
            ..Control::forwarding_to(&self.target)
        }
    }

    pub(crate) fn order(&self, control: Control) {
        control
            .write(&misbehaving_module::control_path(&self.module))
            .unwrap();
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics::read(&self.installation.path("statistics")).unwrap()
    }

    /// How often the function was called since the first start.
    pub(crate) fn calls(&self, function: Function) -> u64 {
        self.statistics().calls(function)
    }
}

/// Everything fails until the module is initialised again.
pub(crate) fn module_lost() -> Inject {
    let all = Function::ALL.iter().copied();
    let others =
        |function: &Function| !matches!(function, Function::C_Initialize | Function::C_Finalize);
    let lost = rv("CKR_CRYPTOKI_NOT_INITIALIZED");
    Inject::before(all.filter(others).collect::<Vec<_>>(), lost).until(Function::C_Initialize)
}
