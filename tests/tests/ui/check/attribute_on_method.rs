use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers, webhook_handler};

struct People;

impl People {
    #[webhook_handler("identities.updated")]
    async fn updated(&self) {}
}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![];
}
