//! The database: how it is reached, how its tables are made, and the connections for the inbox's own transactions.

use std::{str::FromStr, time::Duration};

use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, SqlSafeStr, SqlStr, Transaction,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::inbox::InboxError;

/// The connections that the inbox takes for itself, besides the one that listens.
const OWN: u32 = 4;
/// Those for handlers' transactions, where the application gives no pool.
const HANDLERS: u32 = 16;
/// How long a connection is waited for. While the server is away, whoever sends is told soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// How every transaction of the inbox begins. The plans are made once, and for tables that are large, however small they
/// are when the process starts. A process that stops in the middle, or a lock that is held for long, keeps nobody else
/// waiting for ever; nothing is acknowledged that is not on disk, whatever the user's settings are.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
    SET LOCAL plan_cache_mode = force_generic_plan; \
    SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; \
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; \
    SET LOCAL idle_in_transaction_session_timeout = '10s'; \
    SET LOCAL lock_timeout = '8s'; SET LOCAL statement_timeout = '10s'; \
    SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

/// Also where the user does without: a commit is on disk before it is answered.
const DURABLE: &str =
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

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
    pub(super) handlers: PgPool,
    /// The quoted name, unless it is the usual one.
    schema: Option<String>,
    /// The first half of the numbers of our locks.
    pub(super) locks: i32,
}

impl Database {
    pub(super) async fn open(address: Address, schema: Option<&str>) -> Result<Self, InboxError> {
        let name = schema.unwrap_or(SCHEMA);
        check_name(name)?;
        let database = Self::lazy(address, name)?;
        let opened = async {
            let mut connection = database.own.acquire().await?;
            check_server(&mut connection).await?;
            migrate(&mut connection, &database, name).await
        };
        opened.await.map_err(|error| match error {
            InboxError::Store(source) => InboxError::Connect { database: database.address(), source },
            other => other,
        })?;
        Ok(database)
    }

    /// Connects when it is used first.
    fn lazy(address: Address, schema: &str) -> Result<Self, InboxError> {
        let (own, options, handlers) = match address {
            Address::Url(url) => {
                let options = PgConnectOptions::from_str(&url).map_err(|error| InboxError::Connect {
                    database: "the given address".to_owned(),
                    source: error.into(),
                })?;
                let options = options.application_name("switchhook");
                let handlers = PgPoolOptions::new().max_connections(HANDLERS).acquire_timeout(PATIENCE * 5);
                (PgPoolOptions::new(), options.clone(), handlers.connect_lazy_with(options))
            }
            // With the application's hooks, such as one that sets its role.
            Address::Pool(pool) => {
                (pool.options().clone(), PgConnectOptions::clone(&pool.connect_options()), pool)
            }
        };
        let own = own
            .min_connections(0)
            .max_connections(OWN)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let digest = Sha256::digest(format!("switchhook {schema}"));
        let locks = digest.first_chunk().map_or(0, |bytes| i32::from_be_bytes(*bytes));
        let schema = (schema != SCHEMA).then(|| format!("\"{schema}\""));
        Ok(Self { own, handlers, schema, locks })
    }

    /// The place of the database, for people, without what opens it.
    fn address(&self) -> String {
        let options = self.own.connect_options();
        let database = options.get_database().unwrap_or(options.get_username());
        let place = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        format!("{database}` at `{place}")
    }

    /// A statement for the schema that the tables are in.
    pub(super) fn sql(&self, statement: &'static str) -> SqlStr {
        match &self.schema {
            None => statement.into_sql_str(),
            Some(_) => self.made(statement.to_owned()),
        }
    }

    /// The same of a statement that was put together.
    pub(super) fn made(&self, statement: String) -> SqlStr {
        match &self.schema {
            None => AssertSqlSafe(statement).into_sql_str(),
            Some(schema) => {
                AssertSqlSafe(statement.replace("switchhook.", &format!("{schema}."))).into_sql_str()
            }
        }
    }

    /// The name of the channel on which is told that there is work.
    pub(super) fn channel(&self) -> String {
        format!("switchhook_{:08x}", self.locks)
    }

    /// The pool that the inbox has for itself.
    pub(super) fn own(&self) -> &PgPool {
        &self.own
    }

    /// Begins a transaction of the inbox's own.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Postgres>, InboxError> {
        let mut ended = 0;
        loop {
            match self.own.begin_with(BEGIN).await {
                // Idle connections end with the server; there are no more of them than this.
                Err(sqlx::Error::Io(error)) if ended < OWN => {
                    tracing::debug!(%error, "a connection to the inbox's database had ended");
                    ended += 1;
                }
                begun => return Ok(begun?),
            }
        }
    }

    /// Begins a transaction for a handler, which may last so long.
    pub(super) async fn begin_for_handler(
        &self,
        limit: Duration,
    ) -> Result<Transaction<'static, Postgres>, InboxError> {
        let limit = limit.as_millis().clamp(1, i32::MAX.unsigned_abs().into());
        // The server ends it too, should this process be stopped meanwhile.
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
             SET LOCAL idle_in_transaction_session_timeout = {limit}; SET LOCAL statement_timeout = {limit}; \
             {DURABLE}"
        );
        Ok(self.handlers.begin_with(AssertSqlSafe(begin)).await?)
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

/// Refuses a server that cannot hold what is received, and tells of one that can lose it.
async fn check_server(connection: &mut PgConnection) -> Result<(), InboxError> {
    let (version, encoding, fsync): (String, String, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num'), current_setting('server_encoding'), \
         current_setting('fsync')",
    )
    .fetch_one(connection)
    .await?;
    if version.parse().unwrap_or(0) < OLDEST {
        return Err(InboxError::Server { fault: "is older than version 13" });
    }
    if encoding != "UTF8" {
        return Err(InboxError::Server { fault: "has another encoding than UTF8" });
    }
    if fsync == "off" {
        tracing::warn!(
            "the inbox's server runs with `fsync = off`: a crash of its machine can lose what was acknowledged"
        );
    }
    Ok(())
}

/// Brings the tables up to date, alone: another process that starts waits for the lock.
async fn migrate(connection: &mut PgConnection, database: &Database, schema: &str) -> Result<(), InboxError> {
    let mut tx = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1, -1)").bind(database.locks).execute(&mut *tx).await?;
    let exists: bool = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
        .bind(format!("\"{schema}\""))
        .fetch_one(&mut *tx)
        .await?;
    // Where it is there, the right to make one is not needed.
    if !exists {
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA \"{schema}\""))).execute(&mut *tx).await?;
    }
    migrator(database, schema).run_direct(None, &mut *tx, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => InboxError::Newer { found, known: VERSION },
        other => InboxError::Store(other.into()),
    })?;
    tx.commit().await?;
    Ok(())
}

/// The version of the tables that this program knows.
const VERSION: i64 = 1;

fn migrator(database: &Database, schema: &str) -> Migrator {
    let migrations = [(VERSION, "inbox", include_str!("migrations/1_inbox.sql"))];
    let migrations = migrations.map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, database.sql(sql), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.into());
    migrator.dangerous_set_table_name(format!("\"{schema}\".migration"));
    migrator.set_locking(false);
    migrator
}
