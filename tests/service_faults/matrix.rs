//! Each function that a running service calls, answered with each CKR: no panic, no hang, the status
//! that the answer has, no wrong result, nothing left, and the next request works.

use std::env;
use std::thread::sleep;
use std::time::{Duration, Instant};

use misbehaving_module::control::{Control, Inject};
use misbehaving_module::names::{Function, Rv};

use crate::faulty::{Faulty, module_lost};
use crate::life::{Creation, Life, STANDING};
use crate::oracle;
use crate::process::Service;
use crate::rv::rv;
use crate::token_objects::key_objects;

/// The longest that one request may take; nobody else uses the token.
const LIMIT: Duration = Duration::from_secs(10);

/// How soon the service is back once the fault is gone: a token is looked for four times a second, the
/// module initialised every two seconds.
const BACK: Duration = Duration::from_millis(1_500);
const BACK_INITIALIZED: Duration = Duration::from_millis(3_500);

/// Each so-many-th case is tried, others with each function: `SOAK_MATRIX_STEP`, else 100.
fn step() -> usize {
    env::var("SOAK_MATRIX_STEP").map_or(100, |step| step.parse().unwrap())
}

/// All values of PKCS#11 3.0 but CKR_OK, and two that it does not have.
fn answers() -> impl Iterator<Item = Rv> {
    (1..0x210)
        .map(Rv)
        .filter(|rv| rv.to_string().starts_with("CKR_"))
        .chain([Rv(0x3ff), Rv(0x8000_0001)])
}

/// When the function answers so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// The next call, which does nothing.
    Once,
    /// The next call, which does what it is for.
    OnceAfter,
    /// Every call.
    Always,
}

/// What leads to a call of the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Situation {
    /// Requests.
    Serving,
    /// Requests when the sessions are said to be lost.
    SessionsLost,
    /// Requests to a module that wants to be initialised again.
    ModuleLost,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    function: Function,
    answer: Rv,
    when: When,
}

impl Case {
    /// The cases of one function that are tried.
    fn chosen(index: usize, function: Function) -> impl Iterator<Item = Self> {
        let all = answers().flat_map(move |answer| Self::each_time(function, answer));
        all.skip(7 * index % step()).step_by(step())
    }

    fn each_time(function: Function, answer: Rv) -> impl Iterator<Item = Self> {
        [When::Once, When::OnceAfter, When::Always]
            .into_iter()
            .map(move |when| Self {
                function,
                answer,
                when,
            })
    }

    fn situation(self) -> Situation {
        match self.function {
            Function::C_Initialize | Function::C_Finalize => Situation::ModuleLost,
            Function::C_GetSlotList
            | Function::C_GetTokenInfo
            | Function::C_OpenSession
            | Function::C_CloseSession
            | Function::C_Login => Situation::SessionsLost,
            _ => Situation::Serving,
        }
    }

    fn creation(self) -> Creation {
        match self.function {
            Function::C_CreateObject => Creation::Import,
            _ => Creation::Generate,
        }
    }

    fn order(self, faulty: &Faulty) -> Control {
        let fault = match self.when {
            When::Once => Inject::before(self.function, self.answer).times(1),
            When::OnceAfter => Inject::after(self.function, self.answer).times(1),
            When::Always => Inject::before(self.function, self.answer),
        };
        let mut inject = vec![fault];
        match self.situation() {
            Situation::Serving => {}
            Situation::SessionsLost => {
                let lost = Inject::before(Function::C_GetMechanismInfo, rv("CKR_SESSION_CLOSED"));
                inject.push(lost.times(1));
            }
            Situation::ModuleLost => inject.push(module_lost()),
        }
        Control {
            inject,
            ..faulty.well_behaved()
        }
    }
}

/// A service that meets one case after the other.
///
/// The service, `None` only while it starts again, is dropped before the directory that its log is in.
struct Bench {
    service: Option<Service>,
    faulty: Faulty,
    life: Life,
    /// How many sessions may be open between two cases: of the login, of the one client, and one more.
    sessions: u64,
    cases: usize,
    failures: usize,
    /// Statuses that say something else than what happened.
    wrong: Vec<String>,
}

impl Bench {
    fn new() -> Self {
        let faulty = Faulty::new();
        let service = faulty.installation.start();
        service.wait_for_log("Every key that a mapping names is on the token", 1);
        let life = Life::new(service.client("alice"));
        let well = life.live("first", Creation::Generate);
        assert_eq!(well.failures().count(), 0, "{well:?}");
        life.judge(&well);
        Self {
            faulty,
            service: Some(service),
            life,
            sessions: 3,
            cases: 0,
            failures: 0,
            wrong: Vec::new(),
        }
    }

    fn meet(&mut self, case: Case) {
        self.cases += 1;
        let name = self.cases.to_string();
        let before = self.faulty.statistics();
        self.faulty.order(case.order(&self.faulty));
        let told = self.life.live(&name, case.creation());
        let calls = self.faulty.calls(case.function) - before.calls(case.function);
        assert!(calls > 0, "{case:?} was not met: {told:?}");
        let permitted = oracle::permitted(case.function, case.answer);
        for (request, status) in told.failures() {
            self.failures += 1;
            if !permitted.contains(&status) {
                self.wrong.push(format!(
                    "{case:?}: {request:?} was answered {status:?}, not one of {permitted:?}"
                ));
            }
        }
        assert!(told.slowest < LIMIT, "{case:?}: {:?}", told.slowest);
        self.life.judge(&told);

        if case.refuses_the_pin_for_good() {
            self.start_again(case, calls);
        } else {
            self.faulty.order(self.faulty.well_behaved());
        }
        self.recover(case);
        self.life.clean_up(&name);
        let well = self.life.live(&format!("{name}-well"), Creation::Generate);
        assert_eq!(well.failures().count(), 0, "after {case:?}: {well:?}");
        self.life.judge(&well);
        self.nothing_is_left(case);
    }

