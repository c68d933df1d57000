//! `apply`, when any one of its calls goes wrong in any way: what it says, what is left, and that the next run is enough.

use std::{error::Error, time::Duration};

use serde_json::{Value, json};
use switchhook::{
    handlers,
    provider::argyle::ApiFault,
    subscriptions::ApplyFault,
    testing::{Call, Fault, LocalArgyle},
};

use crate::support::{NAME, SECRET, added, calls, client, client_for, local, ours, subscriptions, tell};

/// What comes of a run that meets a fault.
#[derive(Clone, Copy)]
enum Run {
    /// It goes on, and all is well.
    Succeeds,
    /// It fails, and the same would happen at once again.
    Fails,
    /// It fails, and running it again is advised.
    FailsForNow,
}

use Run::{Fails, FailsForNow, Succeeds};

const THROTTLED: Fault = Fault::RateLimited { retry_after: Some(Duration::ZERO) };
const THROTTLED_FOR_LONG: Fault = Fault::RateLimited { retry_after: Some(Duration::from_hours(1)) };

/// An Argyle that has an outdated subscription of ours, and one of somebody else.
async fn before() -> LocalArgyle {
    let argyle = local().await;
    for (name, event) in [("crm", "*"), (NAME, "vehicles.added")] {
        let url = "https://hooks.example.com/webhooks/argyle";
        argyle.subscribe(json!({ "name": name, "url": url, "events": [event], "secret": SECRET })).unwrap();
    }
    argyle
}

fn posts(calls: &[String]) -> usize {
    calls.iter().filter(|call| call.starts_with("POST")).count()
}

fn of_others(argyle: &LocalArgyle) -> Vec<Value> {
    argyle.subscriptions().into_iter().filter(|one| one["name"] != NAME).collect()
}

/// Applies twice, the first time with a fault at the nth call of its kind, by which so many are `made` so far.
async fn meets(call: Call, nth: usize, made: usize, fault: &Fault, run: Run) {
    let case = format!("{call:?} {nth}, {fault:?}");
    let argyle = before().await;
    let others = of_others(&argyle);
    argyle.fail_each((1..nth).map(|_| (call, Fault::Slow(Duration::ZERO))));
    argyle.fail(call, fault.clone());
    let subscriptions = subscriptions(handlers![added]);
    let applied = subscriptions.apply(&client_for(&argyle, fault)).await;
    let most = if call == Call::Create && *fault == THROTTLED { 2 } else { 1 };
    assert!(posts(&calls(&argyle)) <= most, "{case}: {:?}", calls(&argyle));
    match run {
        Succeeds => {
            let applied = applied.map_err(tell).unwrap_or_else(|error| panic!("{case}: {error:?}"));
            assert_eq!((applied.created.len(), applied.deleted.len()), (1, 1), "{case}");
            assert_eq!(ours(&argyle), ["identities.added"], "{case}");
        }
        Fails | FailsForNow => {
            let error = tell(applied.err().unwrap_or_else(|| panic!("{case}: it succeeded")));
            let plural = if made == 1 { "" } else { "s" };
            let advice = match run {
                FailsForNow => "; run it again: it looks at what is there and goes on",
                Succeeds | Fails => "",
            };
            assert_eq!(
                error.to_string(),
                format!(
                    "the subscriptions are not what they should be ({made} subscription{plural} created, 0 deleted){advice}"
                ),
                "{case}"
            );
            assert_eq!((error.done().created.len(), error.done().deleted.len()), (made, 0), "{case}");
            let ApplyFault::Api(api) = error.fault() else { panic!("{case}: {error:?}") };
            assert_eq!(error.source().unwrap().to_string(), api.to_string(), "{case}");
            assert_eq!(
                matches!(api.fault(), ApiFault::UnknownKey { .. }),
                *fault == Fault::Status(401),
                "{case}"
            );
            assert!(ours(&argyle).contains(&"vehicles.added".to_owned()), "{case}: the old one was deleted");
        }
    }
    assert_eq!(of_others(&argyle), others, "{case}");
    let seen = argyle.requests().len();
    subscriptions.apply(&client(&argyle)).await.map_err(tell).unwrap();
    assert_eq!(ours(&argyle), ["identities.added"], "{case}");
    assert_eq!(of_others(&argyle), others, "{case}");
    let missing = usize::from(made == 0 && !matches!(run, Succeeds));
    assert_eq!(posts(&calls(&argyle)[seen..]), missing, "{case}");
}

/// Faults after which nothing that only reads or deletes can be in doubt.
const OF_HARMLESS_CALLS: [(Fault, Run); 9] = [
    (Fault::Status(400), Fails),
    (Fault::Status(401), Fails),
    (Fault::Status(403), Fails),
    (THROTTLED, Succeeds),
    (THROTTLED_FOR_LONG, FailsForNow),
    (Fault::Status(500), Succeeds),
    (Fault::Status(503), Succeeds),
    (Fault::TruncatedAfter, Succeeds),
    (Fault::Huge, Fails),
];

#[tokio::test]
async fn a_first_list_that_fails_leaves_all_as_it_was() {
    for (fault, run) in &OF_HARMLESS_CALLS {
        meets(Call::List, 1, 0, fault, *run).await;
    }
    meets(Call::List, 1, 0, &Fault::NotJsonAfter, Fails).await;
}

#[tokio::test]
async fn a_list_that_fails_after_the_creation_leaves_the_old_one_to_the_next_run() {
    for (fault, run) in &OF_HARMLESS_CALLS {
        meets(Call::List, 2, 1, fault, *run).await;
    }
    meets(Call::List, 2, 1, &Fault::NotJsonAfter, Fails).await;
}

#[tokio::test]
async fn a_deletion_that_fails_is_left_to_the_next_run() {
    for (fault, run) in &OF_HARMLESS_CALLS {
        meets(Call::Delete, 1, 1, fault, *run).await;
    }
    // Whatever it says, Argyle has done it.
    meets(Call::Delete, 1, 1, &Fault::NotJsonAfter, Succeeds).await;
}

#[tokio::test]
async fn a_creation_that_fails_is_sent_again_only_when_it_was_turned_away() {
    for (fault, run) in [
        (Fault::Status(400), Fails),
        (Fault::Status(401), Fails),
        (Fault::Status(403), Fails),
        (THROTTLED, Succeeds),
        (THROTTLED_FOR_LONG, FailsForNow),
        (Fault::Status(500), FailsForNow),
        (Fault::Status(503), FailsForNow),
        (Fault::StatusAfter(500), Succeeds),
        (Fault::StatusAfter(503), Succeeds),
        (Fault::TruncatedAfter, Succeeds),
        (Fault::NotJsonAfter, Succeeds),
        (Fault::Huge, Fails),
    ] {
        meets(Call::Create, 1, 0, &fault, run).await;
    }
}

#[tokio::test]
async fn a_call_without_an_answer_is_sent_again_unless_it_creates() {
    for fault in [Fault::Hang, Fault::HangAfter] {
        meets(Call::List, 1, 0, &fault, Succeeds).await;
        meets(Call::List, 2, 1, &fault, Succeeds).await;
        meets(Call::Delete, 1, 1, &fault, Succeeds).await;
    }
    meets(Call::Create, 1, 0, &Fault::Hang, FailsForNow).await;
    meets(Call::Create, 1, 0, &Fault::HangAfter, Succeeds).await;
}
