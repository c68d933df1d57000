//! Booking payments, and keeping record of everything.

use std::{path::PathBuf, sync::Arc};

use sqlx::{Connection, Sqlite, SqliteConnection, sqlite::SqliteConnectOptions};
use switchhook::{
    BuildError, Data, DeliveryId, Endpoint, EventName, HandlerError, Inbox, ProviderId, State, Tx, Webhooks,
    handlers, webhook_handler,
};
use tokio::{fs::OpenOptions, io::AsyncWriteExt};

use crate::bank::{Bank, Payment};

/// Where the audit log is.
#[derive(Debug, Clone)]
pub(crate) struct AuditFile(pub(crate) Arc<PathBuf>);

/// Makes the ledger's own tables, in the inbox's file.
pub(crate) async fn make_tables(file: &str) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, cents INTEGER NOT NULL);
         CREATE TABLE IF NOT EXISTS booking (payment TEXT NOT NULL, cents INTEGER NOT NULL);",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await
}

#[webhook_handler("payment.received")]
async fn received(id: ProviderId, Data(payment): Data<Payment>, tx: Tx<Sqlite>) -> Result<(), HandlerError> {
    book(tx, &id, &payment.account, payment.cents).await
}

#[webhook_handler("payment.refunded")]
async fn refunded(id: ProviderId, Data(payment): Data<Payment>, tx: Tx<Sqlite>) -> Result<(), HandlerError> {
    book(tx, &id, &payment.account, -payment.cents).await
}

/// Nothing in here asks whether the payment was booked before: what is written in `Tx` commits once.
async fn book(mut tx: Tx<Sqlite>, id: &ProviderId, account: &str, cents: i64) -> Result<(), HandlerError> {
    let mut tx = tx.begin().await?;
    sqlx::query(
        "INSERT INTO account (name, cents) VALUES (?, ?) ON CONFLICT DO UPDATE SET cents = cents + excluded.cents",
    )
    .bind(account)
    .bind(cents)
    .execute(&mut *tx)
    .await?;
    sqlx::query("INSERT INTO booking (payment, cents) VALUES (?, ?)")
        .bind(id.as_str())
        .bind(cents)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Writes a line for each delivery. A file knows no transaction: after a crash there can be two for one.
#[webhook_handler("*")]
async fn record(
    id: DeliveryId,
    event: EventName,
    payment: ProviderId,
    State(AuditFile(file)): State<AuditFile>,
) -> Result<(), HandlerError> {
    let mut log = OpenOptions::new().append(true).create(true).open(&*file).await?;
    log.write_all(format!("{payment} {event} {id}\n").as_bytes()).await?;
    log.flush().await?;
    Ok(())
}

/// One endpoint, `bank`, with two consumers.
pub(crate) fn webhooks(bank: Bank, audit: AuditFile, inbox: Inbox) -> Result<Webhooks, BuildError> {
    Webhooks::builder()
        .state(audit)
        .endpoint(Endpoint::new(bank, handlers![received, refunded]).consumer("audit", handlers![record]))
        .inbox(inbox)
        .build()
}
