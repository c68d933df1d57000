//! Arguments of every number and form, and what handlers return.

use std::convert::Infallible;

use switchhook::{
    Attempt, Data, DeliveryId, Envelope, EventName, HandlerError, IntoOutcome, Outcome, RawBody, ReceivedAt,
    Rejection, State, handlers, provider::argyle::IdentityIds, webhook_handler,
};

use super::app::{Trace, run};

type Identity = Data<IdentityIds>;
type Db = State<Trace>;
type Done = Result<(), HandlerError>;

#[derive(serde::Deserialize)]
struct Named {
    name: String,
}

#[webhook_handler("identities.added")]
#[expect(clippy::too_many_arguments, reason = "the most that a handler can take")]
async fn eight(
    State(trace): State<Trace>,
    Data(ids): Data<IdentityIds>,
    Envelope(body): Envelope<Named>,
    event: EventName,
    _: DeliveryId,
    _: Attempt,
    _: ReceivedAt,
    RawBody(raw): RawBody,
) {
    assert!(!raw.is_empty());
    trace.note(format!("{} {} {}", ids.identity, body.name, &*event));
}

#[webhook_handler("accounts.added")]
async fn none() {}

#[webhook_handler("identities.updated")]
async fn aliases(ids: Identity, trace: Db) -> Done {
    trace.note(ids.identity.clone());
    Ok(())
}

#[webhook_handler("identities.*")]
async fn wrapped(
    State(trace): State<Trace>,
    malformed: Result<Data<u8>, Rejection>,
    identity: Option<Data<IdentityIds>>,
) -> impl IntoOutcome {
    trace.note(format!("{} {}", malformed.is_err(), identity.is_some()));
    Outcome::Done
}

#[webhook_handler("shifts.updated")]
async fn nested(State(trace): State<Trace>) -> Result<Result<(), Infallible>, std::io::Error> {
    trace.note("nested");
    Ok(Ok(()))
}

#[webhook_handler("identities.*")]
async fn mutable(State(mut trace): State<Trace>, mut ids: Data<IdentityIds>) {
    ids.0.identity.push('!');
    trace = trace.clone();
    trace.note(ids.0.identity);
}

#[tokio::test]
async fn eight_arguments() {
    assert_eq!(run(handlers![eight], &["identities.added"]).await, ["i1 n identities.added"]);
}

#[tokio::test]
async fn no_argument() {
    assert!(run(handlers![none], &["accounts.added"]).await.is_empty());
}

#[tokio::test]
async fn aliases_of_extractors_and_results() {
    assert_eq!(run(handlers![aliases], &["identities.updated"]).await, ["i1"]);
}

#[tokio::test]
async fn wrapped_extractors_and_returns() {
    assert_eq!(
        run(handlers![wrapped, nested], &["identities.added", "shifts.updated"]).await,
        ["true true", "nested"]
    );
}

#[tokio::test]
async fn mutable_arguments() {
    assert_eq!(run(handlers![mutable], &["identities.updated"]).await, ["i1!"]);
}
