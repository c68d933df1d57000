use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities..updated", retries = 5, timeout = "soon", "*.added", attempts = 0)]
async fn updated() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
