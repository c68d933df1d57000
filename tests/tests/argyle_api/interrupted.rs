//! `apply` cut off at every one of its requests, before and after it is carried out.

use serde_json::json;
use switchhook::{
    handlers,
    testing::{Call, Fault, LocalArgyle},
};

use crate::support::{NAME, SECRET, added, calls, client, local, ours, subscriptions, updated};

/// An Argyle that has an outdated subscription of ours twice, and one of somebody else.
async fn before() -> LocalArgyle {
    let argyle = local().await;
    for (name, events) in [(NAME, "identities.added"), ("crm", "*"), (NAME, "identities.added")] {
        let url = "https://hooks.example.com/webhooks/argyle";
        argyle.subscribe(json!({ "name": name, "url": url, "events": [events], "secret": SECRET })).unwrap();
    }
    argyle
}

#[tokio::test]
async fn cut_off_anywhere_the_next_run_finishes_the_job() {
    let subscriptions = subscriptions(handlers![added, updated]);
    let whole = before().await;
    subscriptions.apply(&client(&whole)).await.unwrap();
    let calls: Vec<Call> = calls(&whole)
        .iter()
        .map(|call| match call.split(' ').next() {
            Some("GET") => Call::List,
            Some("POST") => Call::Create,
            _ => Call::Delete,
        })
        .collect();
    assert_eq!(calls, [Call::List, Call::Create, Call::List, Call::Delete, Call::Delete, Call::List]);
    for (nth, call) in calls.iter().enumerate() {
        for fault in [Fault::Hang, Fault::HangAfter] {
            let argyle = before().await;
            let earlier = calls[..nth].iter().filter(|earlier| *earlier == call).count();
            // Requests of this kind before it go through.
            argyle.fail_each((0..earlier).map(|_| (*call, Fault::Slow(std::time::Duration::ZERO))));
            argyle.fail(*call, fault.clone());
            let client = client(&argyle);
            tokio::select! {
                biased;
                () = argyle.wait_for_requests(nth as u64 + 1) => {}
                applied = subscriptions.apply(&client) => panic!("it went on after request {nth}: {applied:?}"),
            }
            let left = ours(&argyle);
            assert!(
                left.iter().any(|events| events.contains("identities.added")),
                "no moment without a subscription: {left:?}"
            );
            subscriptions.apply(&client).await.unwrap();
            assert_eq!(ours(&argyle), ["identities.added identities.updated"], "request {nth}, {fault:?}");
            assert_eq!(argyle.subscriptions().len(), 2, "the other one's is there");
        }
    }
}
