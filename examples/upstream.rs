//! Parsec's own service 1.5.0, with its own PKCS#11 provider, on a configuration file.
//!
//! ```sh
//! cargo run --example upstream -- config.toml
//! ```
//!
//! To compare with, and to test upgrades from it and downgrades to it: everything is parsec-service's,
//! the pause between two looks at an idle socket included. SIGTERM and SIGINT end it; a reload and the
//! refusal to run as root, which the program of that package adds, are left out.

use std::env;
use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use parsec_service::utils::ServiceBuilder;
use parsec_service::utils::config::ServiceConfig;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// The pause after which an idle service looks for clients again, in milliseconds.
const IDLE_PAUSE: u64 = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: upstream CONFIG")?;
    let config: ServiceConfig = toml::from_str(&fs::read_to_string(path)?)?;
    let settings = config.core_settings;
    let mut logger = env_logger::builder();
    if let Some(level) = settings.log_level {
        logger.filter_level(level);
    }
    logger.init();

    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register(signal, Arc::clone(&stop))?;
    }
    let pause = settings.idle_listener_sleep_duration.unwrap_or(IDLE_PAUSE);
    let front_end = Arc::new(ServiceBuilder::build_service(&config)?);
    let listener = ServiceBuilder::start_listener(config.listener)?;
    let pool = ServiceBuilder::build_threadpool(settings.thread_pool_size);
    while !stop.load(Ordering::Relaxed) {
        match listener.accept() {
            Some(connection) => {
                let front_end = Arc::clone(&front_end);
                pool.execute(move || front_end.handle_request(connection));
            }
            None => thread::sleep(Duration::from_millis(pause)),
        }
    }
    pool.join();
    drop(front_end);
    // The threads of the pool end when they come to it. One that does while the process exits may meet an
    // OpenSSL that is gone by then, and SIGSEGV ends the process in place of 0.
    low_level::exit(0)
}
