//! What an inbox says when it cannot be opened.

use std::error::Error;

use sqlx::{Connection, PgConnection};
use switchhook_tests::postgres::Database;

use super::{
    super::{Address, PostgresStore, database},
    open,
};
use crate::{Inbox, InboxError};

async fn refused(address: &str, schema: Option<&str>) -> InboxError {
    let address = Address::Url(address.to_owned());
    PostgresStore::open(address, schema, None, std::time::Duration::ZERO).await.err().unwrap()
}

fn cause(error: &InboxError) -> String {
    error.source().unwrap().to_string()
}

#[tokio::test]
async fn an_address_that_is_none_is_said_to_be() {
    let error = refused("postgres//user:s3cr3t@host", None).await;
    assert_eq!(
        error.to_string(),
        "the address of the inbox's database cannot be read; write `postgres://user:password@host:5432/database`"
    );
    assert!(!format!("{error:?} {}", cause(&error)).contains("s3cr3t"));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let error = refused("postgres://someone:s3cr3t@127.0.0.1:1/ledger", None).await;
    assert_eq!(error.to_string(), "the inbox in the database `ledger` at `127.0.0.1:1` cannot be opened");
    assert!(cause(&error).contains("onnection refused"), "{}", cause(&error));
    assert!(!format!("{error:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn names_that_are_no_schemas_are_refused() {
    for name in ["", "Upper", "a-b", "a\"b", "pg_mine", "1st", &"x".repeat(64)] {
        let error = refused("postgres://127.0.0.1:1", Some(name)).await;
        assert_eq!(
            error.to_string(),
            format!(
                "`{name}` cannot be the inbox's schema; write at most 63 of a-z, 0-9 and `_`, with a letter or `_` first and not `pg_`"
            )
        );
    }
}

#[tokio::test]
async fn a_server_that_cannot_hold_an_inbox_is_refused() {
    assert!(database::refuse(150_003, "UTF8").is_ok());
    let error = database::refuse(120_011, "UTF8").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the inbox's PostgreSQL server is older than version 13: it cannot hold an inbox"
    );
    let error = database::refuse(150_003, "SQL_ASCII").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the inbox's PostgreSQL database has another encoding than UTF8: it cannot hold an inbox"
    );
}

#[tokio::test]
async fn tables_of_a_later_version_are_refused() {
    let Some(database) = Database::create().await else { return };
    open(&database, None).await.unwrap();
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    sqlx::query(
        "INSERT INTO switchhook.migration (version, description, success, checksum, execution_time) \
         VALUES (1000, 'later', TRUE, '', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let error = open(&database, None).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "the inbox has tables of version 1000, and this program knows them up to version 1; run the newer program, or restore an older backup"
    );
}

#[tokio::test]
async fn many_processes_can_start_at_once_and_each_schema_has_its_own_tables() {
    let Some(database) = Database::create().await else { return };
    let opened = (0..8).map(|number| {
        let schema = (number % 2 == 1).then_some("other_hooks");
        PostgresStore::open(Address::Url(database.url()), schema, None, std::time::Duration::ZERO)
    });
    for opened in futures_util::future::join_all(opened).await {
        opened.unwrap();
    }
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let schemas: Vec<String> =
        sqlx::query_scalar("SELECT schemaname::text FROM pg_tables WHERE tablename = 'work' ORDER BY 1")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(schemas, ["other_hooks", "switchhook"]);
}

#[tokio::test]
async fn a_password_is_not_printed() {
    let opening = Inbox::postgres("postgres://someone:s3cr3t@127.0.0.1:1/ledger");
    assert!(!format!("{opening:?}").contains("s3cr3t"));
}
