//! The database: how it is reached, how its tables are made, and the connections for the inbox's own transactions.

use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, SqlSafeStr, SqlStr, Transaction,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use super::{line::Line, settings::BEGIN_DURABLE};
use crate::inbox::InboxError;

/// The connections that the inbox takes for itself: one for each line, one that listens, and two for what is asked now and
/// then.
const OWN: u32 = 6;
/// Those for handlers' transactions, where the application gives no pool.
const HANDLERS: u32 = 16;
/// How long a connection is waited for. While the server is away, whoever sends is told soon.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the first one is waited for, and those for handlers.
const CONNECT: Duration = Duration::from_secs(10);

/// The oldest version of PostgreSQL that this works with.
const OLDEST: u32 = 13_00_00;

/// Where the tables are unless the application says otherwise.
const SCHEMA: &str = "switchhook";

/// How a database is reached.
#[derive(Clone)]
pub(crate) enum Address {
    Url(String),
    Pool(PgPool),
}

/// A database with the inbox's tables.
pub(super) struct Database {
    /// For the inbox's own work, so that handlers never keep it waiting.
    own: PgPool,
    /// Storing deliveries.
    pub(super) ingest: Line,
    /// Taking work and ending it.
    pub(super) work: Line,
    /// The rest, which nobody waits for.
    pub(super) upkeep: Line,
    pub(super) handlers: PgPool,
    /// The name, unless it is the usual one.
    schema: Option<String>,
    /// The first half of the numbers of our locks.
    pub(super) locks: i32,
}

impl Database {
    pub(super) async fn open(address: Address, schema: Option<&str>) -> Result<Self, InboxError> {
        let name = schema.unwrap_or(SCHEMA);
        check_name(name)?;
        let options = match &address {
            Address::Url(url) => {
                let options = url.parse::<PgConnectOptions>();
                options.map_err(|error| InboxError::Address(error.into()))?.application_name("switchhook")
            }
            Address::Pool(pool) => PgConnectOptions::clone(&pool.connect_options()),
        };
        let (database, server) = names(&options);
        let opened = Self::prepare(address, options, name).await;
        opened.map_err(|error| match error {
            InboxError::Store(source) => InboxError::Connect { database, server, source },
            other => other,
        })
    }

    /// Makes the tables, and the pools, which connect when they are used first.
    async fn prepare(address: Address, options: PgConnectOptions, schema: &str) -> Result<Self, InboxError> {
        let locks = Sha256::digest(format!("switchhook {schema}"));
        let locks = locks.first_chunk().map_or(0, |bytes| i32::from_be_bytes(*bytes));
        let mut first = match &address {
            Address::Url(_) => {
                timeout(CONNECT, PgConnection::connect_with(&options)).await.or(Err(Silent))??
            }
            Address::Pool(pool) => pool.acquire().await?.detach(),
        };
        check_server(&mut first).await?;
        migrate(&mut first, schema, locks).await?;
        first.close().await?;

        let (own, handlers) = match address {
            Address::Url(_) => {
                let handlers = PgPoolOptions::new().max_connections(HANDLERS).acquire_timeout(CONNECT);
                (PgPoolOptions::new(), handlers.connect_lazy_with(options.clone()))
            }
            // With the application's hooks, such as one that sets its role.
            Address::Pool(pool) => (pool.options().clone(), pool),
        };
        let own = own
            .min_connections(0)
            .max_connections(OWN)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let line = || Line::new(own.clone());
        let (ingest, work, upkeep) = (line(), line(), line());
        let schema = (schema != SCHEMA).then(|| schema.to_owned());
        Ok(Self { own, ingest, work, upkeep, handlers, schema, locks })
    }

    /// A statement for the schema that the tables are in.
    pub(super) fn sql(&self, statement: &'static str) -> SqlStr {
        match &self.schema {
            None => statement.into_sql_str(),
            Some(schema) => AssertSqlSafe(in_schema(statement, schema)).into_sql_str(),
        }
    }

    /// The name of the channel on which is told that there is work.
    pub(super) fn channel(&self) -> String {
        format!("switchhook_{:08x}", self.locks)
    }

