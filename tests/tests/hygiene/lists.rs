//! Lists of lists, and entries that a `cfg` keeps or leaves out.

use switchhook::{HandlerList, State, handlers, provider::argyle::Argyle, webhook_handler};

use super::app::{Trace, run};

mod payroll {
    use switchhook::{State, handlers, webhook_handler};

    use super::Trace;

    #[webhook_handler("identities.added")]
    async fn added(State(trace): State<Trace>) {
        trace.note("payroll added");
    }

    #[webhook_handler("identities.updated")]
    async fn updated(State(trace): State<Trace>) {
        trace.note("payroll updated");
    }

    handlers! {
        /// What payroll wants.
        pub(super) const HANDLERS = [added, updated];
    }
}

#[webhook_handler("accounts.added")]
async fn account_added(State(trace): State<Trace>) {
    trace.note("account");
}

#[cfg(test)]
#[webhook_handler("accounts.*")]
async fn by_platform(State(trace): State<Trace>) {
    trace.note("kept");
}

#[cfg(not(test))]
#[webhook_handler("accounts.*")]
async fn by_platform(_: NoSuchType) -> NoSuchType {}

/// The attribute sees what stands below it, and follows it.
#[webhook_handler("accounts.added")]
#[cfg_attr(test, cfg(not(test)))]
async fn left_out_from_below(_: NoSuchType) {}

handlers! { const ALL = [payroll::HANDLERS, #[cfg(not(test))] no_such_handler, account_added]; }

#[tokio::test]
async fn lists_merge() {
    let list = handlers![payroll::HANDLERS, account_added];
    let noted = run(list, &["accounts.added", "identities.updated", "identities.added"]).await;
    assert_eq!(noted, ["account", "payroll updated", "payroll added"]);
}

#[tokio::test]
async fn a_list_of_a_list_merges() {
    assert_eq!(
        run(handlers![ALL], &["accounts.added", "identities.added"]).await,
        ["account", "payroll added"]
    );
}

#[tokio::test]
async fn a_cfg_keeps_or_leaves_out_an_entry() {
    let list = handlers![
        #[cfg(not(test))]
        no_such_handler,
        #[cfg(test)]
        by_platform,
        #[cfg(not(test))]
        by_platform,
    ];
    assert_eq!(run(list, &["accounts.removed"]).await, ["kept"]);
}

#[test]
fn an_empty_list_is_a_list() {
    let list: HandlerList<Argyle, Trace> = handlers![];
    assert_eq!(format!("{list:?}"), "[]");
}
