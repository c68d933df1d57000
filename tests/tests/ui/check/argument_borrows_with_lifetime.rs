use switchhook::provider::argyle::Argyle;
use switchhook::{Data, HandlerList, handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated(Data(name): Data<std::borrow::Cow<'_, str>>) {
    let _ = name;
}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![updated];
}
