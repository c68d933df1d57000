//! Nothing of the prelude is in scope, and no name of ours but those the user writes.

#![no_implicit_prelude]

use ::switchhook::{State, catalog, handlers, webhook_handler};

use super::app::{Trace, run};

struct Invoice;

catalog! {
    ACME for Acme {
        "invoice.paid" | "invoice.due" => Invoice,
        "invoice.void",
    }
}

#[webhook_handler("identities.added", "identities.updated", timeout = "5s")]
async fn changed(State(trace): State<Trace>) -> ::core::result::Result<(), ::std::string::String> {
    trace.note("changed");
    ::core::result::Result::Ok(())
}

#[webhook_handler("*")]
async fn everything(State(trace): State<Trace>) {
    trace.note("everything");
}

handlers! { const CHANGES = [changed]; }

// `tokio::test` itself needs the prelude.
#[::std::prelude::v1::test]
fn all_three_macros_need_no_prelude() {
    let runtime = ::tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let noted =
        runtime.block_on(run(handlers![CHANGES, everything], &["identities.updated", "accounts.added"]));
    ::std::assert_eq!(noted, ["changed", "everything"]);
    ::std::assert_eq!(ACME.payload("invoice.due"), ::core::option::Option::Some("Invoice"));
    ::std::assert_eq!(<Invoice as ::switchhook::Payload>::EVENTS, ["invoice.paid", "invoice.due"]);
}
