//! Deliveries of the local Argyle to an application, over real HTTP, while its subscriptions change.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use switchhook::{
    Data, Endpoint, State, Webhooks, handlers,
    provider::argyle::{Argyle, IdentityIds},
    testing::{Call, Fault, LocalArgyle},
    webhook_handler,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::support::{NAME, SECRET, client, local, ours};

/// How often each identity was heard of.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeMap<String, u32>>>);

impl Heard {
    fn note(&self, ids: IdentityIds) {
        *self.0.lock().unwrap().entry(ids.identity).or_default() += 1;
    }

    fn times(&self, identity: &str) -> u32 {
        self.0.lock().unwrap().get(identity).copied().unwrap_or_default()
    }
}

#[webhook_handler("identities.added")]
async fn noted(Data(ids): Data<IdentityIds>, State(heard): State<Heard>) {
    heard.note(ids);
}

#[webhook_handler("identities.updated")]
async fn noted_too(Data(ids): Data<IdentityIds>, State(heard): State<Heard>) {
    heard.note(ids);
}

/// Serves until it is dropped; gives the public address.
pub(crate) async fn serve(webhooks: &Webhooks) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks", listener.local_addr().unwrap());
    let router = axum::Router::new().nest("/webhooks", webhooks.router());
    let webhooks = webhooks.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { webhooks.serve(listener, router).await.unwrap() });
    (url, tasks)
}

fn ids(number: usize) -> IdentityIds {
    IdentityIds { identity: format!("identity-{number}"), ..IdentityIds::default() }
}

/// Sends `identities.added` without a pause until told to stop, each for another identity, of which this is the first and
/// every eighth is the next; gives the numbers. Each is sent to what is subscribed at that moment.
async fn flow(
    argyle: LocalArgyle,
    first: usize,
    sent: watch::Sender<usize>,
    stop: watch::Receiver<bool>,
) -> Vec<usize> {
    let mut number = first;
    while !*stop.borrow() {
        let answers = argyle.send("identities.added", &ids(number)).await;
        assert!(!answers.is_empty(), "nobody was subscribed");
        assert!(answers.iter().all(|sent| sent.status == Some(200)), "{answers:?}");
        number += 8;
        sent.send_modify(|sent| *sent += 1);
    }
    (first..number).step_by(8).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_subscription_is_replaced_no_delivery_is_missed() {
    let argyle = local().await;
    let heard = Heard::default();
    let app = |handlers| {
        let endpoint = Endpoint::new(Argyle::new(SECRET), handlers);
        Webhooks::builder().state(heard.clone()).endpoint(endpoint).build().unwrap()
    };
    let (before, after) = (app(handlers![noted]), app(handlers![noted, noted_too]));
    let (url, _serving) = serve(&after).await;
    let [before, after] =
        [before, after].map(|webhooks| webhooks.subscriptions().named(NAME).at(&url).build().unwrap());
    let client = client(&argyle);
    before.apply(&client).await.unwrap();

    let (sent, mut progress) = watch::channel(0);
    let (stop, stopped) = watch::channel(false);
    let mut flowing = JoinSet::new();
    for first in 0..8 {
        flowing.spawn(flow(argyle.clone(), first, sent.clone(), stopped.clone()));
    }
    // When all of them have failed, waiting for them ends.
    drop(sent);
    for round in 0..10 {
        let so_far = *progress.borrow_and_update();
        progress.wait_for(|sent| *sent > so_far + 100).await.unwrap();
        let (now, events) = if round % 2 == 0 {
            (&after, "identities.added identities.updated")
        } else {
            (&before, "identities.added")
        };
        // Each of its moments lasts long enough for some to be sent in it.
        let slow = Fault::Slow(Duration::from_millis(10));
        argyle.fail_each(
            [Call::List, Call::Create, Call::List, Call::Delete, Call::List].map(|call| (call, slow.clone())),
        );
        let before = *progress.borrow_and_update();
        now.apply(&client).await.unwrap();
        assert!(*progress.borrow_and_update() > before, "it flowed meanwhile");
        assert_eq!(ours(&argyle), [events]);
    }
    let so_far = *progress.borrow_and_update();
    progress.wait_for(|sent| *sent > so_far + 100).await.unwrap();
    stop.send_replace(true);
    let sent = flowing.join_all().await.concat();
    let times: Vec<u32> = sent.iter().map(|number| heard.times(&format!("identity-{number}"))).collect();
    let twice = times.iter().filter(|times| **times > 1).count();
    println!("{} events in 10 replacements; {twice} came for the old and the new subscription", times.len());
    assert!(
        times.iter().all(|times| *times > 0),
        "missed: {}",
        times.iter().filter(|times| **times == 0).count()
    );
    assert!(twice > 0, "none was sent while there were both");
}
