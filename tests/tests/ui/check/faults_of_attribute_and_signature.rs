use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities..updated", attempts = 0)]
fn updated(event: &str) {
    let _ = event;
}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
