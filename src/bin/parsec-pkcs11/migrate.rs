//! Owns `parsec-pkcs11 migrate`: its arguments, its output and exit codes.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgGroup, Args};
use indicatif::{ProgressBar, ProgressStyle};
use parsec_pkcs11_ecc::migrate::{
    self, Authenticator, Observer, Outcome, Problem, Report, Request, Step,
};
use serde::Serialize;

use crate::lines::complain;

/// Mappings moved, but some name keys that are not on the token.
const KEYS_MISSING: u8 = 3;

/// Mappings moved, and something failed then.
const FAILED_AFTERWARDS: u8 = 4;

/// How many problems are printed.
const SHOWN: usize = 20;

/// Move key mappings from the on-disk key info manager to the SQLite one, or back, while the service is stopped.
///
/// All or nothing: what is in the way is listed, and nothing is written. Where the mappings come from stays as it
/// is.
///
/// Exit codes: 0 all mappings are where they belong, 1 nothing moved, 2 wrong arguments, 3 as 0, but some name
/// keys that are not on the token, 4 all mappings moved, but what came then failed.
#[derive(Args)]
#[command(group = ArgGroup::new("service").args(["config", "auth"]).required(true))]
pub(super) struct Arguments {
    /// The service's config.toml: it says the managers, the authenticator, the names and the token.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the mappings are: a directory; with --reverse, a database.
    #[arg(long, value_name = "PATH")]
    from: Option<PathBuf>,
    /// Where they go: a database; with --reverse, a directory.
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    /// The service's authenticator: direct, unix-peer-credentials or jwt-svid.
    #[arg(long, value_name = "NAME", requires = "from", requires = "to")]
    auth: Option<Authenticator>,
    /// The service's socket, on which nothing may answer.
    #[arg(long, value_name = "FILE")]
    socket: Option<PathBuf>,
    /// Move from SQLite to the disk.
    #[arg(long)]
    reverse: bool,
    /// Say what would be done, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Move only the mappings of the provider with this name.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Leave out files that are damaged or no mappings.
    #[arg(long)]
    skip_damaged: bool,
    /// Add mappings to a database that has others of the same provider.
    #[arg(long, conflicts_with = "reverse")]
    merge: bool,
    /// Do not look for the keys on the token.
    #[arg(long)]
    without_token: bool,
    /// Write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Print nothing but errors.
    #[arg(long)]
    quiet: bool,
}

