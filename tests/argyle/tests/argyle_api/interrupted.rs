//! `apply` cut off at every one of its requests, before and after it is carried out.

use std::{future::Future, time::Duration};

use serde_json::json;
use switchhook::{
    handlers,
    subscriptions::Subscriptions,
    testing::{Call, Fault, LocalArgyle},
};

use crate::{
    several::{THREE, three, two_outdated},
    support::{NAME, SECRET, added, calls, client, local, ours, subscriptions, updated},
};

/// An Argyle that has an outdated subscription of ours twice, and one of somebody else.
async fn before() -> LocalArgyle {
    let argyle = local().await;
    for (name, events) in [(NAME, "identities.added"), ("crm", "*"), (NAME, "identities.added")] {
        let url = "https://hooks.example.com/webhooks/argyle";
        argyle.subscribe(json!({ "name": name, "url": url, "events": [events], "secret": SECRET })).unwrap();
    }
    argyle
}

/// Cuts a run off at each of its requests; gives the first letter of each request of a whole run.
async fn cut_off<F: Future<Output = LocalArgyle>>(
    before: impl Fn() -> F,
    subscriptions: &Subscriptions,
    then: &[&str],
) -> String {
    let whole = before().await;
    subscriptions.apply(&client(&whole)).await.unwrap();
    let methods: String = calls(&whole).iter().map(|call| &call[..1]).collect();
    let calls = methods.chars().map(|method| match method {
        'G' => Call::List,
        'P' => Call::Create,
        _ => Call::Delete,
    });
    let calls: Vec<Call> = calls.collect();
    for (nth, call) in calls.iter().enumerate() {
        for fault in [Fault::Hang, Fault::HangAfter] {
            let argyle = before().await;
            let earlier = calls[..nth].iter().filter(|earlier| *earlier == call).count();
            // Requests of this kind before it go through.
            argyle.fail_each((0..earlier).map(|_| (*call, Fault::Slow(Duration::ZERO))));
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
            let mut ours = ours(&argyle);
            ours.sort_by_key(|events| then.iter().position(|then| then == events));
            assert_eq!(ours, then, "request {nth}, {fault:?}");
            assert_eq!(argyle.subscriptions().len(), then.len() + 1, "the other one's is there");
        }
    }
    methods
}

#[tokio::test]
async fn cut_off_anywhere_the_next_run_finishes_the_job() {
    let subscriptions = subscriptions(handlers![added, updated]);
    let methods = cut_off(before, &subscriptions, &["identities.added identities.updated"]).await;
    assert_eq!(methods, "GPGDDG");
}

#[tokio::test]
async fn cut_off_anywhere_among_several_the_next_run_finishes_the_job() {
    assert_eq!(cut_off(two_outdated, &three(), &THREE).await, "GPPPGDDG");
}
