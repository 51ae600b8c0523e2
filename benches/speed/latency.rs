//! Owns the figure of a token that takes its time: whether sessions and threads hide it.

use misbehaving_module::control::{Control, Delay};
use misbehaving_module::names::Function;

use crate::fixture::{Installation, Manager, quoted};
use crate::keys::{ECDSA, signing};
use crate::over_socket::{KEY, client};
use crate::process::Service;
use crate::report::{Row, Target, Unit};
use crate::slice::{Comparison, Pairs, Slice};

/// What each PKCS#11 call takes longer, in milliseconds.
const DELAY: u64 = 2;
const SESSIONS: usize = 32;

/// "Bare" is the same service with one session and one client.
pub(crate) fn rows(pairs: &Pairs) -> Vec<Row> {
    let [many, one] = [SESSIONS, 1].map(Slow::start);
    let pairs = pairs.run(
        |length| Slice::at_once((0..SESSIONS).map(|_| || client(&many.service, length))),
        |length| client(&one.service, length),
    );
    for slow in [many, one] {
        slow.service.stop();
    }
    vec![Row::compared(
        format!("socket, 2 ms per PKCS#11 call: sign, {SESSIONS} sessions and clients / 1 and 1"),
        Unit::PerSecond,
        Comparison::of_throughput(&pairs),
        Some(Target::AtLeast(25.0)),
    )]
}

struct Slow {
    service: Service,
    _installation: Installation,
}

impl Slow {
    fn start(sessions: usize) -> Self {
        let mut installation = Installation::direct(Manager::Sqlite);
        let module = misbehaving_module::install(installation.directory()).unwrap();
        let control = misbehaving_module::control_path(&module);
        let forwarding = Control::forwarding_to(softhsm_test::module_path().unwrap());
        forwarding.write(&control).unwrap();
        installation.provider.extend([
            ("library_path", quoted(module.to_str().unwrap())),
            ("max_sessions", sessions.to_string()),
        ]);
        let service = installation.start();
        let attributes = signing(256, ECDSA);
        service.client("app").generate(KEY, attributes).unwrap();
        let slow = Control {
            delay: vec![Delay::new(Function::ALL.to_vec(), DELAY)],
            ..forwarding
        };
        slow.write(&control).unwrap();
        Self {
            service,
            _installation: installation,
        }
    }
}
