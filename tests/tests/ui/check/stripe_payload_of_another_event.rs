use switchhook::{Data, provider::stripe::Charge, webhook_handler};

#[webhook_handler("charge.dispute.created")]
async fn disputed(_: Data<Charge>) {}

fn main() {}
