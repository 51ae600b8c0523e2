//! What a person reads.

use std::fs;
use std::process::{Command, Stdio};

use misbehaving_module::control::SignatureForm;

use crate::fault::Faulty;
use crate::run::{check, command};

const SIGN: &str = "ecdsa.secp256r1.sha256.sign";

fn broken() -> Faulty {
    Faulty::new(|control| control.encoding.signature = SignatureForm::FlipBit)
}

#[test]
fn a_failure_is_told_as_it_comes_and_at_the_end() {
    let checked = check(&broken().access, &["--filter", SIGN]);
    assert_eq!(checked.code(), 1);
    let progress = String::from_utf8(checked.output.stderr.clone()).unwrap();
    assert!(progress.contains(&format!("fail  {SIGN}: ")), "{progress}");
    let finding = &checked.case(SIGN).findings[0];
    let summary = String::from_utf8(checked.output.stdout.clone()).unwrap();
    for part in [
        format!("fail  {SIGN} (required)\n"),
        format!("expected  {}\n", finding.expected),
        format!("actual    {}\n", finding.actual),
        "call      C_Sign\n".to_owned(),
        format!("remedy    {}\n", finding.remedy),
        "parsec-minimum: NOT passed, 1 required case is broken\n".to_owned(),
    ] {
        assert!(summary.contains(&part), "{part}: {summary}");
    }
    assert!(summary.ends_with(&format!("  {SIGN}\n")), "{summary}");
}

#[test]
fn without_a_terminal_there_are_no_colours() {
    let checked = check(&broken().access, &["--filter", SIGN]);
    assert!(!checked.output.stdout.contains(&0x1b));
    assert!(!checked.output.stderr.contains(&0x1b));
}

/// The output on a terminal that `script` makes.
fn on_a_terminal(token: &Faulty, no_color: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let command = command(&token.access, &directory);
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words = words.map(|word| format!("'{}'", word.to_str().unwrap()));
    let line = words.collect::<Vec<_>>().join(" ");
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{line} --filter {SIGN}"))
        .arg("/dev/null")
        .env("NO_COLOR", no_color)
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn colours_on_a_terminal_unless_they_are_not_wanted() {
    let token = broken();
    let red = "\x1b[31mfail\x1b[0m";
    assert!(on_a_terminal(&token, "").contains(red));
    let plain = on_a_terminal(&token, "1");
    assert!(!plain.contains(red));
    assert!(plain.contains(&format!("fail  {SIGN}")), "{plain:?}");
}

#[test]
fn quiet_is_silent() {
    let checked = check(&broken().access, &["--filter", SIGN, "--quiet"]);
    assert_eq!(checked.code(), 1);
    assert!(checked.output.stdout.is_empty());
    assert!(checked.output.stderr.is_empty());
    assert!(checked.report.is_some());
}

#[test]
fn who_closes_the_pipe_gets_the_report_all_the_same() {
    let token = broken();
    let directory = tempfile::tempdir().unwrap();
    let mut child = command(&token.access, &directory)
        .args(["--filter", SIGN])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(directory.path().join("report.json").exists());
}

#[test]
fn markdown_has_the_verdict_the_tables_and_the_remedies() {
    let token = broken();
    let file = token.file("report.md");
    let arguments = ["--suite", "ecdsa", "--markdown", file.to_str().unwrap()];
    check(&token.access, &arguments);
    let text = fs::read_to_string(file).unwrap();
    assert!(
        text.starts_with("# ❌ parsec-minimum: NOT passed"),
        "{text}"
    );
    for part in [
        "## Token",
        "## Suites",
        "## Curves and operations",
        "## Failures",
        "**remedy**",
        "## Skipped",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
