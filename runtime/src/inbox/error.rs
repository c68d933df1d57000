//! What can go wrong with a store.

use std::path::PathBuf;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the inbox could not do what it was asked to.
///
/// Nothing was changed then, except where a connection was lost during a commit: there it is not known.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use switchhook::Inbox;
///
/// let error = Inbox::sqlite("/no/such/folder/inbox.db").await.unwrap_err();
/// assert_eq!(error.to_string(), "the inbox `/no/such/folder/inbox.db` cannot be opened");
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InboxError {
    /// The file cannot be made or opened.
    #[error("the inbox `{}` cannot be opened", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BoxError,
    },
    /// The file was removed while it was in use. A new one is not made, since that would hide the loss.
    #[error(
        "the inbox `{}` is gone; put the file back, or start the process anew to begin with an empty one",
        path.display()
    )]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// The database cannot be reached, or its tables cannot be made.
    #[error("the inbox in the database `{database}` at `{server}` cannot be opened")]
    Connect {
        /// The database.
        database: String,
        /// The server's host and port, or its socket.
        server: String,
        /// Why.
        source: BoxError,
    },
    /// The address of the database is no address.
    #[error(
        "the address of the inbox's database cannot be read; write `postgres://user:password@host:5432/database`"
    )]
    Address(#[source] BoxError),
    /// The server cannot hold an inbox.
    #[error("the inbox's PostgreSQL {fault}: it cannot hold an inbox")]
    Server {
        /// What is the matter with it.
        fault: &'static str,
    },
    /// The name of the schema cannot be used.
    #[error(
        "`{name}` cannot be the inbox's schema; write at most 63 of a-z, 0-9 and `_`, with a letter or `_` first and not `pg_`"
    )]
    Schema {
        /// The name.
        name: String,
    },
    /// A later version of Switchhook has changed the tables.
    #[error(
        "the inbox has tables of version {found}, and this program knows them up to version {known}; run the newer program, or restore an older backup"
    )]
    Newer {
        /// The version of the tables.
        found: i64,
        /// The highest version that this program knows.
        known: i64,
    },
    /// The SQLite library in this program can lose committed data (<https://sqlite.org/wal.html>, "WAL-reset bug").
    #[error(
        "this program is linked with SQLite {version}, which can lose committed data; take 3.51.3 or later (the crate `libsqlite3-sys` 0.37)"
    )]
    AffectedSqlite {
        /// The version of the library.
        version: String,
    },
    /// The store could not do it, for instance because the disk is full or the file is locked.
    #[error("the inbox's store failed")]
    Store(#[source] BoxError),
}

#[cfg(feature = "_sql")]
impl From<sqlx::Error> for InboxError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