    /// A PIN that was refused was tried twice, the second time after the module was initialised again, and is
    /// tried again after a new start.
    fn start_again(&mut self, case: Case, tries: u64) {
        assert!(tries <= 2, "{case:?}: {tries} tries");
        self.faulty.order(self.faulty.well_behaved());
        let before = self.faulty.calls(Function::C_Login);
        sleep(Duration::from_millis(300));
        let refused = self.life.live("refused", Creation::Generate);
        assert!(refused.failures().count() > 0, "{case:?}: {refused:?}");
        let tries = self.faulty.calls(Function::C_Login) - before;
        assert_eq!(tries, 0, "{case:?}");
        self.service.take().unwrap().stop();
        self.service = Some(self.faulty.installation.start());
    }

    fn recover(&self, case: Case) {
        let limit = match case.situation() {
            Situation::ModuleLost => BACK_INITIALIZED,
            Situation::Serving | Situation::SessionsLost => BACK,
        };
        let begin = Instant::now();
        while let Err(status) = self.life.client.random(16) {
            assert!(begin.elapsed() < limit, "after {case:?}: {status:?}");
            sleep(Duration::from_millis(20));
        }
    }

    fn nothing_is_left(&mut self, case: Case) {
        let open = self.faulty.statistics().open_sessions();
        match case.function {
            // Sessions that the module refuses to close stay.
            Function::C_CloseSession | Function::C_Finalize => {
                self.sessions = self.sessions.max(open);
            }
            _ => assert!(open <= self.sessions, "after {case:?}: {open} sessions"),
        }
        let objects = key_objects(self.faulty.installation.token());
        assert_eq!(
            objects.len(),
            2 * STANDING.len(),
            "after {case:?}: {objects:?}"
        );
    }

    fn end(self) {
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
        assert!(self.failures > 0, "nothing was met");
        for name in STANDING {
            self.life.client.destroy(name).unwrap();
        }
        let log = self.service.unwrap().stop();
        assert!(!log.contains("panicked"), "{log}");
        assert_eq!(self.faulty.statistics().open_sessions(), 0);
        assert_eq!(key_objects(self.faulty.installation.token()), []);
        eprintln!("{} cases, {} failures", self.cases, self.failures);
    }
}

impl Case {
    fn refuses_the_pin_for_good(self) -> bool {
        let refused = oracle::refuses_the_pin(self.answer);
        self.function == Function::C_Login && self.when == When::Always && refused
    }
}

fn each_ckr_of(functions: &[Function]) {
    let mut bench = Bench::new();
    for (index, &function) in functions.iter().enumerate() {
        for case in Case::chosen(index, function) {
            bench.meet(case);
        }
    }
    bench.end();
}

#[test]
fn each_ckr_of_what_finds_keys() {
    each_ckr_of(&[
        Function::C_GetSessionInfo,
        Function::C_FindObjectsInit,
        Function::C_FindObjects,
        Function::C_FindObjectsFinal,
        Function::C_GetAttributeValue,
    ]);
}

/// What the token does not show of a key says neither that it is another one nor that there is none.
#[test]
fn attributes_that_are_not_shown() {
    let mut bench = Bench::new();
    for answer in ["CKR_ATTRIBUTE_SENSITIVE", "CKR_ATTRIBUTE_TYPE_INVALID"] {
        for case in Case::each_time(Function::C_GetAttributeValue, rv(answer)) {
            bench.meet(case);
        }
    }
    bench.end();
}

/// An error that passes does not lead to a key in a form that the token stores and cannot use: SoftHSM2 ends the
/// process then.
#[test]
fn an_import_that_fails_once() {
    let mut bench = Bench::new();
    for answer in [
        "CKR_GENERAL_ERROR",
        "CKR_ATTRIBUTE_VALUE_INVALID",
        "CKR_CURVE_NOT_SUPPORTED",
        "CKR_DOMAIN_PARAMS_INVALID",
    ] {
        for case in Case::each_time(Function::C_CreateObject, rv(answer)) {
            bench.meet(case);
        }
    }
    bench.end();
}

#[test]
fn each_ckr_of_what_makes_and_destroys_keys() {
    each_ckr_of(&[
        Function::C_GetMechanismInfo,
        Function::C_GenerateKeyPair,
        Function::C_CreateObject,
        Function::C_DestroyObject,
    ]);
}

#[test]
fn each_ckr_of_what_uses_keys() {
    each_ckr_of(&[
        Function::C_SignInit,
        Function::C_Sign,
        Function::C_VerifyInit,
        Function::C_Verify,
        Function::C_DeriveKey,
        Function::C_GenerateRandom,
    ]);
}

#[test]
fn each_ckr_of_what_leads_back_to_the_token() {
    each_ckr_of(&[
        Function::C_OpenSession,
        Function::C_CloseSession,
        Function::C_GetSlotList,
        Function::C_GetTokenInfo,
        Function::C_Login,
    ]);
}

#[test]
fn each_ckr_of_what_initialises_the_module() {
    each_ckr_of(&[Function::C_Initialize, Function::C_Finalize]);
}
