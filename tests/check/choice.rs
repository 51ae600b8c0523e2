//! Which cases run.

use std::process::Command;

use crate::fault::Faulty;
use crate::run::check;

/// The cases that `--list` shows, with their levels.
fn listed(arguments: &[&str]) -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO_BIN_EXE_parsec-pkcs11"))
        .args(["check", "--list"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.lines().map(|line| {
        let mut words = line.split_whitespace();
        (words.next().unwrap(), words.next().unwrap())
    });
    words
        .map(|(id, level)| (id.to_owned(), level.to_owned()))
        .collect()
}

/// The cases that run.
fn ran(arguments: &[&str]) -> Vec<String> {
    let report = check(&Faulty::new(|_| {}).access, arguments)
        .report
        .unwrap();
    assert_eq!(report.run.quick, arguments.contains(&"--quick"));
    report.cases.into_iter().map(|case| case.id).collect()
}

fn ids(arguments: &[&str]) -> Vec<String> {
    listed(arguments).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn the_list_shows_each_case_once_with_its_level() {
    let all = listed(&[]);
    for (id, level) in &all {
        assert_eq!(all.iter().filter(|(other, _)| other == id).count(), 1);
        assert!(["parsec-minimum", "parsec-full", "-"].contains(&level.as_str()));
    }
    let minimum = "parsec-minimum".to_owned();
    assert!(all.contains(&("ecdsa.secp256r1.sha256.sign".to_owned(), minimum)));
}

#[test]
fn what_is_listed_runs() {
    for arguments in [
        ["--quick"].as_slice(),
        &["--suite", "module"],
        &["--filter", "secp256r1.sha256.sign"],
        &[
            "--suite",
            "module,ecdsa",
            "--curves",
            "secp256r1",
            "--quick",
        ],
    ] {
        let cases = ids(arguments);
        assert!(!cases.is_empty());
        assert_eq!(ran(arguments), cases, "{arguments:?}");
    }
}

#[test]
fn each_choice_leaves_out_what_it_says() {
    let all = ids(&[]);
    let quick = ids(&["--quick"]);
    assert!(quick.len() < all.len() && quick.iter().all(|id| all.contains(id)));
    let ecdsa = ids(&["--suite", "ecdsa"]);
    assert!(ecdsa.iter().all(|id| id.starts_with("ecdsa.")));
    let filtered = ids(&["--filter", "sha256"]);
    assert!(filtered.iter().all(|id| id.contains("sha256")));
    let curves = ids(&["--curves", "secp384r1,secp521r1"]);
    assert!(curves.contains(&"ecdsa.secp521r1.sha256.sign".to_owned()));
    assert!(curves.contains(&"module.initialize-twice".to_owned()));
    assert!(!curves.iter().any(|id| id.contains(".secp256r1.")));
}

#[test]
fn a_part_is_called_a_part() {
    let token = Faulty::new(|_| {});
    let checked = check(&token.access, &["--suite", "module,ecdsa", "--quick"]);
    assert!(checked.report.unwrap().run.partial);
    let text = String::from_utf8(checked.output.stdout).unwrap();
    assert!(text.contains("as far as the chosen cases tell"), "{text}");
}
