//! Where the inbox and the ledger are: in one database, so that `Tx` spans both.

use std::env;

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use switchhook::{HandlerList, Inbox, handlers, inbox::OpenInbox};

use crate::{
    bank::Bank,
    book::{self, AuditFile, TABLES},
};

/// The database.
pub(crate) enum Store {
    /// A file.
    Sqlite(String),
    /// An address.
    Postgres(String),
}

impl Store {
    /// The one that `INBOX` names, or else the file that `LEDGER` names.
    pub(crate) fn from_env() -> Result<Self, String> {
        match env::var("INBOX") {
            Ok(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres(url))
            }
            Ok(inbox) => match inbox.strip_prefix("sqlite:") {
                Some(file) if !file.is_empty() => Ok(Self::Sqlite(file.to_owned())),
                _ => Err("INBOX is neither `postgres://…` nor `sqlite:<file>`".to_owned()),
            },
            Err(_) => Ok(Self::Sqlite(env::var("LEDGER").unwrap_or_else(|_| "ledger.db".to_owned()))),
        }
    }

    /// The inbox in it.
    pub(crate) fn inbox(&self) -> OpenInbox {
        match self {
            Self::Sqlite(file) => Inbox::sqlite(file),
            Self::Postgres(url) => Inbox::postgres(url),
        }
    }

    /// Makes the ledger's own tables in it.
    pub(crate) async fn make_tables(&self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(file) => {
                let options = SqliteConnectOptions::new().filename(file);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                sqlx::raw_sql(TABLES).execute(&mut connection).await?;
                connection.close().await
            }
            Self::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                // One process after the other: `IF NOT EXISTS` does not see what is not committed yet.
                let in_turn = format!("SELECT pg_advisory_xact_lock(4203);{TABLES}");
                sqlx::raw_sql(AssertSqlSafe(in_turn)).execute(&mut connection).await?;
                connection.close().await
            }
        }
    }

    /// The handlers that book in it.
    pub(crate) fn booking(&self) -> HandlerList<Bank, AuditFile> {
        match self {
            Self::Sqlite(_) => handlers![book::sqlite::received, book::sqlite::refunded],
            Self::Postgres(_) => handlers![book::postgres::received, book::postgres::refunded],
        }
    }
}
