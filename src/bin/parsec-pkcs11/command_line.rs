//! The command line only grows: tests/stability/command-line.txt has what there is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::{Arg, Command, CommandFactory};

use super::Arguments;

const FILE: &str = "tests/stability/command-line.txt";

/// An option or an operand: its names, whether it has a value, what it takes, whether it must be there.
fn line(command: &str, argument: &Arg) -> String {
    let mut words = vec![command.to_owned()];
    match (argument.get_long(), argument.get_short()) {
        (None, None) => words.push(format!("OPERAND {}", argument.get_id())),
        (long, short) => {
            words.extend(long.map(|long| format!("--{long}")));
            words.extend(short.map(|short| format!("-{short}")));
        }
    }
    if argument.get_action().takes_values() {
        words.push("VALUE".to_owned());
    }
    let values = argument.get_possible_values();
    if argument.get_action().takes_values() && !values.is_empty() {
        let values: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        words.push(values.join("|"));
    }
    if argument.is_required_set() {
        words.push("REQUIRED".to_owned());
    }
    let defaults: Vec<_> = argument.get_default_values().iter().collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        words.push(format!("DEFAULT {defaults:?}"));
    }
    words.join(" ")
}

/// What users see of a command and those below it.
fn lines(command: &Command, path: &str, lines: &mut BTreeSet<String>) {
    lines.insert(path.to_owned());
    let shown = |argument: &&Arg| !argument.is_hide_set() && argument.get_id() != "help";
    lines.extend(
        command
            .get_arguments()
            .filter(shown)
            .map(|argument| line(path, argument)),
    );
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        self::lines(below, &format!("{path} {}", below.get_name()), lines);
    }
}

#[test]
fn the_command_line_is_the_one_that_is_kept() {
    let mut now = BTreeSet::new();
    let program = Arguments::command();
    lines(&program, program.get_name(), &mut now);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let kept: BTreeSet<String> = fs::read_to_string(file)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    // A build with fewer features has fewer commands.
    let here = |line: &&String| {
        (cfg!(feature = "service") || line.split(' ').nth(1) == Some("check"))
            && (cfg!(feature = "check") || line.split(' ').nth(1) != Some("check"))
    };
    let gone: Vec<&String> = kept.difference(&now).filter(here).collect();
    assert!(gone.is_empty(), "users have these: {gone:#?}");
    let added: Vec<&String> = now.difference(&kept).collect();
    assert!(added.is_empty(), "to be added to {FILE}: {added:#?}");
}
