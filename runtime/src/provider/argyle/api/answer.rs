//! What Argyle answered, read within bounds.

use reqwest::{Response, StatusCode, header::CONTENT_TYPE};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, error::Category};

use super::{ApiFault, hidden::Hidden, shown::is_plain};
use crate::json;

/// Many times what the longest page takes: 200 identities of 2 KiB each.
pub(super) const LONGEST: usize = 8 * 1024 * 1024;

/// The most that is read of an error.
const LONGEST_ERROR: usize = 64 * 1024;

/// The most characters of an error's details that are kept.
const LONGEST_DETAIL: usize = 300;

/// The most characters of a header that are kept.
const LONGEST_HEADER: usize = 64;

/// An answer's body, and what is known of it.
pub(super) struct Answer {
    body: Vec<u8>,
    content_type: Option<String>,
    facts: Facts,
}

/// What is known of an answer whatever its body says.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) status: Option<StatusCode>,
    trace_id: Option<String>,
    /// How many attempts there were; 0 while there is the first.
    pub(super) attempts: u32,
}

/// Why there is no answer although it began.
pub(super) enum Unread {
    TooLong,
    Broken(reqwest::Error),
}

impl Facts {
    pub(super) fn of(response: &Response) -> Self {
        Self { status: Some(response.status()), trace_id: text(response, "x-trace-id"), attempts: 0 }
    }

    pub(super) fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }
}

/// A header as text that can be printed.
fn text(response: &Response, name: &str) -> Option<String> {
    let text = response.headers().get(name)?.to_str().ok()?;
    Some(text.chars().take(LONGEST_HEADER).collect())
}

impl Answer {
    /// Reads an answer to its end.
    pub(super) async fn read(mut response: Response, facts: Facts) -> Result<Self, Unread> {
        let content_type = text(&response, CONTENT_TYPE.as_str());
        let mut body = Vec::new();
        if response.status().is_success() {
            while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
                if body.len() + chunk.len() > LONGEST {
                    return Err(Unread::TooLong);
                }
                body.extend_from_slice(&chunk);
            }
        } else {
            // The status tells what happened, however much more is said, and whether all of it comes.
            while let Ok(Some(chunk)) = response.chunk().await
                && body.len() + chunk.len() <= LONGEST_ERROR
            {
                body.extend_from_slice(&chunk);
            }
        }
        Ok(Self { body, content_type, facts })
    }

    pub(super) fn after(mut self, attempts: u32) -> Self {
        self.facts.attempts = attempts;
        self
    }

    pub(super) fn len(&self) -> usize {
        self.body.len()
    }

    pub(super) fn facts(&self) -> Facts {
        self.facts.clone()
    }

    /// The object in it.
    pub(super) fn object<T: DeserializeOwned>(&self) -> Result<T, ApiFault> {
        match serde_json::from_slice::<IgnoredAny>(&self.body) {
            Ok(IgnoredAny) => json::decode("answer", &self.body).map_err(ApiFault::Misfit),
            Err(error) if error.classify() == Category::Eof => Err(ApiFault::Incomplete),
            Err(_) => Err(ApiFault::NotJson { content_type: self.content_type.clone() }),
        }
    }

    /// What Argyle says of an error: its `detail`, or else what it says of single fields, without what is secret.
    pub(super) fn detail(&self, hidden: &Hidden) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let detail = match body.get("detail") {
            Some(Value::String(detail)) => hidden.hide(detail),
            _ => serde_json::to_string(&hidden.hide_in(body)).ok()?,
        };
        let cut = detail.chars().take(LONGEST_DETAIL).map(|c| if is_plain(c) { c } else { ' ' });
        Some(cut.collect())
    }
}
