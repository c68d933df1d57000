//! Names that are keywords, that repeat, that stand in a function, and that the expansion uses itself.

use switchhook::{State, handlers, webhook_handler};

use super::app::{Trace, run};

#[webhook_handler("identities.added")]
async fn r#type(State(r#match): State<Trace>) {
    r#match.note("type");
}

#[webhook_handler("identities.updated")]
async fn same(State(trace): State<Trace>) {
    trace.note("outer");
}

mod inner {
    use switchhook::{State, webhook_handler};

    use super::Trace;

    #[webhook_handler("accounts.added")]
    pub(super) async fn same(State(trace): State<Trace>) {
        trace.note("inner");
    }

    pub(super) mod innermost {
        use switchhook::{State, webhook_handler};

        use super::super::Trace;

        #[webhook_handler("accounts.updated")]
        pub(in super::super) async fn same(State(trace): State<Trace>) {
            trace.note("innermost");
        }
    }
}

/// Handlers named like what the expansion has inside.
#[webhook_handler("shifts.updated")]
async fn routes(State(trace): State<Trace>) {
    trace.note("routes");
}

#[webhook_handler("gigs.updated")]
async fn route1(State(__routes): State<Trace>) {
    __routes.note("route1");
}

#[tokio::test]
async fn a_keyword_is_a_name() {
    assert_eq!(run(handlers![r#type], &["identities.added"]).await, ["type"]);
}

#[tokio::test]
async fn modules_keep_equal_names_apart() {
    let list = handlers![same, inner::same, inner::innermost::same];
    let noted = run(list, &["accounts.updated", "identities.updated", "accounts.added"]).await;
    assert_eq!(noted, ["innermost", "outer", "inner"]);
}

#[tokio::test]
async fn a_handler_stands_in_a_function() {
    #[webhook_handler("identities.updated")]
    async fn same(State(trace): State<Trace>) {
        trace.note("local");
    }
    handlers! { const LOCAL = [same]; }
    assert_eq!(run(handlers![LOCAL], &["identities.updated"]).await, ["local"]);
}

#[tokio::test]
async fn a_handler_may_be_named_like_our_own_parts() {
    let noted = run(handlers![routes, route1], &["gigs.updated", "shifts.updated"]).await;
    assert_eq!(noted, ["route1", "routes"]);
}

#[tokio::test]
async fn the_function_stays_callable() {
    let trace = Trace::default();
    same(State(trace.clone())).await;
    inner::same(State(trace.clone())).await;
    assert_eq!(trace.noted(), ["outer", "inner"]);
}