pub(super) fn migrate(arguments: &Arguments) -> ExitCode {
    match run(arguments) {
        Ok(code) => code,
        Err(message) => {
            complain(format_args!("parsec-pkcs11: {message}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    // Made before anything moves, so that a place where it cannot be is found out in time.
    let mut json = match &arguments.json {
        Some(path) => Some(JsonFile::create(path)?),
        None => None,
    };
    let mut progress = Progress::new(arguments.quiet);
    let result = migrate::run(&arguments.request(), &mut progress);
    drop(progress);
    let report = match result {
        Ok(report) => report,
        Err(error) => {
            if let Some(json) = &mut json {
                json.write(&serde_json::json!({
                    "report_version": Report::VERSION,
                    "outcome": "failed",
                    "error": error.to_string(),
                }))?;
            }
            return Err(error.to_string());
        }
    };
    let unwritten = json.map(|mut json| json.write(&report)).transpose().err();
    // What was done does not depend on who reads it.
    let _ = print(&report, arguments.quiet);
    let failed = report.afterwards.clone().or(unwritten);
    Ok(match (report.outcome, failed) {
        (Outcome::Moved, Some(failure)) => {
            complain(format_args!(
                "parsec-pkcs11: everything moved, but: {failure}"
            ));
            ExitCode::from(FAILED_AFTERWARDS)
        }
        (_, Some(failure)) => return Err(failure),
        (Outcome::Refused, None) => ExitCode::FAILURE,
        _ if report.misses_keys() => ExitCode::from(KEYS_MISSING),
        _ => ExitCode::SUCCESS,
    })
}

fn print(report: &Report, quiet: bool) -> io::Result<()> {
    print_problems(&mut io::stderr(), report)?;
    if !quiet {
        writeln!(io::stdout(), "{}", summary(report))?;
    }
    Ok(())
}

impl Arguments {
    fn request(&self) -> Request {
        Request {
            config: self.config.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            authenticator: self.auth,
            socket: self.socket.clone(),
            reverse: self.reverse,
            dry_run: self.dry_run,
            provider: self.provider.clone(),
            skip_damaged: self.skip_damaged,
            merge: self.merge,
            without_token: self.without_token,
        }
    }
}

fn print_problems(output: &mut impl Write, report: &Report) -> io::Result<()> {
    // What is in the way comes first.
    let skipped = report.problems.iter().filter(|problem| problem.skipped);
    for problem in report.obstacles().chain(skipped).take(SHOWN) {
        let what = match problem.skipped {
            true => "left out",
            false => "in the way",
        };
        writeln!(output, "{what}: {}", sentence(problem))?;
    }
    if report.problems.len() > SHOWN {
        let more = report.problems.len() - SHOWN;
        writeln!(output, "and {more} more: --json FILE has all of them")?;
    }
    for key in report
        .token
        .iter()
        .flat_map(|token| &token.missing)
        .take(SHOWN)
    {
        writeln!(
            output,
            "not on the token: the key \"{}\" of the application \"{}\", with CKA_ID {}",
            key.key.escape_debug(),
            key.application.escape_debug(),
            key.id
        )?;
    }
    Ok(())
}

fn sentence(problem: &Problem) -> String {
    let text = |part: &Option<String>| {
        part.as_deref()
            .unwrap_or_default()
            .escape_debug()
            .to_string()
    };
    let subject = match &problem.path {
        Some(path) => path.escape_debug().to_string(),
        None => format!(
            "the key \"{}\" of the application \"{}\" in {}",
            text(&problem.key),
            text(&problem.application),
            text(&problem.provider)
        ),
    };
    format!("{subject}: {}", problem.reason)
}

fn summary(report: &Report) -> String {
    let mut text = match report.outcome {
        Outcome::Moved => format!("{} moved to {}", mappings(report.moved), report.target),
        Outcome::WouldMove => {
            format!("{} would move to {}", mappings(report.moved), report.target)
        }
        Outcome::NothingToDo if report.already_there == 0 => format!(
            "nothing to do: {} holds no mappings to move; see that it is the right place, and mounted",
            report.source
        ),
        Outcome::NothingToDo => format!("nothing to do: all mappings are in {}", report.target),
        _ => format!(
            "nothing was moved; problems in the way: {}",
            report.obstacles().count()
        ),
    };
    if report.already_there > 0 && report.outcome != Outcome::NothingToDo {
        text.push_str(&format!(", {} were there already", report.already_there));
    }
    if let Some(token) = &report.token {
        text.push_str(&format!(
            "\nKeys on the token {}: {}; not on it: {}; not looked for: {}",
            token.serial,
            token.found,
            token.missing.len(),
            token.not_looked_for
        ));
    }
    if report.outcome == Outcome::Moved {
        text.push_str(
            "\nNow name the other key manager in the provider's section (key_info_manager), and start the service.",
        );
    }
    text
}

fn mappings(count: usize) -> String {
    match count {
        1 => "1 mapping".to_owned(),
        _ => format!("{count} mappings"),
    }
}

/// The report for other programs.
struct JsonFile {
    file: File,
    path: PathBuf,
}

impl JsonFile {
    fn create(path: &Path) -> Result<Self, String> {
        let file = File::create(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    fn write(&mut self, report: &impl Serialize) -> Result<(), String> {
        serde_json::to_writer_pretty(&self.file, report)
            .map_err(|error| unwritable(&self.path, &error))?;
        self.file
            .write_all(b"\n")
            .map_err(|error| unwritable(&self.path, &error))
    }
}

fn unwritable(path: &Path, error: &dyn std::error::Error) -> String {
    format!(
        "the report cannot be written to {}: {error}",
        path.display()
    )
}

/// A bar on the standard error, if that is a terminal.
struct Progress {
    bar: ProgressBar,
    quiet: bool,
}

impl Progress {
    fn new(quiet: bool) -> Self {
        Self {
            bar: ProgressBar::hidden(),
            quiet,
        }
    }
}

impl Observer for Progress {
    fn begin(&mut self, step: Step, mappings: usize) {
        self.bar.finish_and_clear();
        if self.quiet {
            return;
        }
        self.bar = ProgressBar::new(mappings.try_into().unwrap_or(u64::MAX));
        if let Ok(style) =
            ProgressStyle::with_template("{msg:16} {bar:24} {pos}/{len} mappings, {eta} left")
        {
            self.bar.set_style(style);
        }
        self.bar.set_message(match step {
            Step::Read => "reading",
            Step::LookForKeys => "looking for keys",
            Step::Write => "writing",
            _ => "verifying",
        });
    }

    fn advance(&mut self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
