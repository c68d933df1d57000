use switchhook::{Data, provider::stripe::Invoice, webhook_handler};

#[webhook_handler("invoice.payed")]
async fn paid(_: Data<Invoice>) {}

fn main() {}
