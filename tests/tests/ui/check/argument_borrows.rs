use switchhook::provider::argyle::Argyle;
use switchhook::{EventName, HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated(event: &EventName) {
    let _ = event;
}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
