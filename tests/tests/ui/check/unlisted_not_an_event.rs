use switchhook::webhook_handler;

#[webhook_handler(unlisted(7))]
async fn pinned() {}

fn main() {}
