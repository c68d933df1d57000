use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated() {}

#[webhook_handler("identities.added")]
async fn added() {}

handlers! { pub const HANDLERS = [added, updated] }

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![HANDLERS];
}
