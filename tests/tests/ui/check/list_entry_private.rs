use switchhook::provider::argyle::Argyle;
use switchhook::{HandlerList, handlers};

mod payroll {
    use switchhook::webhook_handler;

    #[webhook_handler("identities.updated")]
    async fn updated() {}
}

fn main() {
    let _: HandlerList<Argyle, ()> = handlers![payroll::updated];
}
