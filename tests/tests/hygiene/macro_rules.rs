//! Handlers that another macro writes, from parts that its caller gives.

use switchhook::{Data, EventName, State, handlers, provider::argyle::IdentityIds, webhook_handler};

use super::app::{Trace, run};

macro_rules! noting {
    ($name:ident, $event:literal, $type:ty) => {
        #[webhook_handler($event)]
        async fn $name(State(trace): State<Trace>, value: $type) {
            let _value = value;
            trace.note(stringify!($name));
        }
    };
}

noting!(added, "identities.added", Data<IdentityIds>);
noting!(updated, "identities.updated", EventName);

/// The name is the macro's own: only the macro can list it.
macro_rules! own_name {
    ($events:literal) => {{
        #[webhook_handler($events)]
        async fn hidden(State(trace): State<Trace>) {
            trace.note("hidden");
        }
        handlers![hidden]
    }};
}

macro_rules! list {
    ($name:ident: $($handler:path),*) => {
        handlers! { const $name = [$($handler),*]; }
    };
}

list!(BOTH: added, updated);

#[tokio::test]
async fn name_event_and_type_come_from_outside() {
    let noted = run(handlers![added, updated], &["identities.updated", "identities.added"]).await;
    assert_eq!(noted, ["updated", "added"]);
}

#[tokio::test]
async fn the_name_is_the_macros_own() {
    assert_eq!(run(own_name!("accounts.*"), &["accounts.added"]).await, ["hidden"]);
}

#[tokio::test]
async fn the_list_comes_from_a_macro() {
    assert_eq!(run(handlers![BOTH], &["identities.added"]).await, ["added"]);
}
