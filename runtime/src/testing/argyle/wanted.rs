//! What Argyle takes as a subscription.

use reqwest::Url;
use serde_json::{Map, Value};

use crate::provider::argyle::{
    ARGYLE,
    api::offers::{MOST_ITEMS, needs_items, offers_days, offers_resource},
};

/// A subscription as it was asked for.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) events: Vec<String>,
    pub(super) config: Map<String, Value>,
    pub(super) secret: Option<String>,
    pub(super) url: Url,
}

impl Wanted {
    /// Reads what `POST /v2/webhooks` was sent, or says in a sentence what is wrong with it.
    pub(super) fn read(body: &Value) -> Result<Self, String> {
        let Some(body) = body.as_object() else { return Err("The body must be an object.".to_owned()) };
        let events = events(body.get("events"))?;
        let name = text(body, "name")?.to_owned();
        let url = Url::parse(text(body, "url")?).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or("`url` must be an address with `http` or `https`.")?;
        let secret = secret(body.get("secret"))?;
        let config = config(body.get("config"), &events)?;
        Ok(Self { name, events, config, secret, url })
    }
}

fn text<'a>(body: &'a Map<String, Value>, key: &str) -> Result<&'a str, String> {
    let text = body.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| format!("`{key}` is required and must be a text."))
}

fn events(events: Option<&Value>) -> Result<Vec<String>, String> {
    let names: Option<Vec<_>> = match events {
        Some(Value::String(name)) if name == "*" => Some(vec![name.clone()]),
        Some(Value::Array(names)) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let names = names.filter(|names| !names.is_empty());
    let names = names.ok_or("`events` is required and must be a list of names, or `*`.")?;
    if names != ["*"] {
        for name in &names {
            match name.as_str() {
                "*" => return Err("`*` must be the only one of `events`.".to_owned()),
                name if ARGYLE.contains(name) => {}
                name => return Err(format!("`{name}` is not an event.")),
            }
        }
    }
    Ok(names)
}

fn secret(secret: Option<&Value>) -> Result<Option<String>, String> {
    match secret {
        None | Some(Value::Null) => Ok(None),
        // An HMAC's key of zeros alone is no key. What Argyle makes of an empty secret is not known.
        Some(Value::String(secret)) if secret.bytes().any(|byte| byte != 0) => Ok(Some(secret.clone())),
        Some(_) => Err("`secret` must be a text that is not empty, or null.".to_owned()),
    }
}

fn config(config: Option<&Value>, events: &[String]) -> Result<Map<String, Value>, String> {
    let config = match config {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(config)) => config.clone(),
        Some(_) => return Err("`config` must be an object.".to_owned()),
    };
    let items = format!("a list of 1 to {MOST_ITEMS} Item ids");
    for (key, value) in &config {
        let (has_form, form, takes, which): (bool, &str, fn(&str) -> bool, &str) = match key.as_str() {
            "include_resource" => (
                value.is_boolean(),
                "true or false",
                offers_resource,
                "accounts, deposit switches and verifications",
            ),
            "days_synced" => {
                let is_number = value.as_u64().is_some_and(|days| days > 0);
                (is_number, "a number of days", offers_days, "`*.partially_synced`")
            }
            "items" => (is_items(value), &*items, needs_items, "`items.*`"),
            key => return Err(format!("`config` has no `{key}`.")),
        };
        if !has_form {
            return Err(format!("`config.{key}` must be {form}."));
        }
        if events == ["*"] {
            return Err(format!("`*` takes no `config.{key}`; subscribe to the events by their names."));
        }
        if !events.iter().any(|event| takes(event)) {
            return Err(format!("`config.{key}` is only for events of {which}."));
        }
    }
    if events.iter().any(|event| needs_items(event)) && !config.contains_key("items") {
        return Err(format!("`items.*` needs `config.items`, {items}."));
    }
    Ok(config)
}

fn is_items(value: &Value) -> bool {
    let items = value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    items && value.as_array().is_some_and(|items| (1..=MOST_ITEMS).contains(&items.len()))
}
