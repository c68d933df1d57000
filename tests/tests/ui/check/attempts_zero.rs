use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated", attempts = 0)]
async fn updated() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
