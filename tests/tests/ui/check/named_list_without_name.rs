use switchhook::{handlers, webhook_handler};

#[webhook_handler("identities.updated")]
async fn updated() {}

handlers! { pub const = [updated]; }

fn main() {}
