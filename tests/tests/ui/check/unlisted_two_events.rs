use switchhook::webhook_handler;

#[webhook_handler(unlisted("issues.pinned", "issues.unpinned"))]
async fn pinned() {}

fn main() {}
