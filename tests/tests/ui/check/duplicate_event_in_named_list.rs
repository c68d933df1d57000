use switchhook::{handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated() {}

#[webhook_handler("identities.updated")]
async fn refreshed() {}

handlers! { pub const HANDLERS = [updated, refreshed]; }

fn main() {}
