//! What the environment and the flags decide: where the state is, and which key seals secrets.
//!
//! Every environment variable of the program is declared here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use store::VaultKey;

use crate::failure::Failure;

/// Names the folder that holds the state.
pub const DATA: &str = "INTERLINE_DATA";

/// Names the database: a path, `sqlite:<path>` or `postgres://…`.
pub const DATABASE: &str = "INTERLINE_DATABASE";

/// The key that seals secrets, as 64 hexadecimal digits, in place of the key file in the data folder.
pub const KEY: &str = "INTERLINE_KEY";

/// The editor in which texts are changed; the first of the two that is set counts.
const EDITORS: [&str; 2] = ["VISUAL", "EDITOR"];

/// The editor in which texts are changed.
pub fn editor() -> std::ffi::OsString {
    let mut editors = EDITORS.iter().filter_map(std::env::var_os);
    editors.next().unwrap_or_else(|| "vi".into())
}

/// What is logged, as a list of filters: `info`, `engine=debug`.
pub const LOG: &str = "INTERLINE_LOG";

/// For tests: services whose absence makes a test fail instead of being skipped.
#[cfg(test)]
const _REQUIRE: &str = "INTERLINE_REQUIRE";

/// For tests: a PostgreSQL URL whose role may create databases.
#[cfg(test)]
const _TEST_POSTGRES: &str = "INTERLINE_TEST_POSTGRES";

/// For tests: a folder with the vendors' OpenAPI files.
#[cfg(test)]
const _SPECS: &str = "INTERLINE_SPECS";

/// Where the state of imports is.
#[derive(Args, Clone, Debug)]
pub struct StateArgs {
    /// The folder that holds the state
    #[arg(long, global = true, value_name = "FOLDER", env = DATA, default_value = "./interline-data")]
    pub data: PathBuf,

    /// The database, if it is not the file in that folder: a path, sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL", env = DATABASE, hide_env_values = true)]
    pub database: Option<String>,
}

impl StateArgs {
    /// State in this folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            data: folder.to_owned(),
            database: None,
        }
    }

    /// The database's address; makes the folder for it.
    pub fn database_url(&self) -> Result<String, Failure> {
        match &self.database {
            Some(url) => Ok(url.clone()),
            None => {
                self.make_folder()?;
                let path = self.data.join("interline.db");
                match path.to_str() {
                    Some(path) => Ok(format!("sqlite:{path}")),
                    None => Err(Failure::usage("The data folder's name is not readable text")),
                }
            }
        }
    }

    /// The key that seals secrets: from the environment, else from the key file, which is made if there is none.
    pub fn vault_key(&self) -> Result<VaultKey, Failure> {
        if let Ok(text) = std::env::var(KEY) {
            return VaultKey::from_text(&text).map_err(|error| Failure::from(error).into_usage());
        }
        self.make_folder()?;
        Ok(VaultKey::load_or_create(self.data.join("vault.key"))?)
    }

    fn make_folder(&self) -> Result<(), Failure> {
        fs::create_dir_all(&self.data).map_err(|error| {
            Failure::broke(format!("The data folder {} cannot be made", self.data.display()))
                .because(error)
                .hint(format!("name another folder with --data or {}", DATA))
        })
    }
}
