use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

const UPDATED: &str = "identities.updated";

#[webhook_handler(UPDATED)]
async fn updated() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
