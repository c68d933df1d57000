use switchhook::{Data, provider::github::IssuesEvent, webhook_handler};

#[webhook_handler("issues.openned")]
async fn opened(_: Data<IssuesEvent>) {}

fn main() {}
