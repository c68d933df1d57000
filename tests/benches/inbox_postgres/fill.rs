//! A database with much in it.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Writes the rows as the inbox would have: so many deliveries that are done, and behind them so many that wait, of the
/// kind that is worked off.
pub(crate) async fn fill(url: &str, done: usize, waiting: usize) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let now = "(extract(epoch FROM now()) * 1000000)::bigint";
    let n = format!("generate_series(1, {}) AS n", done + waiting);
    for statement in [
        "INSERT INTO switchhook.queue (endpoint, consumer) VALUES ('bank', 'default') ON CONFLICT DO NOTHING"
            .to_owned(),
        format!(
            "INSERT INTO switchhook.delivery (seq, id, endpoint, event, provider_id, received_at, signed) \
             SELECT n, (lpad(to_hex({now} / 1000), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || \
             lpad(to_hex(n), 15, '0'))::uuid, 'bank', 'plain', 'y' || n, {now}, TRUE FROM {n}"
        ),
        format!(
            "INSERT INTO switchhook.content (delivery, headers, body, data_start, data_end) \
             SELECT n, '', convert_to(repeat(md5(n::text), 18), 'UTF8'), 0, 0 FROM {n}"
        ),
        format!(
            "INSERT INTO switchhook.key (key, delivery, received_at) \
             SELECT convert_to('bank.' || n, 'UTF8'), n, {now} FROM {n}"
        ),
        format!(
            "INSERT INTO switchhook.attempt (work, replay, number, started, duration, outcome) \
             SELECT n::bigint << 16 | 1, 0, 1, {now}, 1000, 'done' FROM {n} WHERE n <= {done}"
        ),
        format!(
            "INSERT INTO switchhook.work (seq, queue, state, due) SELECT n << 16 | q.id, q.id, \
             CASE WHEN n <= {done} THEN 3 ELSE 0 END, {now} + n FROM (SELECT n::bigint AS n FROM {n}) AS n, \
             (SELECT id FROM switchhook.queue) AS q"
        ),
        format!("SELECT setval('switchhook.delivery_seq', {})", done + waiting + 1),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}
