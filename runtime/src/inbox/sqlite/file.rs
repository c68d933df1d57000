//! The file: how it is made and opened, and whether it is still the one that was opened.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use sqlx::{
    Connection, SqliteConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Database, connection::Writer};
use crate::inbox::InboxError;

/// How long SQLite waits for another process that holds the file's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A database file by its path.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseFile(PathBuf);

/// Which file it is, whatever its name.
pub(super) type FileId = (u64, u64);

impl DatabaseFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the file, readable by its owner alone, where there is none. SQLite gives its other files the same mode.
    pub(super) fn make(&self) -> Result<(), InboxError> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.0).map(drop).map_err(|error| self.cannot_open(error))
    }

    /// The file that is there now.
    pub(super) fn id(&self) -> Result<Option<FileId>, InboxError> {
        match fs::metadata(&self.0) {
            Ok(metadata) => Ok(file_id(&metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(InboxError::Gone { path: self.0.clone() })
            }
            Err(error) => Err(self.cannot_open(error)),
        }
    }

    fn cannot_open(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> InboxError {
        InboxError::Open { path: self.0.clone(), source: error.into() }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "not every system tells")]
fn file_id(metadata: &fs::Metadata) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_id(_: &fs::Metadata) -> Option<FileId> {
    None
}

/// Opens the database and brings its tables up to date.
pub(super) async fn open(file: Option<&DatabaseFile>) -> Result<Database, InboxError> {
    let database = match file {
        Some(file) => connect(file).await.map_err(|error| file.cannot_open(error))?,
        None => in_memory().await?,
    };
    refuse_affected(&version(&mut *database.writer.lock().await?).await?)?;
    migrate(&mut *database.writer.lock().await?).await?;
    if let Some(file) = file
        && file.id()? != database.id
    {
        return Err(InboxError::Gone { path: file.0.clone() });
    }
    Ok(database)
}

async fn connect(file: &DatabaseFile) -> Result<Database, Box<dyn std::error::Error + Send + Sync>> {
    let id = file.id()?;
    let options = SqliteConnectOptions::new()
        .filename(&file.0)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        .statement_cache_capacity(512)
        .pragma("cache_size", "-65536")
        // Pages: the same ones are written again and again, and then go to the file once.
        .pragma("wal_autocheckpoint", "8000")
        .pragma("journal_size_limit", "67108864");
    let writer = one().connect_with(options.clone().journal_mode(SqliteJournalMode::Wal)).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(30))
        .connect_lazy_with(options.read_only(true));
    Ok(Database { writer: Writer::new(writer), readers: Some(readers), id, queues: Mutex::default() })
}

async fn in_memory() -> Result<Database, InboxError> {
    let options = SqliteConnectOptions::new().in_memory(true).statement_cache_capacity(512);
    let writer = Writer::new(one().connect_with(options).await?);
    Ok(Database { writer, readers: None, id: None, queues: Mutex::default() })
}

/// A pool of one connection, which stays.
fn one() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

async fn version(connection: &mut SqliteConnection) -> Result<String, InboxError> {
    Ok(sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?)
}

fn refuse_affected(version: &str) -> Result<(), InboxError> {
    if is_affected(version) {
        Err(InboxError::AffectedSqlite { version: version.to_owned() })
    } else {
        Ok(())
    }
}

/// Committed data could be lost before 3.51.3: <https://sqlite.org/wal.html>, "The WAL-Reset Bug".
fn is_affected(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0_u32));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next()) < (3, 51, 3)
}

/// Brings the tables up to date, alone: another process that starts waits for the lock.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), InboxError> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    migrator().run_direct(None, &mut *tx, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => InboxError::Newer { found, known: VERSION },
        other => InboxError::Store(other.into()),
    })?;
    tx.commit().await?;
    Ok(())
}

/// The version of the tables that this program knows.
const VERSION: i64 = 2;

fn migrator() -> Migrator {
    let migrations = [
        (1, "inbox", include_str!("migrations/1_inbox.sql")),
        (VERSION, "tenant", include_str!("migrations/2_tenant.sql")),
    ];
    let migrations = migrations.map(|(version, name, sql)| {
        let sql = sqlx::SqlSafeStr::into_sql_str(sql);
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.into());
    // The application may keep tables of its own in the file, and migrate them.
    migrator.dangerous_set_table_name("switchhook_migration");
    migrator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_numbers() {
        for (version, affected) in [
            ("3.50.2", true),
            ("3.51.2", true),
            ("3.51.3", false),
            ("3.52.0", false),
            ("4.0", false),
            ("", true),
        ] {
            assert_eq!(is_affected(version), affected, "{version}");
        }
    }

    #[test]
    fn an_affected_library_is_refused_in_words() {
        assert_eq!(
            refuse_affected("3.50.2").unwrap_err().to_string(),
            "this program is linked with SQLite 3.50.2, which can lose committed data; take 3.51.3 or later (the crate \
             `libsqlite3-sys` 0.37)"
        );
        assert!(refuse_affected("3.51.3").is_ok());
    }

    #[tokio::test]
    async fn the_library_that_is_built_in_is_not_affected() {
        let database = in_memory().await.unwrap();
        let version = version(&mut database.writer.lock().await.unwrap()).await.unwrap();
        assert!(!is_affected(&version), "{version}");
    }
}
