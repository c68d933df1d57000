use switchhook::{Data, provider::github::PullRequestEvent, webhook_handler};

#[webhook_handler("pull_request")]
async fn changed(_: Data<PullRequestEvent>) {}

fn main() {}
