//! Items of the user that are named like those of `std` and of ours.

#![expect(dead_code, reason = "most stand only in the way")]

use ::switchhook::{State, catalog, handlers, webhook_handler};

use super::app::{Trace, run};

struct Vec;
struct String;
struct Box;
struct Option;
struct Result;
struct Some;
struct None;
struct Ok;
struct Err;
struct Send;
struct Sync;
struct Data;
struct Provider;
struct Handlers;
struct HandlerInfo;
struct Routed;
struct Payload;
struct P;
struct S;
struct R;

mod core {}
mod std {}
mod switchhook {}

impl Data {
    const DECLARED: u8 = 0;
}

catalog! {
    CATALOG for Provider { "a.b" => Payload, "a.c" }
}

#[webhook_handler("identities.updated", provider = ::switchhook::provider::argyle::Argyle)]
async fn updated(State(trace): State<Trace>) -> ::core::result::Result<(), ::std::string::String> {
    trace.note("updated");
    ::core::result::Result::Ok(())
}

handlers! { const HANDLERS = [updated]; }

#[tokio::test]
async fn names_of_the_user_do_not_disturb() {
    assert_eq!(run(handlers![HANDLERS], &["identities.updated"]).await, ["updated"]);
    assert!(CATALOG.contains("a.c"));
}
