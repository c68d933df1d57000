//! What Argyle answered, read within bounds.

use reqwest::{Response, header::CONTENT_TYPE};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, error::Category};

use super::{ApiError, ApiFault, call::Call, hidden::Hidden};
use crate::json;

/// Many times what the longest page takes: 200 identities of 2 KiB each.
pub(super) const LONGEST: usize = 8 * 1024 * 1024;

/// The most characters of an error's details that are kept.
const LONGEST_DETAIL: usize = 300;

/// An answer's body.
pub(super) struct Answer {
    body: Vec<u8>,
    content_type: Option<String>,
    status: reqwest::StatusCode,
    trace_id: Option<String>,
}

impl Answer {
    /// Reads an answer to its end; `None` when it is too long.
    pub(super) async fn read(mut response: Response) -> Result<Self, Option<reqwest::Error>> {
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Some)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { body, content_type, status: response.status(), trace_id: None })
    }

    pub(super) fn traced(self, trace_id: Option<String>) -> Self {
        Self { trace_id, ..self }
    }

    /// The object in it.
    pub(super) fn object<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, ApiError> {
        let fault = match serde_json::from_slice::<IgnoredAny>(&self.body) {
            Ok(IgnoredAny) => match json::decode("answer", &self.body) {
                Ok(object) => return Ok(object),
                Err(misfit) => ApiFault::Misfit(misfit),
            },
            Err(error) if error.classify() == Category::Eof && !self.body.is_empty() => ApiFault::Incomplete,
            Err(_) => ApiFault::NotJson { content_type: self.content_type.clone() },
        };
        Err(ApiError::new(call, fault).answered(self.status, self.trace_id.clone()))
    }

    /// What Argyle says of an error: its `detail`, or else what it says of single fields, without what is secret.
    pub(super) fn detail(&self, secrets: &Hidden) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let detail = match body.get("detail") {
            Some(Value::String(detail)) => secrets.hide(detail),
            _ => serde_json::to_string(&secrets.hide_in(body)).ok()?,
        };
        let cut = detail.chars().take(LONGEST_DETAIL).map(|c| if c.is_control() { ' ' } else { c });
        Some(cut.collect())
    }

    pub(super) fn len(&self) -> usize {
        self.body.len()
    }
}
