use switchhook::{Endpoint, Webhooks, handlers, provider::stripe::Stripe, webhook_handler};

#[webhook_handler("push")]
async fn pushed() {}

fn main() {
    let stripe = Endpoint::new(Stripe::new("whsec_s3cr3t"), handlers![pushed]);
    drop(Webhooks::builder().endpoint(stripe).build());
}
