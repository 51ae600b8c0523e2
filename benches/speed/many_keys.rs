//! Owns the figures of a start, and of a token and a key info manager that hold many keys.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use parsec_interface::requests::AuthType;
use parsec_service::key_info_managers::{KeyInfoManagerClient, KeyInfoManagerFactory};
use parsec_service::utils::config::{KeyInfoManagerConfig, KeyInfoManagerType};
use softhsm_test::{Environment, Token};

use crate::fixture::{Installation, example, quoted};
use crate::over_socket::{KEY, client};
use crate::place::{identity, provider_identity, signing_pair};
use crate::quartiles::Quartiles;
use crate::report::{Row, Target, Unit};
use crate::slice::{Comparison, Pairs};

const KEYS: u32 = 10_000;
const ROUNDS: usize = 15;

/// An installation on a token with keys whose mappings are those of Parsec's own provider.
struct Filled {
    installation: Installation,
    config: PathBuf,
    token: Token,
}

impl Filled {
    fn new(keys: u32) -> Self {
        let environment = Environment::new().unwrap();
        let token = environment.token().unwrap();
        let config = environment.config_path();
        let mut installation = Installation::within(environment);
        installation
            .provider
            .insert("user_pin", quoted(token.user_pin()));
        let filled = Self {
            installation,
            config,
            token,
        };
        filled.child(0, keys);
        let mappings = filled.mappings();
        for id in 0..keys {
            let name = match id {
                0 => KEY.to_owned(),
                _ => format!("{KEY} {id}"),
            };
            mappings
                .insert_key_info(identity(&name), &id, signing_pair())
                .unwrap();
        }
        filled
    }

    /// Opens the token in a process of its own and makes keys; gives how long that took.
    fn child(&self, first: u32, end: u32) -> Duration {
        let begin = Instant::now();
        let status = Command::new(example("fill_token"))
            .arg(softhsm_test::module_path().unwrap())
            .args([first.to_string(), end.to_string()])
            .env("SOFTHSM2_CONF", &self.config)
            .env("TOKEN_PIN", self.token.user_pin())
            .status()
            .unwrap();
        assert!(status.success());
        begin.elapsed()
    }

    /// The key info manager that the service uses, loaded anew.
    fn mappings(&self) -> KeyInfoManagerClient {
        let path = self.installation.path("mappings");
        let config = KeyInfoManagerConfig {
            name: "manager".to_owned(),
            manager_type: KeyInfoManagerType::SQLite,
            store_path: None,
            sqlite_db_path: Some(path.to_str().unwrap().to_owned()),
        };
        KeyInfoManagerFactory::new(&config, AuthType::Direct)
            .unwrap()
            .build_client(provider_identity())
    }

    fn time_to_load_mappings(&self) -> Duration {
        let begin = Instant::now();
        self.mappings().get_all().unwrap();
        begin.elapsed()
    }

    fn time_to_start(&self) -> Duration {
        let begin = Instant::now();
        let service = self.installation.start();
        let time = begin.elapsed();
        service.stop();
        time
    }
}

/// One start with few keys and one with many, and what of them is not ours.
struct Round {
    one: Duration,
    many: Duration,
    token_of_one: Duration,
    token_of_many: Duration,
    mappings_of_many: Duration,
}

impl Round {
    fn of(one: &Filled, many: &Filled) -> Self {
        Self {
            one: one.time_to_start(),
            many: many.time_to_start(),
            token_of_one: one.child(0, 0),
            token_of_many: many.child(0, 0),
            mappings_of_many: many.time_to_load_mappings(),
        }
    }

    /// What a start with many keys may take: half as long again as one with one key, and what module and
    /// manager alone take longer.
    fn allowed(&self) -> Duration {
        let token = self.token_of_many.saturating_sub(self.token_of_one);
        self.one.mul_f64(1.5) + token + self.mappings_of_many
    }
}

/// "Bare" is the same service with one key.
pub(crate) fn rows(pairs: &Pairs) -> Vec<Row> {
    let [one, many] = [1, KEYS].map(Filled::new);
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| Round::of(&one, &many)).collect();
    let series = |time: fn(&Round) -> Duration| {
        Quartiles::of(rounds.iter().map(|round| micros(time(round))))
    };
    let services = [&one, &many].map(|filled| filled.installation.start());
    let signed = pairs.run(
        |length| client(&services[1], length),
        |length| client(&services[0], length),
    );
    for service in services {
        service.stop();
    }
    let times = Unit::Microseconds;
    vec![
        Row::limited(
            "start to the first answer, 1 key",
            times,
            series(|round| round.one),
            Target::AtMost(200_000.0),
        ),
        Row::alone(
            format!("start to the first answer, {KEYS} keys"),
            times,
            series(|round| round.many),
        ),
        Row::alone(
            format!("opening the token alone, {KEYS} keys"),
            times,
            series(|round| round.token_of_many),
        ),
        Row::alone(
            format!("loading the mappings alone, {KEYS} keys"),
            times,
            series(|round| round.mappings_of_many),
        ),
        Row::compared(
            format!("start, {KEYS} keys / (1.5 x start, 1 key + what those two take longer)"),
            times,
            Comparison {
                ours: series(|round| round.many),
                bare: series(Round::allowed),
                ratio: Quartiles::of(
                    rounds
                        .iter()
                        .map(|round| micros(round.many) / micros(round.allowed())),
                ),
            },
            Some(Target::AtMost(1.0)),
        ),
        Row::compared(
            format!("socket, 1 client: sign p50, {KEYS} keys / 1 key"),
            times,
            Comparison::of(
                &signed,
                |pair| pair.ours.percentile(50),
                |pair| pair.bare.percentile(50),
            ),
            Some(Target::AtMost(1.1)),
        ),
    ]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
