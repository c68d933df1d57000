//! An Argyle that shows, makes and deletes subscriptions otherwise than it should.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{delete, get},
};
use serde_json::{Value, json};
use switchhook::provider::argyle::Client;
use tokio::task::JoinSet;

use crate::odd::serve;

type List = Box<dyn FnMut(&mut Vec<Value>) -> Vec<Value> + Send>;
type Make = Box<dyn FnMut(&mut Value) + Send>;

/// Serves until it is dropped.
pub(crate) struct Store {
    pub(crate) client: Client,
    kept: Shared,
    _serving: JoinSet<()>,
}

type Shared = Arc<Mutex<Kept>>;

struct Kept {
    all: Vec<Value>,
    calls: Vec<String>,
    made: u32,
    list: List,
    make: Make,
}

impl Store {
    /// One that has these and does nothing odd.
    pub(crate) async fn with(all: Vec<Value>) -> Self {
        Self::odd(all, |all| all.clone(), |_made| {}).await
    }

    /// One that has these, shows for all that it has what `list` gives, and makes of what is asked for what `make` does.
    pub(crate) async fn odd(
        all: Vec<Value>,
        list: impl FnMut(&mut Vec<Value>) -> Vec<Value> + Send + 'static,
        make: impl FnMut(&mut Value) + Send + 'static,
    ) -> Self {
        let (list, make) = (Box::new(list), Box::new(make));
        let kept = Arc::new(Mutex::new(Kept { all, calls: Vec::new(), made: 0, list, make }));
        let app = Router::new()
            .route("/v2/webhooks", get(shown).post(made))
            .route("/v2/webhooks/{id}", delete(deleted))
            .with_state(Arc::clone(&kept));
        let (client, serving) = serve(app).await;
        Self { client, kept, _serving: serving }
    }

    /// The ids of all that it has.
    pub(crate) fn ids(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        kept.all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The method of each request, and the id that it deletes.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.kept.lock().unwrap().calls.clone()
    }
}

async fn shown(State(kept): State<Shared>) -> String {
    let mut kept = kept.lock().unwrap();
    let Kept { all, calls, list, .. } = &mut *kept;
    calls.push("GET".to_owned());
    json!({ "next": null, "results": list(all) }).to_string()
}

async fn made(State(kept): State<Shared>, body: String) -> impl IntoResponse {
    let mut one: Value = serde_json::from_str(&body).unwrap();
    let mut kept = kept.lock().unwrap();
    let Kept { all, calls, made, make, .. } = &mut *kept;
    calls.push("POST".to_owned());
    *made += 1;
    one["id"] = json!(format!("made-{made}"));
    one["created_at"] = json!(format!("2026-02-03T10:11:12.{made:06}Z"));
    make(&mut one);
    all.push(one.clone());
    (StatusCode::CREATED, one.to_string())
}

async fn deleted(State(kept): State<Shared>, Path(id): Path<String>) -> StatusCode {
    let mut kept = kept.lock().unwrap();
    let before = kept.all.len();
    kept.calls.push(format!("DELETE {id}"));
    kept.all.retain(|one| one["id"] != json!(id));
    if kept.all.len() < before { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
