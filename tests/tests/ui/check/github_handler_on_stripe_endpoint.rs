use switchhook::{
    Endpoint, handlers,
    provider::{github::GitHub, stripe::Stripe},
    webhook_handler,
};

#[webhook_handler("push", provider = GitHub)]
async fn pushed() {}

fn main() {
    let _endpoint = Endpoint::<_, ()>::new(Stripe::new("whsec_s3cr3t"), handlers![pushed]);
}
