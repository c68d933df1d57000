use switchhook::{Endpoint, Webhooks, handlers, provider::stripe::Stripe, webhook_handler};

#[webhook_handler("invoice.payed")]
async fn paid() {}

fn main() {
    let stripe = Endpoint::new(Stripe::new("whsec_s3cr3t"), handlers![paid]);
    drop(Webhooks::builder().endpoint(stripe).build());
}
