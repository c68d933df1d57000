use switchhook::webhook_handler;

#[webhook_handler(unlisted("issues pinned"))]
async fn pinned() {}

fn main() {}
