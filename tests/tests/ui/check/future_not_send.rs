use switchhook::provider::argyle::Argyle;
use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};

use std::rc::Rc;

async fn refresh() {}

#[webhook_handler("identities.updated")]
async fn updated() {
    let count = Rc::new(1);
    refresh().await;
    drop(count);
}

fn main() {
    let _ = Webhooks::builder().endpoint(Endpoint::new(Argyle::new("secret"), handlers![updated])).build();
}
