use switchhook::webhook_handler;

#[webhook_handler(event("issues.pinned"))]
async fn pinned() {}

fn main() {}
