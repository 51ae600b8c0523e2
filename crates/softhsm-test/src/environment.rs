//! Owns an environment: a SoftHSM2 configuration file and the token directory that it names.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::directory::Directory;
use crate::error::{Error, Result};
use crate::token::{NewToken, Token, random};

/// The variable that tells SoftHSM2 its configuration file.
pub(crate) const VARIABLE: &str = "SOFTHSM2_CONF";

const CONFIGURATION: &str = "softhsm2.conf";
const TOKENS: &str = "tokens";

/// A SoftHSM2 configuration of its own, with any number of tokens: for child processes.
///
/// It lives in a new directory of mode 0700 under the directory for temporary files and is removed
/// on drop. The process that runs the test does not see these tokens: for that there is
/// [`Token::new`].
#[derive(Debug)]
pub struct Environment {
    directory: Directory,
}

impl Environment {
    /// Makes the directory and the configuration file.
    ///
    /// # Errors
    /// [`Error::Io`] if they cannot be made, [`Error::Random`] if there is no name for them.
    pub fn new() -> Result<Self> {
        Self::at(Directory::unused_path()?)
    }

    pub(crate) fn at(path: PathBuf) -> Result<Self> {
        let environment = Self {
            directory: Directory::create(path)?,
        };
        let tokens = environment.token_dir();
        DirBuilder::new()
            .mode(0o700)
            .create(&tokens)
            .map_err(Error::io(&tokens))?;
        let file = environment.config_path();
        fs::write(&file, configuration(&tokens)).map_err(Error::io(&file))?;
        Ok(environment)
    }

    /// An environment within this one, for what is to be moved in when it is whole.
    pub(crate) fn apart(&self) -> Result<Self> {
        Self::at(self.path().join(format!("new-{}", random()?)))
    }

    /// Moves the tokens of an environment within this one to those of this one.
    pub(crate) fn adopt(&self, apart: &Self) -> Result<()> {
        let from = apart.token_dir();
        for entry in fs::read_dir(&from).map_err(Error::io(&from))? {
            let entry = entry.map_err(Error::io(&from))?;
            let to = self.token_dir().join(entry.file_name());
            fs::rename(entry.path(), &to).map_err(Error::io(&to))?;
        }
        Ok(())
    }

    /// The directory, for what else a test wants to be private and removed with it.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The configuration file, the value of `SOFTHSM2_CONF`.
    pub fn config_path(&self) -> PathBuf {
        config_path(self.path())
    }

    /// The directory in which SoftHSM2 keeps the tokens.
    pub fn token_dir(&self) -> PathBuf {
        self.path().join(TOKENS)
    }

    /// Lets `command` run with this environment; the process that calls it keeps its own.
    pub fn apply<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env(VARIABLE, self.config_path())
    }

    /// Makes a token with a random label.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without SoftHSM2; [`Error::Util`] if `softhsm2-util` fails.
    pub fn token(&self) -> Result<Token> {
        NewToken::random()?.make_in_child(self)
    }

    /// Makes a token with that label: 1 to 32 bytes, not necessarily unique.
    ///
    /// # Errors
    /// [`Error::Label`] for a label that does not fit; else as [`Environment::token`].
    pub fn token_with_label(&self, label: &str) -> Result<Token> {
        NewToken::with_label(label)?.make_in_child(self)
    }
}

pub(crate) fn config_path(directory: &Path) -> PathBuf {
    directory.join(CONFIGURATION)
}

/// The text of a `softhsm2.conf` for tokens in that directory: kept in files, only errors logged,
/// slots that are not removable. The keys are those of softhsm2.conf(5).
pub fn configuration(token_dir: &Path) -> String {
    format!(
        "directories.tokendir = {}\n\
         objectstore.backend = file\n\
         log.level = ERROR\n\
         slots.removable = false\n",
        token_dir.display()
    )
}
