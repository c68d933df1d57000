use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.*")]
async fn all() {}

#[webhook_handler("identities.*")]
async fn every() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![all, every];
}
