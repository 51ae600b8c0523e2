//! Owns `parsec-pkcs11 check`: its arguments and exit codes.

mod output;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::Args;
use parsec_pkcs11_ecc::check::report::difference::Difference;
use parsec_pkcs11_ecc::check::report::{Report, terminal};
use parsec_pkcs11_ecc::check::{self, Leftover, Level, Request, Selection, Target};
use parsec_pkcs11_ecc::config::Pin;
use parsec_pkcs11_ecc::ec::Curve;
use parsec_pkcs11_ecc::{Error, ErrorKind, Result};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::lines::{complain, say};
use crate::progress::Progress;
pub(crate) use output::paint;
use output::{print, read_baseline, write_reports};

/// A required case failed.
const FAILED: u8 = 1;

/// The check could not run.
const COULD_NOT_RUN: u8 = 2;

/// Find out what a token can do for Parsec, and what is wrong with it.
///
/// It makes keys of its own, uses them and removes them; it touches nothing else, initialises no token and
/// changes no PIN.
///
/// Exit codes: 0 every required case passed and none is a new failure against --baseline, 1 one is, or the run
/// was interrupted, 2 the check could not run or a report could not be written.
#[derive(Args)]
pub(super) struct Arguments {
    /// The PKCS#11 module of the token.
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    module: Option<PathBuf>,
    /// The label of the token; only needed if the module shows several.
    #[arg(long, value_name = "LABEL")]
    token: Option<String>,
    /// The serial number of the token.
    #[arg(long, value_name = "NUMBER")]
    serial: Option<String>,
    /// The slot of the token.
    #[arg(long, value_name = "NUMBER")]
    slot: Option<u64>,
    /// The string that C_Initialize gets, which some software tokens need.
    #[arg(long, value_name = "STRING")]
    initialization_string: Option<String>,
    /// The quirk profile that the provider is to use.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// A file that holds the user PIN; without --pin-file and --pin-env it is asked for.
    #[arg(long, value_name = "FILE", conflicts_with = "pin_env")]
    pin_file: Option<PathBuf>,
    /// An environment variable that holds the user PIN.
    #[arg(long, value_name = "NAME")]
    pin_env: Option<String>,
    /// Log in although the token would lock the PIN if it is wrong.
    #[arg(long)]
    allow_final_pin_try: bool,
    /// Try a wrong PIN once, unless that could lock the PIN.
    #[arg(long)]
    allow_wrong_pin: bool,
    /// What the token is held against: parsec-minimum or parsec-full.
    #[arg(long, value_name = "LEVEL", default_value = "parsec-minimum")]
    level: Level,
    /// Only the short cases: less than ten seconds on a software token.
    #[arg(long)]
    quick: bool,
    /// Only these suites: names with commas between them.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    suite: Vec<String>,
    /// Only cases whose identifier has this in it.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Only these curves: names with commas between them.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = curve)]
    curves: Vec<Curve>,
    /// List the cases and run none.
    #[arg(long)]
    list: bool,
    /// Find the objects that earlier runs left on the token, show them, and remove them; nothing is checked.
    #[arg(long)]
    clean: bool,
    /// With --clean: remove them without being asked.
    #[arg(long, requires = "clean")]
    yes: bool,
    /// Print nothing but errors.
    #[arg(long)]
    quiet: bool,
    /// Show what the module itself prints.
    #[arg(long)]
    module_output: bool,
    /// How long a case may take at most; without it each has a limit of its own, a minute for most.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    time_limit: Option<u32>,
    /// Write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write what was found out as a quirk profile for the provider.
    #[arg(long, value_name = "FILE")]
    write_profile: Option<PathBuf>,
    /// Write the report as JUnit's XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as Markdown.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the report as a page of HTML that needs no network.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Tell what changed since an earlier report, which --json wrote.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

pub(super) fn check(arguments: &Arguments) -> ExitCode {
    let done = match arguments {
        Arguments { list: true, .. } => list(arguments),
        Arguments { clean: true, .. } => clean(arguments),
        _ => validate(arguments),
    };
    done.unwrap_or_else(|error| {
        complain(format_args!("parsec-pkcs11: {error}"));
        ExitCode::from(COULD_NOT_RUN)
    })
}

pub(super) fn work() -> ExitCode {
    // A terminal sends Ctrl-C to this process, too, and it is the other one's to end the run.
    for signal in [SIGINT, SIGTERM] {
        if signal_hook::flag::register(signal, Arc::default()).is_err() {
            return ExitCode::FAILURE;
        }
    }
    match check::work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!(
                "parsec-pkcs11 check-worker is started by `check`: {error}"
            ));
            ExitCode::FAILURE
        }
    }
}

