//! Owns the figures of the services as clients see them: over the Unix socket.

use std::env;
use std::time::Duration;

use cryptoki::object::{ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use softhsm_test::Token;

use crate::bare::{self, DIGEST};
use crate::fixture::{Installation, Manager, Program};
use crate::keys::{ECDSA, signing};
use crate::process::Service;
use crate::report::{Row, Target, Unit};
use crate::slice::{Comparison, Pair, Pairs, Slice};

pub(crate) const KEY: &str = "key";
pub(crate) const CLIENTS: usize = 16;
const BARE_THREADS: usize = 2;

/// Few worker threads, for a token that works on the same processor cores.
pub(crate) const FEW_THREADS: usize = 8;

pub(crate) fn ours(pairs: &Pairs) -> Vec<Row> {
    let targets = [
        Target::AtMost(2.5),
        Target::AtLeast(0.6),
        Target::AtMost(5.0),
    ];
    let mut rows = measure("socket", Program::Ours, None, pairs, targets.map(Some));
    let few = format!("socket, thread_pool_size = {FEW_THREADS}");
    let threads = Some(FEW_THREADS);
    rows.extend(measure(
        &few,
        Program::Ours,
        threads,
        pairs,
        targets.map(Some),
    ));
    rows
}

/// The same figures of Parsec's own service, if it was built.
pub(crate) fn upstream(pairs: &Pairs) -> Vec<Row> {
    const NAME: &str = "upstream's socket";
    if is_built("upstream") {
        return measure(NAME, Program::Upstream, None, pairs, [None; 3]);
    }
    println!("For upstream's figures: `cargo build --release --example upstream`, then again.");
    figures(NAME).map(Row::not_measured).into()
}

/// Whether there is an example of this name to measure.
pub(crate) fn is_built(example: &str) -> bool {
    let bench = env::current_exe().unwrap();
    let examples = bench.parent().unwrap().with_file_name("examples");
    examples.join(example).exists()
}

pub(crate) fn figures(name: &str) -> [String; 3] {
    [
        format!("{name}, 1 client: sign p50"),
        format!("{name}, {CLIENTS} clients: sign / bare on {BARE_THREADS} threads"),
        format!("{name}, {CLIENTS} clients: p99 / (clients / throughput)"),
    ]
}

fn measure(
    name: &str,
    program: Program,
    threads: Option<usize>,
    pairs: &Pairs,
    targets: [Option<Target>; 3],
) -> Vec<Row> {
    let mut setting = Setting::start(program, threads);
    let rows = setting.bare.compare(name, &setting.service, pairs, targets);
    setting.service.stop();
    rows
}

/// A service with a key, and the bare calls on the same key.
pub(crate) struct Setting {
    pub(crate) installation: Installation,
    pub(crate) service: Service,
    pub(crate) bare: Bare,
}

impl Setting {
    pub(crate) fn start(program: Program, threads: Option<usize>) -> Self {
        let mut installation = Installation::direct(Manager::Sqlite);
        let threads = threads.map(|count| ("thread_pool_size", count.to_string()));
        installation.core_settings.extend(threads);
        let service = installation.start_program(program);
        service
            .client("app")
            .generate(KEY, signing(256, ECDSA))
            .unwrap();
        let bare = Bare::on(installation.token());
        Self {
            installation,
            service,
            bare,
        }
    }
}

/// The bare calls on the one key of a token.
pub(crate) struct Bare {
    sessions: [Session; BARE_THREADS],
    key: ObjectHandle,
}

impl Bare {
    fn on(token: &Token) -> Self {
        let sessions = [(); BARE_THREADS].map(|()| bare::session(token));
        let key = bare::object(&sessions[0], ObjectClass::PRIVATE_KEY);
        Self { sessions, key }
    }

    /// The figures of a service that signs with the same key.
    pub(crate) fn compare(
        &mut self,
        name: &str,
        service: &Service,
        pairs: &Pairs,
        targets: [Option<Target>; 3],
    ) -> Vec<Row> {
        let Self { sessions, key } = self;
        let key = *key;
        let one = pairs.run(
            |length| client(service, length),
            |length| bare_signer(&sessions[0], key, length),
        );
        let many = pairs.run(
            |length| clients(service, length),
            |length| {
                let signers = sessions.iter_mut();
                Slice::at_once(signers.map(|session| move || bare_signer(session, key, length)))
            },
        );
        rows(figures(name), &one, &many, fair_share, targets)
    }
}

/// One client's median latency, and the throughput and the 99th percentile of many beside what it is to
/// be compared with.
pub(crate) fn rows(
    figures: [String; 3],
    one: &[Pair],
    many: &[Pair],
    beside_p99: impl Fn(&Pair) -> f64,
    targets: [Option<Target>; 3],
) -> Vec<Row> {
    let comparisons = [
        Comparison::of(
            one,
            |pair| pair.ours.percentile(50),
            |pair| pair.bare.percentile(50),
        ),
        Comparison::of_throughput(many),
        Comparison::of(many, |pair| pair.ours.percentile(99), beside_p99),
    ];
    let units = [Unit::Microseconds, Unit::PerSecond, Unit::Microseconds];
    figures
        .into_iter()
        .zip(units)
        .zip(comparisons)
        .zip(targets)
        .map(|(((figure, unit), comparison), target)| {
            Row::compared(figure, unit, comparison, target)
        })
        .collect()
}

/// How long a request takes if all clients are served in turn, in microseconds.
fn fair_share(pair: &Pair) -> f64 {
    f64::from(u32::try_from(CLIENTS).unwrap()) / pair.ours.throughput() * 1e6
}

/// As Parsec has it, the client makes a connection for each request.
pub(crate) fn client(service: &Service, length: Duration) -> Slice {
    let client = service.client("app");
    Slice::of(length, || {
        client.sign_hash(KEY, ECDSA, &DIGEST).unwrap();
    })
}

/// Many clients at once.
pub(crate) fn clients(service: &Service, length: Duration) -> Slice {
    Slice::at_once((0..CLIENTS).map(|_| || client(service, length)))
}

fn bare_signer(session: &Session, key: ObjectHandle, length: Duration) -> Slice {
    Slice::of(length, || drop(bare::sign(session, key)))
}
