//! Owns an installation of the service for one test: token, directory, configuration file.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use softhsm_test::{Environment, Token};
use tempfile::TempDir;

use crate::process::{Failure, Service};

/// The kinds of key info manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    OnDisk,
    Sqlite,
}

/// The packages in compat/ run these tests as well, for generations of Parsec that store on the disk only.
const MANAGERS: usize = if env!("CARGO_PKG_NAME").len() == "parsec-pkcs11-ecc".len() {
    2
} else {
    1
};

impl Manager {
    /// Those that the service has.
    pub(crate) const ALL: [Self; MANAGERS] = {
        let mut all = [Self::OnDisk; MANAGERS];
        if MANAGERS > 1 {
            all[MANAGERS - 1] = Self::Sqlite;
        }
        all
    };

    /// This one, or the one that there is.
    fn at_hand(self) -> Self {
        match Self::ALL.contains(&self) {
            true => self,
            false => Self::OnDisk,
        }
    }
}

/// The kinds of authenticator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authenticator {
    Direct,
    UnixPeerCredentials,
}

/// The service that is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// `parsec-pkcs11 serve`.
    Ours,
    /// Parsec's own service: examples/upstream.rs.
    Upstream,
}

/// What a service is started on; it stays when the service ends.
///
/// The token is one that this process sees as well, unless there is an environment.
pub(crate) struct Installation {
    directory: TempDir,
    environment: Option<Environment>,
    token: Option<Token>,
    manager: Manager,
    authenticator: Authenticator,
    /// Where the key info manager keeps its mappings: a directory or a file.
    pub(crate) mappings: PathBuf,
    /// Names of administrators.
    pub(crate) admins: Vec<String>,
    /// Lines of `[core_settings]`: values as TOML writes them.
    pub(crate) core_settings: BTreeMap<&'static str, String>,
    /// Lines of the Pkcs11 section.
    pub(crate) provider: BTreeMap<&'static str, String>,
    /// Variables of the service's environment.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Installation {
    /// A token of its own and an empty key info manager; the administrator is `admin`.
    pub(crate) fn new(manager: Manager, authenticator: Authenticator) -> Self {
        let token = Token::new().unwrap();
        let mut installation = Self::without_token(manager, authenticator);
        installation.provider.extend([
            ("serial_number", quoted(token.serial())),
            ("user_pin", quoted(token.user_pin())),
        ]);
        installation.token = Some(token);
        installation
    }

    /// An installation whose clients say their names.
    pub(crate) fn direct(manager: Manager) -> Self {
        Self::new(manager, Authenticator::Direct)
    }

    /// An installation on the tokens of `environment`; the configuration chooses none.
    pub(crate) fn within(environment: Environment) -> Self {
        let mut installation = Self::without_token(Manager::Sqlite, Authenticator::Direct);
        installation.environment = Some(environment);
        installation
    }

    /// An installation whose configuration chooses no token and has no PIN.
    pub(crate) fn without_token(manager: Manager, authenticator: Authenticator) -> Self {
        let mut builder = tempfile::Builder::new();
        let private = Permissions::from_mode(0o700);
        let directory = builder
            .prefix("parsec-")
            .permissions(private)
            .tempdir()
            .unwrap();
        let module = softhsm_test::module_path().unwrap();
        Self {
            mappings: directory.path().join("mappings"),
            directory,
            environment: None,
            token: None,
            manager: manager.at_hand(),
            authenticator,
            admins: vec!["admin".to_owned()],
            core_settings: BTreeMap::from([
                ("allow_root", "true".to_owned()),
                ("log_level", quoted("info")),
            ]),
            provider: BTreeMap::from([
                ("key_info_manager", quoted("manager")),
                ("library_path", quoted(module.to_str().unwrap())),
                ("provider_type", quoted("Pkcs11")),
            ]),
            variables: Vec::new(),
        }
    }

    pub(crate) fn authenticator(&self) -> Authenticator {
        self.authenticator
    }

    /// The token; of an installation within an environment there is none.
    pub(crate) fn token(&self) -> &Token {
        self.token.as_ref().unwrap()
    }

    /// A path in the private directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path("parsec.sock")
    }

    /// Every PIN that must not be seen anywhere.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.token
            .iter()
            .map(|token| token.user_pin().to_owned())
            .collect()
    }

    /// Starts the service of this crate and waits until it answers.
    pub(crate) fn start(&self) -> Service {
        self.start_program(Program::Ours)
    }

    /// Starts one of the services and waits until it answers.
    pub(crate) fn start_program(&self, program: Program) -> Service {
        self.write_config(&self.config());
        Service::start(self, program)
    }

    /// Starts the service, which must end by itself.
    pub(crate) fn fail(&self) -> Failure {
        self.fail_with(&self.config())
    }

    /// Starts the service on another configuration, and it must end by itself.
    pub(crate) fn fail_with(&self, config: &str) -> Failure {
        self.write_config(config);
        Failure::of(self)
    }

    /// The command that runs `program` on the configuration file.
    pub(crate) fn command(&self, program: Program) -> Command {
        let file = self.path("config.toml");
        let mut command = match program {
            Program::Ours => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_parsec-pkcs11"));
                command.args(["serve", "--config"]);
                command
            }
            Program::Upstream => Command::new(example("upstream")),
        };
        command.arg(file).stdin(Stdio::null());
        for variable in ["RUST_LOG", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID"] {
            command.env_remove(variable);
        }
        command.envs(self.variables.iter().cloned());
        if let Some(environment) = &self.environment {
            environment.apply(&mut command);
        }
        command
    }

    /// Replaces the configuration file.
    pub(crate) fn write_config(&self, text: &str) {
        fs::write(self.path("config.toml"), text).unwrap();
    }

    /// The text of the configuration file.
    pub(crate) fn config(&self) -> String {
        let admins: Vec<String> = self
            .admins
            .iter()
            .map(|name| format!("{{ name = {} }}", quoted(name)))
            .collect();
        let (manager, path) = match self.manager {
            Manager::OnDisk => ("OnDisk", "store_path"),
            Manager::Sqlite => ("SQLite", "sqlite_db_path"),
        };
        format!(
            "[core_settings]\n{}\n\
             [listener]\nlistener_type = \"DomainSocket\"\ntimeout = 20000\nsocket_path = {}\n\n\
             [authenticator]\nauth_type = \"{:?}\"\nadmins = [{}]\n\n\
             [[key_manager]]\nname = \"manager\"\nmanager_type = \"{manager}\"\n{path} = {}\n\n\
             [[provider]]\n{}",
            lines(&self.core_settings),
            quoted(self.socket().to_str().unwrap()),
            self.authenticator,
            admins.join(", "),
            quoted(self.mappings.to_str().unwrap()),
            lines(&self.provider),
        )
    }
}

/// A TOML string.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}

fn lines(table: &BTreeMap<&'static str, String>) -> String {
    let line = |(key, value): (&&str, &String)| format!("{key} = {value}\n");
    table.iter().map(line).collect()
}

/// An example of this crate, beside the directory of this test or benchmark.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().with_file_name("examples").join(name);
    assert!(
        path.exists(),
        "{} is missing: `cargo build --example {name}`, or run all tests",
        path.display()
    );
    path
}
