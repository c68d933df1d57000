//! Booking payments, and keeping record of everything.

use std::{path::PathBuf, sync::Arc};

use sqlx::{Database, Encode, Executor, IntoArguments, Type};
use switchhook::{
    DeliveryId, EventName, HandlerError, HandlerList, ProviderId, State, Tx, handlers, webhook_handler,
};
use tokio::{fs::OpenOptions, io::AsyncWriteExt};

use crate::bank::Bank;

/// The ledger's own tables; SQLite and PostgreSQL both understand it, and what is below.
pub(crate) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, cents BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS booking (payment TEXT NOT NULL, cents BIGINT NOT NULL);";

const TO_ACCOUNT: &str = "INSERT INTO account (name, cents) VALUES ($1, $2) \
                          ON CONFLICT (name) DO UPDATE SET cents = account.cents + excluded.cents";
const BOOKING: &str = "INSERT INTO booking (payment, cents) VALUES ($1, $2)";

/// Where the audit log is.
#[derive(Debug, Clone)]
pub(crate) struct AuditFile(pub(crate) Arc<PathBuf>);

/// The handlers that book, for an inbox in SQLite.
pub(crate) mod sqlite {
    use sqlx::Sqlite;
    use switchhook::{Data, HandlerError, ProviderId, Tx, webhook_handler};

    use super::book;
    use crate::bank::Payment;

    #[webhook_handler("payment.received")]
    pub(crate) async fn received(
        id: ProviderId,
        Data(payment): Data<Payment>,
        tx: Tx<Sqlite>,
    ) -> Result<(), HandlerError> {
        book(tx, &id, &payment.account, payment.cents).await
    }

    #[webhook_handler("payment.refunded")]
    pub(crate) async fn refunded(
        id: ProviderId,
        Data(payment): Data<Payment>,
        tx: Tx<Sqlite>,
    ) -> Result<(), HandlerError> {
        book(tx, &id, &payment.account, -payment.cents).await
    }
}

/// The same for one in PostgreSQL. A program with one database has one of the two.
pub(crate) mod postgres {
    use sqlx::Postgres;
    use switchhook::{Data, HandlerError, ProviderId, Tx, webhook_handler};

    use super::book;
    use crate::bank::Payment;

    #[webhook_handler("payment.received")]
    pub(crate) async fn received(
        id: ProviderId,
        Data(payment): Data<Payment>,
        tx: Tx<Postgres>,
    ) -> Result<(), HandlerError> {
        book(tx, &id, &payment.account, payment.cents).await
    }

    #[webhook_handler("payment.refunded")]
    pub(crate) async fn refunded(
        id: ProviderId,
        Data(payment): Data<Payment>,
        tx: Tx<Postgres>,
    ) -> Result<(), HandlerError> {
        book(tx, &id, &payment.account, -payment.cents).await
    }
}

/// Nothing in here asks whether the payment was booked before: what is written in `Tx` commits once.
async fn book<DB>(mut tx: Tx<DB>, id: &ProviderId, account: &str, cents: i64) -> Result<(), HandlerError>
where
    // Any database that takes texts and numbers.
    DB: Database,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'t> &'t str: Encode<'t, DB> + Type<DB>,
    for<'n> i64: Encode<'n, DB> + Type<DB>,
{
    let mut tx = tx.begin().await?;
    sqlx::query(TO_ACCOUNT).bind(account).bind(cents).execute(&mut *tx).await?;
    sqlx::query(BOOKING).bind(id.as_str()).bind(cents).execute(&mut *tx).await?;
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

/// The consumer `audit`.
pub(crate) fn auditing() -> HandlerList<Bank, AuditFile> {
    handlers![record]
}
