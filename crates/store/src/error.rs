//! What can go wrong in memory, in words a person can act on.

use std::{error::Error, fmt};

use model::{Fault, FaultKind};

/// A failure of the store: what was being done, what is wrong, and the cause.
#[derive(Debug, thiserror::Error)]
#[error("{doing} failed: {trouble}")]
pub struct StoreError {
    doing: &'static str,
    trouble: Trouble,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another program holds the database.
    Locked,
    /// There was no turn for us within a minute.
    Busy,
    /// There is no room left.
    Full,
    /// The file or folder cannot be opened, read or written.
    Unreadable,
    /// The file is not a database, or a broken one.
    Corrupt,
    /// A version of this program that we do not know made the database.
    OtherVersion,
    /// The database server does not answer.
    Unreachable,
    /// The database server does not let us in, or not far enough.
    Denied,
    /// What the address says is no database we know.
    BadAddress,
    /// There is none of that name.
    Missing {
        /// What it would be: `import`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// There is one of that name already.
    Taken {
        /// What it is.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Something else still needs it.
    InUse {
        /// The connection.
        name: String,
        /// The import that needs it.
        import: String,
    },
    /// A source's events still go there.
    Feeds {
        /// The connection.
        name: String,
        /// The source.
        source: String,
    },
    /// Somebody else works on the import by now.
    TakenOver {
        /// The import.
        import: String,
    },
    /// The secret was sealed with another key.
    WrongKey {
        /// The connection it belongs to.
        name: String,
    },
    /// The key is not one.
    BadKey,
    /// What was kept cannot be read back.
    Garbled,
    /// Something no user can mend.
    Unexpected,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("the database is locked by another program"),
            Self::Busy => f.write_str("the database had no turn for us within a minute"),
            Self::Full => f.write_str("the disk is full"),
            Self::Unreadable => f.write_str("the file cannot be opened or written"),
            Self::Corrupt => f.write_str("the file is damaged, or not a database"),
            Self::OtherVersion => f.write_str("another version of Interline made the database"),
            Self::Unreachable => f.write_str("the database server does not answer"),
            Self::Denied => f.write_str("the database server does not let us do this"),
            Self::BadAddress => f.write_str("the address names no database that Interline knows"),
            Self::Missing { what, name } => write!(f, "there is no {what} `{name}`"),
            Self::Taken { what, name } => {
                let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) {
                    "an"
                } else {
                    "a"
                };
                write!(f, "there is {article} {what} `{name}` already")
            }
            Self::InUse { name, import } => {
                write!(f, "connection `{name}` is needed by import `{import}`")
            }
            Self::Feeds { name, source } => {
                write!(
                    f,
                    "connection `{name}` is where the events of source `{source}` go"
                )
            }
            Self::TakenOver { import } => {
                write!(f, "another process has taken import `{import}` over")
            }
            Self::WrongKey { name } => {
                write!(f, "the secret of connection `{name}` was sealed with another key")
            }
            Self::BadKey => f.write_str("the key is not 32 bytes written as 64 hexadecimal digits"),
            Self::Garbled => f.write_str("what was kept cannot be read back"),
            Self::Unexpected => f.write_str("the database did something unexpected"),
        }
    }
}

impl StoreError {
    /// What is wrong.
    pub fn trouble(&self) -> &Trouble {
        &self.trouble
    }

