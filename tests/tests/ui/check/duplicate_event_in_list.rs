use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated() {}

#[webhook_handler("identities.added", "identities.updated")]
async fn changed() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated, changed];
}
