use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers};

async fn updated() {}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
