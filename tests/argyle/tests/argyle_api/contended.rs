//! Lists that lag, show one twice or never what there should be, and an Argyle that makes something else than asked.

use serde_json::{Value, json};
use switchhook::{
    handlers,
    subscriptions::{ApplyFault, Difference},
};

use crate::{
    store::Store,
    support::{NAME, SECRET, added, show, subscriptions, tell},
};

const URL: &str = "https://hooks.example.com/webhooks/argyle";

fn one(id: &str, event: &str) -> Value {
    json!({ "id": id, "name": NAME, "url": URL, "events": [event], "secret": SECRET, "created_at": format!("2026-{id}") })
}

#[tokio::test]
async fn where_somebody_else_makes_another_again_and_again_it_gives_up_and_says_so() {
    let mut nth = 0;
    let more = move |all: &mut Vec<Value>| {
        nth += 1;
        all.retain(|one| !one["id"].as_str().unwrap().starts_with("more"));
        all.push(one(&format!("more-{nth}"), "vehicles.added"));
        all.clone()
    };
    let store = Store::odd(vec![one("old", "identities.added")], more, |_| {}).await;
    let error = tell(subscriptions(handlers![added]).apply(&store.client).await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "somebody else changes the subscriptions of this name at the same time; let one version of the application do it (0 \
         subscriptions created, 4 deleted); run it again: it looks at what is there and goes on"
    );
    assert!(matches!(error.fault(), ApplyFault::Contended));
    assert!(std::error::Error::source(&error).is_none());
    assert_eq!(error.done().deleted.len(), 4);
    assert!(store.ids().contains(&"old".to_owned()), "what should be there is never deleted");
    assert!(!store.calls().contains(&"POST".to_owned()));
}

#[tokio::test]
async fn a_list_that_lags_is_waited_for_before_anything_is_deleted() {
    let mut after = 0;
    let lagging = move |all: &mut Vec<Value>| {
        if all.len() > 1 {
            after += 1;
        }
        // What is made is shown when the list is read for the third time after it.
        if after > 0 && after < 3 { all[..1].to_vec() } else { all.clone() }
    };
    let store = Store::odd(vec![one("old", "vehicles.added")], lagging, |_| {}).await;
    let applied = show(subscriptions(handlers![added]).apply(&store.client).await.unwrap());
    assert_eq!((applied.created, applied.deleted), (vec!["made-1".to_owned()], vec!["old".to_owned()]));
    assert_eq!(store.calls(), ["GET", "POST", "GET", "GET", "GET", "DELETE old", "GET"]);
    assert_eq!(store.ids(), ["made-1"]);
}

#[tokio::test]
async fn a_list_that_lags_behind_a_deletion_is_nobody_elses_doing() {
    let mut had: Vec<Value> = Vec::new();
    // Whatever was there once is shown for ever.
    let lagging = move |all: &mut Vec<Value>| {
        had.extend(all.iter().filter(|one| !had.contains(one)).cloned().collect::<Vec<_>>());
        had.clone()
    };
    let there = vec![one("it", "identities.added"), one("old", "vehicles.added")];
    let store = Store::odd(there, lagging, |_| {}).await;
    let applied = show(subscriptions(handlers![added]).apply(&store.client).await.unwrap());
    assert_eq!(applied.to_string(), "0 subscriptions created, 1 deleted");
    assert_eq!(store.calls(), ["GET", "DELETE old", "GET"]);
}

#[tokio::test]
async fn a_list_that_shows_one_twice_has_it_once() {
    let twice = |all: &mut Vec<Value>| [all.clone(), all.clone()].concat();
    let store =
        Store::odd(vec![one("it", "identities.added"), one("old", "vehicles.added")], twice, |_| {}).await;
    let subscriptions = subscriptions(handlers![added]);
    let plan = show(subscriptions.plan(&store.client).await.unwrap());
    assert_eq!(plan.changes().len(), 2, "{plan}");
    let applied = show(subscriptions.apply(&store.client).await.unwrap());
    assert_eq!(applied.to_string(), "0 subscriptions created, 1 deleted");
    assert_eq!(store.ids(), ["it"]);
}

#[tokio::test]
async fn whatever_argyle_makes_otherwise_is_said_and_deleted_again() {
    let differences = [
        (
            json!({ "name": " Name\n" }),
            r"its name is ` Name\n`",
            Difference::Name { had: " Name\n".to_owned() },
        ),
        (json!({ "secret": null }), "it has another secret", Difference::Secret),
        (
            json!({ "url": "https://elsewhere.example.com" }),
            "its address is https://elsewhere.example.com",
            Difference::Url { had: "https://elsewhere.example.com".to_owned() },
        ),
    ];
    for (members, said, difference) in differences {
        let make = move |made: &mut Value| {
            made.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        };
        let store = Store::odd(vec![one("old", "vehicles.added")], |all| all.clone(), make).await;
        let error = tell(subscriptions(handlers![added]).apply(&store.client).await.unwrap_err());
        assert_eq!(
            error.to_string(),
            format!(
                "Argyle made the subscription `made-1` otherwise than asked: {said}; it was deleted again; please report it \
                 to Switchhook (1 subscription created, 1 deleted)"
            )
        );
        let ApplyFault::Otherwise { id, differences, is_deleted: true } = error.fault() else {
            panic!("{error:?}")
        };
        assert_eq!((id.as_str(), &differences[..]), ("made-1", &[difference][..]));
        assert_eq!(store.calls(), ["GET", "POST", "DELETE made-1"]);
        assert_eq!(store.ids(), ["old"]);
    }
}

#[tokio::test]
async fn all_in_which_it_is_otherwise_is_said() {
    let make = |made: &mut Value| {
        made["events"] = json!(["*"]);
        made["config"] = json!({ "include_resource": true, "days_synced": 7 });
        made["name"] = json!("other");
    };
    let store = Store::odd(Vec::new(), |all| all.clone(), make).await;
    let error = tell(subscriptions(handlers![added]).apply(&store.client).await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "Argyle made the subscription `made-1` otherwise than asked: `identities.added` is missing, `*` is there too, its name \
         is `other`, it asks for the resource, 7 days synced; it was deleted again; please report it to Switchhook (1 \
         subscription created, 1 deleted)"
    );
    assert!(store.ids().is_empty());
}
