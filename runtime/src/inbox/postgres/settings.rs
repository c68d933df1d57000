//! How the database is told to treat the inbox's own statements. It is told after connecting and not with it: so it holds
//! against whatever the application's hooks and the user's defaults say, and a pooler need not let anything through.

/// The settings, each after a `SET` or a `SET LOCAL`. Plans are made once, and for tables that are large, however small they
/// are when the process starts. A process that stops in the middle, or a lock that is held for long, keeps nobody else
/// waiting for ever: the idle are ended before the waiting give up.
macro_rules! settings {
    ($set:literal) => {
        concat!(
            $set,
            " plan_cache_mode = force_generic_plan; ",
            $set,
            " enable_seqscan = off; ",
            $set,
            " enable_bitmapscan = off; ",
            $set,
            " enable_hashjoin = off; ",
            $set,
            " enable_mergejoin = off; ",
            $set,
            " jit = off; ",
            $set,
            " idle_in_transaction_session_timeout = '2s'; ",
            $set,
            " lock_timeout = '3s'; ",
            $set,
            " statement_timeout = '4s'; "
        )
    };
}

/// For a connection of the inbox's own. A commit is on disk before it is answered, also where the user does without; where
/// it goes to other machines too, it stays so.
pub(super) const OF_CONNECTION: &str = concat!(
    settings!("SET"),
    "SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off; \
     SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') \
     WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"
);

/// For the end of a handler's transaction, which the inbox's own statements are a part of.
pub(super) const OF_TRANSACTION: &str = settings!("SET LOCAL");

/// The beginning of a transaction, whatever the user's defaults are.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// The same for a handler's, which is to be on disk too.
pub(super) const BEGIN_DURABLE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
     SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";
