//! One call: sent, and sent again where that does no harm.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, header};
use reqwest::{Response, Url};
use secrecy::ExposeSecret;

use super::{ApiError, ApiFault, Client, answer::Answer, hidden::Hidden, pause};
use crate::{Clock, SystemClock, chain::Chain};

/// What is asked.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    path: Vec<&'a str>,
    query: Vec<(&'static str, &'a str)>,
    /// Where it goes instead, such as to a list's next page.
    url: Option<Url>,
    body: Option<Bytes>,
    /// What no error may quote.
    secret: Option<&'a str>,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: Method, path: impl IntoIterator<Item = &'a str>) -> Self {
        let path = path.into_iter().collect();
        Self { method, path, query: Vec::new(), url: None, body: None, secret: None }
    }

    pub(super) fn query(mut self, name: &'static str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    pub(super) fn at(self, url: Url) -> Self {
        Self { url: Some(url), ..self }
    }

    pub(super) fn body(self, json: Bytes) -> Self {
        Self { body: Some(json), ..self }
    }

    pub(super) fn hiding(self, secret: Option<&'a str>) -> Self {
        Self { secret, ..self }
    }

    /// The path behind the API's address, as people write it.
    pub(super) fn path(&self) -> String {
        format!("/{}", self.path.join("/"))
    }

    /// Where it goes; `None` when an id in the path is none, so that it would go to the list of all.
    fn url(&self, base: &Url) -> Option<Url> {
        if let Some(url) = &self.url {
            return Some(url.clone());
        }
        if self.path.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return None;
        }
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(&self.path);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Some(url)
    }

    /// Whether carrying it out twice comes to the same as once.
    fn is_idempotent(&self) -> bool {
        self.method != Method::POST
    }
}

impl Client {
    /// Sends a call until it has an answer, there is no use in repeating it, or it could do harm.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error.after(attempt),
            };
            let pause = error.retry_after().unwrap_or_else(|| pause::after(attempt));
            let harmless = call.is_idempotent() || !error.may_have_been_carried_out();
            if !(error.is_passing() && harmless && attempt < self.0.attempts && pause <= pause::LONGEST) {
                return Err(error);
            }
            tracing::info!("{}; it is sent again in {pause:.1?}", Chain(&error));
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let url = call.url(&self.0.base).ok_or_else(|| ApiError::new(call, ApiFault::NoId))?;
        let response = self.request(call, url).send().await.map_err(|error| self.unanswered(call, error))?;
        let status = response.status();
        let trace_id =
            response.headers().get("x-trace-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        tracing::debug!(method = %call.method, path = call.path(), status = status.as_u16(), trace_id, "asked Argyle");
        let retry_after = pause::asked(response.headers(), SystemClock.now());
        let answer =
            self.read(call, response).await.map_err(|error| error.answered(status, trace_id.clone()))?;
        let fault = match status {
            status if status.is_success() => return Ok(answer.traced(trace_id)),
            StatusCode::UNAUTHORIZED => ApiFault::UnknownKey { base_url: self.base_url().to_owned() },
            StatusCode::NOT_FOUND => ApiFault::NotFound,
            StatusCode::TOO_MANY_REQUESTS => ApiFault::TooMany { retry_after },
            status if status.is_redirection() => ApiFault::OtherPlace,
            status if status.is_server_error() => ApiFault::Failed { retry_after },
            _ => ApiFault::Refused,
        };
        let detail = answer.detail(&self.hidden(call));
        Err(ApiError::new(call, fault).answered(status, trace_id).detailed(detail))
    }

    fn request(&self, call: &Call<'_>, url: Url) -> reqwest::RequestBuilder {
        let (id, secret) = (self.0.key_id.expose_secret(), self.0.key_secret.expose_secret());
        let request = self.0.http.request(call.method.clone(), url);
        let request = request.basic_auth(id, Some(secret)).header(header::ACCEPT, "application/json");
        match &call.body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(body.clone()),
            None => request,
        }
    }

    async fn read(&self, call: &Call<'_>, response: Response) -> Result<Answer, ApiError> {
        Answer::read(response).await.map_err(|error| match error {
            Some(error) if error.is_timeout() => self.timed_out(call),
            Some(error) => ApiError::new(call, ApiFault::BrokenOff(error.without_url())),
            None => ApiError::new(call, ApiFault::TooLong),
        })
    }

    fn unanswered(&self, call: &Call<'_>, error: reqwest::Error) -> ApiError {
        // A connection that was not made in time carried nothing out.
        if error.is_connect() {
            return ApiError::new(call, ApiFault::Unreachable(error.without_url()));
        }
        if error.is_timeout() {
            return self.timed_out(call);
        }
        ApiError::new(call, ApiFault::BrokenOff(error.without_url()))
    }

    fn timed_out(&self, call: &Call<'_>) -> ApiError {
        let limit: Duration = self.0.timeout;
        ApiError::new(call, ApiFault::TimedOut { limit })
    }

    /// What no error may quote.
    fn hidden(&self, call: &Call<'_>) -> Hidden {
        Hidden::new(self.0.key_id.expose_secret(), self.0.key_secret.expose_secret(), call.secret)
    }
}
