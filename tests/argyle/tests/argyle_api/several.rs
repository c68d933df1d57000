//! Several subscriptions made and deleted in one run.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;
use switchhook::{
    handlers,
    subscriptions::{SubscriptionOptions, Subscriptions},
    testing::{Call, Fault, LocalArgyle},
    webhook_handler,
};

use crate::support::{NAME, SECRET, added, builder, calls, client, local, ours, show, tell, webhooks};

const URL: &str = "https://hooks.example.com/webhooks/argyle";

#[webhook_handler("accounts.updated", "paystubs.partially_synced")]
async fn more() {}

/// What three subscriptions ask for.
pub(crate) const THREE: [&str; 3] = ["identities.added", "accounts.updated", "paystubs.partially_synced"];

pub(crate) fn three() -> Subscriptions {
    let options = SubscriptionOptions::new()
        .include_resource(["accounts.updated"])
        .days_synced("paystubs.partially_synced", [90]);
    show(builder(&webhooks(handlers![added, more])).endpoint("argyle", options).build().unwrap())
}

/// An Argyle that has two outdated subscriptions of ours, and one of somebody else.
pub(crate) async fn two_outdated() -> LocalArgyle {
    let argyle = local().await;
    for (name, event) in [(NAME, "vehicles.added"), ("crm", "*"), (NAME, "identities.added")] {
        let url = if event == "identities.added" { "https://old.example.com" } else { URL };
        argyle.subscribe(json!({ "name": name, "url": url, "events": [event], "secret": SECRET })).unwrap();
    }
    argyle
}

/// Lets so many creations through, and then has these go wrong.
async fn creations(through: usize, faults: impl IntoIterator<Item = Fault>) -> LocalArgyle {
    let argyle = two_outdated().await;
    argyle.fail_each((0..through).map(|_| (Call::Create, Fault::Slow(Duration::ZERO))));
    argyle.fail_each(faults.into_iter().map(|fault| (Call::Create, fault)));
    argyle
}

fn methods(argyle: &LocalArgyle) -> String {
    calls(argyle).iter().map(|call| &call[..1]).collect()
}

fn ids_of_ours(argyle: &LocalArgyle) -> BTreeSet<String> {
    let all = argyle.subscriptions();
    let ours = all.iter().filter(|one| one["name"] == NAME);
    ours.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn all_are_made_before_the_first_is_deleted() {
    let argyle = two_outdated().await;
    let before = ids_of_ours(&argyle);
    let applied = show(three().apply(&client(&argyle)).await.unwrap());
    assert_eq!(methods(&argyle), "GPPPGDDG");
    assert_eq!(applied.to_string(), "3 subscriptions created, 2 deleted");
    assert_eq!(applied.deleted.into_iter().collect::<BTreeSet<_>>(), before);
    assert_eq!(applied.created.into_iter().collect::<BTreeSet<_>>(), ids_of_ours(&argyle));
    assert_eq!(ours(&argyle), THREE);
}

#[tokio::test]
async fn when_one_is_refused_those_before_it_are_told_and_nothing_is_deleted() {
    let argyle = creations(1, [Fault::Status(400)]).await;
    let error = tell(three().apply(&client(&argyle)).await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "the subscriptions are not what they should be (1 subscription created, 0 deleted)"
    );
    assert_eq!(methods(&argyle), "GPP");
    assert_eq!(ours(&argyle), ["vehicles.added", "identities.added", "identities.added"]);
    let made = &argyle.subscriptions()[3]["id"];
    assert_eq!(error.done().created, [made.as_str().unwrap()]);

    let applied = three().apply(&client(&argyle)).await.unwrap();
    assert_eq!(applied.to_string(), "2 subscriptions created, 2 deleted");
    assert_eq!((ours(&argyle), argyle.subscriptions().len()), (THREE.map(str::to_owned).to_vec(), 4));
}

#[tokio::test]
async fn those_of_which_argyle_did_not_say_that_they_were_made_are_told_too() {
    let failed = || Fault::StatusAfter(500);
    for (through, faults) in
        [(1, vec![failed()]), (0, vec![failed(), failed(), failed()]), (2, vec![failed()])]
    {
        let argyle = creations(through, faults).await;
        let applied = show(three().apply(&client(&argyle)).await.unwrap());
        assert_eq!(methods(&argyle), "GPPPGDDG");
        assert_eq!(ours(&argyle), THREE);
        assert_eq!(applied.created.len(), 3);
        assert_eq!(applied.created.into_iter().collect::<BTreeSet<_>>(), ids_of_ours(&argyle));
    }
}

#[tokio::test]
async fn one_that_argyle_did_not_make_keeps_the_old_ones_alive() {
    let argyle = creations(1, [Fault::Status(500)]).await;
    let error = tell(three().apply(&client(&argyle)).await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "the subscriptions are not what they should be (2 subscriptions created, 0 deleted); run it again: it looks at what is there \
         and goes on"
    );
    assert_eq!(methods(&argyle), "GPPPG");
    let applied = three().apply(&client(&argyle)).await.unwrap();
    assert_eq!(applied.to_string(), "1 subscription created, 2 deleted");
    assert_eq!(ours(&argyle), [THREE[0], THREE[2], THREE[1]]);
}
