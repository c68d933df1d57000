use switchhook::{provider::stripe::Stripe, webhook_handler};

#[webhook_handler("charge.refund", provider = Stripe)]
async fn refunded() {}

fn main() {}
