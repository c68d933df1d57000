use switchhook::provider::argyle::Argyle;
use switchhook::{Attempt, HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated(
    _: Attempt,
    _: Attempt,
    _: Attempt,
    _: Attempt,
    _: Attempt,
    _: Attempt,
    _: Attempt,
    _: Attempt,
    _: Attempt,
) {
}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
