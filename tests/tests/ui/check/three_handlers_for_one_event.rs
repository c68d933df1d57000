use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn first() {}

#[webhook_handler("identities.updated")]
async fn second() {}

#[webhook_handler("identities.updated")]
async fn third() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![first, second, third];
}
