use switchhook::provider::argyle::Argyle;
use switchhook::{Endpoint, State, Webhooks, handlers, webhook_handler};

#[derive(Clone)]
struct App;

#[derive(Clone)]
struct Db;

#[webhook_handler("identities.updated")]
async fn updated(_: Option<State<Db>>) {}

fn main() {
    let endpoint = Endpoint::new(Argyle::new("secret"), handlers![updated]);
    let _ = Webhooks::builder().state(App).endpoint(endpoint).build();
}
