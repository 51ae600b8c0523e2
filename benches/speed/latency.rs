//! Owns the figure of a token that takes its time: whether sessions and threads hide it.

use misbehaving_module::control::{Control, Delay};
use misbehaving_module::names::Function;

use crate::faulty::Faulty;
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
    _faulty: Faulty,
}

impl Slow {
    fn start(sessions: usize) -> Self {
        let mut faulty = Faulty::new();
        let provider = &mut faulty.installation.provider;
        provider.insert("max_sessions", sessions.to_string());
        let service = faulty.installation.start();
        let attributes = signing(256, ECDSA);
        service.client("app").generate(KEY, attributes).unwrap();
        faulty.order(Control {
            delay: vec![Delay::new(Function::ALL.to_vec(), DELAY)],
            ..faulty.well_behaved()
        });
        Self {
            service,
            _faulty: faulty,
        }
    }
}
