use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated", attempts = "five")]
async fn updated() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
