use switchhook::{Endpoint, Webhooks, handlers, provider::github::GitHub, webhook_handler};

#[webhook_handler("isues.opened")]
async fn opened() {}

fn main() {
    let github = Endpoint::new(GitHub::new("s3cr3t"), handlers![opened]);
    drop(Webhooks::builder().endpoint(github).build());
}
