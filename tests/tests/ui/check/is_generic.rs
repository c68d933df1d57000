use switchhook::provider::argyle::Argyle;
use switchhook::{Data, HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated<T: Send>(Data(_): Data<T>) {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