    /// What a person can try, if we know.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match &self.trouble {
            Trouble::Locked => "wait for the other program, or stop it, and try again; nothing is lost",
            Trouble::Busy => "try again when less is going on, and check that the database answers",
            Trouble::Full => "make room and start again; what was done is kept",
            Trouble::Unreadable => "check that the folder exists and that this user may write to it",
            Trouble::Corrupt => "restore the file from a backup, or name another one",
            Trouble::OtherVersion => "use the newest version of Interline, or another database",
            Trouble::Unreachable => "check that the server runs and that the address is right",
            Trouble::Denied => "check the user, the password and the name of the database",
            Trouble::BadAddress => "write a path, `sqlite:<path>` or `postgres://user@host/database`",
            Trouble::Missing { .. } => "list what there is and check the spelling",
            Trouble::Taken { .. } => "choose another name, or remove the old one first",
            Trouble::InUse { .. } => "remove the import first: `interline import remove`",
            Trouble::Feeds { .. } => "remove the source first: `interline source remove`",
            Trouble::TakenOver { .. } => {
                "this process was away for too long; the other one goes on, and nothing is lost"
            }
            Trouble::WrongKey { .. } => {
                "bring the old key back, or give the token again: `interline connection change`"
            }
            Trouble::BadKey => "bring the old key back; without it, every secret must be given again",
            Trouble::Garbled | Trouble::Unexpected => return None,
        })
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let kind = match error.trouble {
            Trouble::Garbled | Trouble::Unexpected => FaultKind::Unexpected,
            _ => FaultKind::Settings,
        };
        let fault = Self::new(kind, error.doing).said(error.trouble.to_string());
        let fault = match error.hint() {
            Some(hint) => fault.hint(hint),
            None => fault,
        };
        match error.source {
            Some(source) => fault.because(source),
            None => fault,
        }
    }
}

/// What is wrong, before it is known what was being done.
#[derive(Debug)]
pub(crate) struct Cause {
    trouble: Trouble,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Adds what was being done, once, where the operation has its name.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError>;
    fn fault(self, doing: &'static str) -> Result<T, Fault>;
}

impl<T, C: Into<Cause>> Doing<T> for Result<T, C> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError> {
        self.map_err(|cause| {
            let Cause { trouble, source } = cause.into();
            StoreError {
                doing,
                trouble,
                source,
            }
        })
    }

    fn fault(self, doing: &'static str) -> Result<T, Fault> {
        self.doing(doing).map_err(Fault::from)
    }
}

impl Cause {
    pub fn new(trouble: Trouble, source: impl Error + Send + Sync + 'static) -> Self {
        Self::within(trouble, Box::new(source))
    }

    fn within(trouble: Trouble, source: Box<dyn Error + Send + Sync>) -> Self {
        Self {
            trouble,
            source: Some(source),
        }
    }
}

impl From<Trouble> for Cause {
    fn from(trouble: Trouble) -> Self {
        Self {
            trouble,
            source: None,
        }
    }
}

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        let trouble = trouble_of(&error);
        // These two only repeat the words of the error within.
        match error {
            sqlx::Error::Database(inner) => Self::within(trouble, inner.into_error()),
            sqlx::Error::Io(inner) => Self::new(trouble, inner),
            other => Self::new(trouble, other),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Cause {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as E;
        let trouble = match &error {
            E::VersionMissing(_) | E::VersionMismatch(_) => Trouble::OtherVersion,
            E::Execute(inner) | E::ExecuteMigration(inner, _) => trouble_of(inner),
            _ => Trouble::Unexpected,
        };
        Self::new(trouble, error)
    }
}

impl From<serde_json::Error> for Cause {
    fn from(error: serde_json::Error) -> Self {
        Self::new(Trouble::Garbled, error)
    }
}

fn trouble_of(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                lite_trouble(code.parse().unwrap_or(0))
            } else {
                postgres_trouble(&code)
            }
        }
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Trouble::Unreachable,
        sqlx::Error::PoolTimedOut => Trouble::Busy,
        sqlx::Error::Configuration(_) => Trouble::BadAddress,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Trouble::Garbled,
        _ => Trouble::Unexpected,
    }
}

/// SQLite's result codes; the lower byte is the kind.
fn lite_trouble(code: i32) -> Trouble {
    match code & 0xff {
        5 | 6 => Trouble::Locked,
        13 => Trouble::Full,
        3 | 8 | 10 | 14 | 23 => Trouble::Unreadable,
        11 | 26 => Trouble::Corrupt,
        _ => Trouble::Unexpected,
    }
}

/// PostgreSQL's five letters; the first two are the class.
fn postgres_trouble(code: &str) -> Trouble {
    match code {
        "53100" => Trouble::Full,
        "55P03" | "40P01" => Trouble::Locked,
        "3D000" | "42501" => Trouble::Denied,
        "XX001" | "XX002" => Trouble::Corrupt,
        _ if code.starts_with("28") => Trouble::Denied,
        _ if code.starts_with("57P") || code.starts_with("53") || code.starts_with("08") => {
            Trouble::Unreachable
        }
        _ => Trouble::Unexpected,
    }
}
