use switchhook::{
    Data, Endpoint, Webhooks, handlers,
    provider::github::{GitHub, IssuesEvent},
    webhook_handler,
};

#[webhook_handler("issues.opened", unlisted("issues.invented"))]
async fn of_payload(_: Data<IssuesEvent>) {}

#[webhook_handler(unlisted("invented.*"), provider = GitHub)]
async fn of_provider() {}

fn main() {
    let github = Endpoint::new(GitHub::new("s3cr3t"), handlers![of_payload, of_provider]);
    Webhooks::builder().endpoint(github).build().unwrap();
}
