//! What the environment says, read and checked.

use std::{
    env::{self, VarError},
    error::Error,
};

use switchhook::{Inbox, provider::argyle::Client};
use uuid::Uuid;

/// The secret in the subscription request of Argyle's page on identities webhooks.
const SEED_SECRET: &str = "optional-secret";

const DEFAULT_INBOX: &str = "sqlite:identities.db";
const INBOX_FORMS: &str = "it is `sqlite:<file>`, `postgres://…` or `none`";

/// Argyle's sandbox, and where it reaches this program.
pub(crate) struct Sandbox {
    pub(crate) argyle: Client,
    /// In front of `/webhooks/argyle`.
    pub(crate) public_url: String,
}

/// The sandbox, where the environment says how to reach it.
pub(crate) fn sandbox() -> Result<Option<Sandbox>, Box<dyn Error>> {
    let names = ["ARGYLE_API_KEY_ID", "ARGYLE_API_KEY_SECRET", "PUBLIC_URL"];
    let [id, secret, public_url] = [variable(names[0])?, variable(names[1])?, variable(names[2])?];
    let (id, secret, public_url) = match (id, secret, public_url) {
        (Some(id), Some(secret), Some(public_url)) => (id, secret, public_url),
        (None, None, None) => return Ok(None),
        (id, secret, public_url) => {
            let is_set = [id.is_some(), secret.is_some(), public_url.is_some()];
            let missing = names.iter().zip(is_set).filter(|(_, is_set)| !is_set).map(|(name, _)| *name);
            let missing = missing.collect::<Vec<_>>().join(" and ");
            return Err(format!("to use Argyle's sandbox, set {missing} too; to do without, set none").into());
        }
    };
    let argyle = match variable("ARGYLE_API_URL")? {
        Some(url) => Client::at(url, id, secret),
        None => Client::sandbox(id, secret),
    };
    Ok(Some(Sandbox { argyle: argyle.build()?, public_url }))
}

/// The secret that deliveries are signed with: where anybody can send some, none that everybody knows.
pub(crate) fn secret(is_public: bool) -> Result<String, Box<dyn Error>> {
    match variable("ARGYLE_WEBHOOK_SECRET")? {
        Some(secret) => Ok(secret),
        None if is_public => {
            tracing::warn!(
                "ARGYLE_WEBHOOK_SECRET is not set: taking a new one, with which Argyle signs from now on"
            );
            Ok(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
        }
        None => {
            tracing::warn!("ARGYLE_WEBHOOK_SECRET is not set: taking `{SEED_SECRET}`, which everybody knows");
            Ok(SEED_SECRET.to_owned())
        }
    }
}

pub(crate) fn port() -> Result<u16, Box<dyn Error>> {
    let Some(port) = variable("PORT")? else { return Ok(3000) };
    port.parse().map_err(|error| format!("PORT is `{port}`, which is no port: {error}").into())
}

pub(crate) async fn inbox() -> Result<Option<Inbox>, Box<dyn Error>> {
    let inbox = variable("INBOX")?.unwrap_or_else(|| DEFAULT_INBOX.to_owned());
    match inbox.split_once(':') {
        Some(("sqlite", file)) if !file.is_empty() => Ok(Some(Inbox::sqlite(file).await?)),
        Some(("postgres" | "postgresql", _)) => Ok(Some(Inbox::postgres(inbox).await?)),
        None if inbox == "none" => Ok(None),
        // What stands behind it may hold a password.
        Some((scheme, _)) => Err(format!("INBOX begins with `{scheme}:`; {INBOX_FORMS}").into()),
        None => Err(format!("INBOX has no `:`; {INBOX_FORMS}").into()),
    }
}

fn variable(name: &str) -> Result<Option<String>, Box<dyn Error>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8").into()),
    }
}