    /// For what is asked now and then, with the database's own plans. It must not wait for handlers.
    pub(super) fn own(&self) -> &PgPool {
        &self.own
    }

    /// Begins a transaction for a handler, which may last so long.
    pub(super) async fn begin_for_handler(
        &self,
        limit: Duration,
    ) -> Result<Transaction<'static, Postgres>, InboxError> {
        let limit = limit.as_millis().clamp(1, i32::MAX.unsigned_abs().into());
        // The server ends it too, should this process be stopped meanwhile.
        let begin = format!(
            "{BEGIN_DURABLE}; SET LOCAL idle_in_transaction_session_timeout = {limit}; \
             SET LOCAL statement_timeout = {limit}"
        );
        Ok(self.handlers.begin_with(AssertSqlSafe(begin)).await?)
    }
}

/// The server did not answer.
#[derive(Debug, thiserror::Error)]
#[error("it did not answer within {CONNECT:?}")]
struct Silent;

impl From<Silent> for InboxError {
    fn from(silent: Silent) -> Self {
        Self::Store(silent.into())
    }
}

/// Schemas are named in statements as they stand.
fn check_name(schema: &str) -> Result<(), InboxError> {
    let fits = (1..=63).contains(&schema.len())
        && schema.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !schema.starts_with("pg_")
        && schema.starts_with(|first: char| !first.is_ascii_digit());
    if fits { Ok(()) } else { Err(InboxError::Schema { name: schema.to_owned() }) }
}

/// The names of a database and of its server, without what opens it.
fn names(options: &PgConnectOptions) -> (String, String) {
    let database = options.get_database().unwrap_or(options.get_username());
    let server = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    (database.to_owned(), server)
}

/// Refuses a server that cannot hold what is received, and tells of one that can lose it.
async fn check_server(connection: &mut PgConnection) -> Result<(), InboxError> {
    let (version, encoding, fsync): (String, String, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num'), current_setting('server_encoding'), \
         current_setting('fsync')",
    )
    .fetch_one(connection)
    .await?;
    refuse(version.parse().unwrap_or(0), &encoding)?;
    if fsync == "off" {
        tracing::warn!(
            "the inbox's server runs with `fsync = off`: a crash of its machine can lose what was acknowledged"
        );
    }
    Ok(())
}

/// Refuses what cannot hold an inbox.
pub(super) fn refuse(version: u32, encoding: &str) -> Result<(), InboxError> {
    if version < OLDEST {
        return Err(InboxError::Server { fault: "server is older than version 13" });
    }
    if encoding != "UTF8" {
        return Err(InboxError::Server { fault: "database has another encoding than UTF8" });
    }
    Ok(())
}

/// Brings the tables up to date, alone: another process that starts waits for the lock.
async fn migrate(connection: &mut PgConnection, schema: &str, locks: i32) -> Result<(), InboxError> {
    let mut tx = connection.begin_with(STARTING).await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1, -1)").bind(locks).execute(&mut *tx).await?;
    let exists: bool = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
        .bind(format!("\"{schema}\""))
        .fetch_one(&mut *tx)
        .await?;
    // Where it is there, the right to make one is not needed.
    if !exists {
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA \"{schema}\""))).execute(&mut *tx).await?;
    }
    migrator(schema).run_direct(None, &mut *tx, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => InboxError::Newer { found, known: VERSION },
        other => InboxError::Store(other.into()),
    })?;
    tx.commit().await?;
    Ok(())
}

/// Whoever stops while the tables are made does not keep others from starting for ever.
const STARTING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = '30s'; \
    SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// The version of the tables that this program knows.
const VERSION: i64 = 1;

fn migrator(schema: &str) -> Migrator {
    let migrations = [(VERSION, "inbox", include_str!("migrations/1_inbox.sql"))];
    let migrations = migrations.map(|(version, name, sql)| {
        let sql = AssertSqlSafe(in_schema(sql, schema)).into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.into());
    migrator.dangerous_set_table_name(format!("\"{schema}\".migration"));
    migrator.set_locking(false);
    migrator
}

/// A statement for another schema.
fn in_schema(statement: &str, schema: &str) -> String {
    statement.replace("switchhook.", &format!("\"{schema}\"."))
}