fn list(arguments: &Arguments) -> Result<ExitCode> {
    let cases = arguments.selection().cases()?;
    let widest = cases.iter().map(|case| case.id().len()).max().unwrap_or(0);
    let lines = cases.iter().map(|case| {
        let level = case.level().map_or("-", Level::name);
        format!("{:widest$}  {level:14}  {}\n", case.id(), case.title())
    });
    print(&lines.collect::<String>());
    Ok(ExitCode::SUCCESS)
}

fn clean(arguments: &Arguments) -> Result<ExitCode> {
    let request = arguments.request();
    let confirm = |leftovers: &[Leftover]| {
        for leftover in leftovers {
            say(format_args!("{}: {}", leftover.class, leftover.label));
        }
        arguments.yes || is_confirmed(leftovers.len())
    };
    let removed = check::clean(&request.target, arguments.pin()?, confirm)?;
    say(format_args!(
        "{removed} objects of earlier runs were removed."
    ));
    Ok(ExitCode::SUCCESS)
}

fn is_confirmed(count: usize) -> bool {
    let _ = write!(io::stderr(), "Remove these {count} objects? [y/N] ");
    let mut answer = String::new();
    // Without an answer nothing is removed.
    io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "yes")
}

fn validate(arguments: &Arguments) -> Result<ExitCode> {
    let request = arguments.request();
    let baseline = arguments.baseline.as_deref().map(read_baseline);
    let baseline = baseline.transpose()?;
    let pin = arguments.pin()?;
    let mut report = run(&request, pin.as_ref(), arguments.quiet)?;
    if let Some(baseline) = &baseline {
        report.difference = Some(Difference::between(baseline, &report));
    }
    if !arguments.quiet {
        let paint = paint(io::stdout().is_terminal());
        print(&terminal::summary(&report, paint));
    }
    write_reports(arguments, &report)?;
    Ok(match report.is_success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    })
}

fn run(request: &Request, pin: Option<&Pin>, quiet: bool) -> Result<Report> {
    let program = std::env::current_exe()
        .map_err(|source| refused("this program cannot be found").with_source(source))?;
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))
            .map_err(|source| refused("signals cannot be caught").with_source(source))?;
    }
    let mut progress = Progress::new(quiet);
    check::run(request, pin, &program, &interrupted, &mut progress)
}

impl Arguments {
    fn selection(&self) -> Selection {
        Selection {
            suites: self.suite.clone(),
            filter: self.filter.clone(),
            curves: self.curves.clone(),
            quick: self.quick,
        }
    }

    fn request(&self) -> Request {
        Request {
            target: Target {
                module: self.module.clone().unwrap_or_default(),
                label: self.token.clone(),
                serial: self.serial.clone(),
                slot: self.slot,
                initialization_string: self.initialization_string.clone(),
                quirk_profile: self.profile.clone(),
                allow_final_pin_try: self.allow_final_pin_try,
            },
            selection: self.selection(),
            level: self.level,
            allow_wrong_pin: self.allow_wrong_pin,
            pin_variable: self.pin_env.clone(),
            module_output: self.module_output,
            time_limit: self
                .time_limit
                .map(|seconds| Duration::from_secs(seconds.into())),
        }
    }

    /// The PIN from its source; `None` for an empty one from the prompt: there is no login then.
    fn pin(&self) -> Result<Option<Pin>> {
        if let Some(path) = &self.pin_file {
            return Pin::from_file(path).map(Some);
        }
        if let Some(name) = &self.pin_env {
            return Pin::from_environment(name).map(Some);
        }
        self.require_module_file()?;
        let prompted = rpassword::prompt_password("User PIN of the token (empty for none): ");
        let typed = prompted.map(zeroize::Zeroizing::new).map_err(|source| {
            refused("the PIN cannot be asked for: name its source by --pin-file or --pin-env")
                .with_source(source)
        })?;
        match typed.is_empty() {
            true => Ok(None),
            false => Pin::parse(&typed).map(Some),
        }
    }

    /// Refuses a path at which no module is, before anybody types a PIN for it; a bare name is looked up by the
    /// dynamic linker, in places of its own.
    fn require_module_file(&self) -> Result<()> {
        match &self.module {
            Some(path) if path.components().count() > 1 && !path.is_file() => {
                Err(refused(format!(
                    "there is no PKCS#11 module {}: install it, or correct --module",
                    path.display()
                )))
            }
            _ => Ok(()),
        }
    }
}

fn curve(name: &str) -> std::result::Result<Curve, String> {
    Curve::named(name).ok_or_else(|| {
        let names: Vec<_> = Curve::ALL.iter().map(|curve| curve.name()).collect();
        format!("the curves are {}", names.join(", "))
    })
}

fn refused(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}
