//! What the ledger's database holds, SQLite or PostgreSQL.

use std::{collections::BTreeMap, path::Path};

use sqlx::{
    AssertSqlSafe, ColumnIndex, Connection, Database, Decode, Executor, IntoArguments, PgConnection,
    Postgres, Row, Sqlite, SqliteConnection, Type, sqlite::SqliteConnectOptions,
};

use crate::until;

/// Ends half of the connections of others, at least, in PostgreSQL; gives their number.
pub(crate) const END_HALF_OF_THE_CONNECTIONS: &str = "WITH others AS (SELECT pid FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()), \
     half AS MATERIALIZED (SELECT pid FROM others ORDER BY random() LIMIT (SELECT (count(*) + 1) / 2 FROM others)) \
     SELECT count(*) FROM half WHERE pg_terminate_backend(pid)";

/// A connection to the ledger's database.
pub(crate) enum Books {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Books {
    pub(crate) async fn sqlite(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file);
        Self::Sqlite(SqliteConnection::connect_with(&options).await.unwrap())
    }

    pub(crate) async fn postgres(url: &str) -> Self {
        Self::Postgres(PgConnection::connect(url).await.unwrap())
    }

    /// The one number that a query gives; `inbox.` stands before the inbox's tables.
    pub(crate) async fn number(&mut self, query: &str) -> i64 {
        match self {
            Self::Sqlite(books) => all::<Sqlite, _>(books, &query.replace("inbox.", "switchhook_")).await[0],
            Self::Postgres(books) => {
                all::<Postgres, _>(books, &query.replace("inbox.", "switchhook.")).await[0]
            }
        }
    }

    /// How often each payment is booked.
    pub(crate) async fn booked(&mut self) -> BTreeMap<String, usize> {
        let query = "SELECT payment FROM booking";
        let payments: Vec<String> = match self {
            Self::Sqlite(books) => all::<Sqlite, _>(books, query).await,
            Self::Postgres(books) => all::<Postgres, _>(books, query).await,
        };
        let mut booked = BTreeMap::new();
        for payment in payments {
            *booked.entry(payment).or_default() += 1;
        }
        booked
    }

    /// What all accounts hold together.
    pub(crate) async fn balance(&mut self) -> i64 {
        self.number("SELECT CAST(coalesce(sum(cents), 0) AS BIGINT) FROM account").await
    }

    /// Waits until nothing is left to do.
    pub(crate) async fn worked_off(&mut self) {
        let left = "SELECT count(*) FROM inbox.work WHERE state < 3";
        until("all is worked off", async || self.number(left).await == 0).await;
    }
}

/// The first column of what a query gives.
async fn all<DB, T>(books: &mut DB::Connection, query: &str) -> Vec<T>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    usize: ColumnIndex<DB::Row>,
    T: for<'r> Decode<'r, DB> + Type<DB>,
{
    let query = AssertSqlSafe(query.to_owned());
    let rows = sqlx::query::<DB>(query).fetch_all(books).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
