//! The runtime under another name, as where a crate of the user re-exports it.

mod facade {
    pub(crate) use switchhook as hooks;
}

use facade::hooks::{self, State, webhook_handler};

use super::app::{Trace, run};

#[webhook_handler("identities.added", crate = crate::hygiene::renamed::facade::hooks)]
async fn by_absolute_path(State(trace): State<Trace>) {
    trace.note("absolute");
}

#[webhook_handler("identities.updated", crate = hooks)]
async fn by_name_in_scope(State(trace): State<Trace>) {
    trace.note("in scope");
}

#[webhook_handler("accounts.added", crate = self::facade::hooks)]
async fn by_relative_path(State(trace): State<Trace>) {
    trace.note("relative");
}

/// As a crate would that wraps ours.
macro_rules! handler {
    ($name:ident: $event:literal) => {
        #[webhook_handler($event, crate = $crate::hygiene::renamed::facade::hooks)]
        async fn $name(State(trace): State<Trace>) {
            trace.note(stringify!($name));
        }
    };
}

handler!(by_macro: "accounts.removed");

#[tokio::test]
async fn the_attribute_takes_the_path_of_the_runtime() {
    let list = hooks::handlers![by_absolute_path, by_name_in_scope, by_relative_path, by_macro];
    let noted =
        run(list, &["accounts.removed", "accounts.added", "identities.updated", "identities.added"]).await;
    assert_eq!(noted, ["by_macro", "relative", "in scope", "absolute"]);
}
