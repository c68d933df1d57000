//! One call: sent, and sent again where that does no harm.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, StatusCode, header};
use reqwest::Url;
use secrecy::ExposeSecret;

use super::{
    ApiError, ApiFault, Client,
    answer::{Answer, Facts, Unread},
    hidden::Hidden,
    pause,
};
use crate::{Clock, SystemClock, chain::Chain};

/// What is asked.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    path: Vec<&'a str>,
    query: Vec<(&'static str, &'a str)>,
    /// Which page of a list, as Argyle names it.
    page: Option<String>,
    body: Option<Bytes>,
    /// What no error may quote.
    secret: Option<&'a str>,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: Method, path: impl IntoIterator<Item = &'a str>) -> Self {
        let path = path.into_iter().collect();
        Self { method, path, query: Vec::new(), page: None, body: None, secret: None }
    }

    pub(super) fn query(mut self, name: &'static str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    pub(super) fn page(self, query: String) -> Self {
        Self { page: Some(query), ..self }
    }

    pub(super) fn body(self, json: Bytes) -> Self {
        Self { body: Some(json), ..self }
    }

    pub(super) fn hiding(self, secret: Option<&'a str>) -> Self {
        Self { secret, ..self }
    }

    /// Method and path as people read them, behind the API's address. Ids come from elsewhere, so they are escaped and cut.
    pub(super) fn shown(&self) -> String {
        let path = self.path.iter().map(|segment| segment.chars().take(64).collect::<String>());
        let path = path.map(|segment| segment.escape_debug().to_string());
        format!("{} /{}", self.method, path.collect::<Vec<_>>().join("/"))
    }

    /// Where it goes; the first id that is none, with which it would go to a list or to something else.
    fn url(&self, base: &Url) -> Result<Url, &'a str> {
        let mut ids = self.path.iter().copied().chain(self.query.iter().map(|(_, value)| *value));
        if let Some(id) = ids.find(|id| !is_id(id)) {
            return Err(id);
        }
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(&self.path);
        }
        url.set_query(self.page.as_deref());
        // A page that is found without them is one of another list.
        let is_named = |name: &str| url.query_pairs().any(|(named, _)| named == name);
        let missing: Vec<_> = self.query.iter().filter(|(name, _)| !is_named(name)).collect();
        if !missing.is_empty() {
            url.query_pairs_mut().extend_pairs(missing.into_iter().copied());
        }
        Ok(url)
    }

    /// Whether carrying it out twice comes to the same as once.
    fn is_idempotent(&self) -> bool {
        self.method != Method::POST
    }
}

/// Addresses pass over some of these, and would lead elsewhere.
fn is_id(id: &str) -> bool {
    !matches!(id, "" | "." | "..") && !id.contains(|c: char| c.is_whitespace() || c.is_control())
}

impl Client {
    /// Sends a call until it has an answer, there is no use in repeating it, it could do harm, or the time is over.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let url = call.url(&self.0.base).map_err(|id| ApiError::new(call, ApiFault::no_id(id)))?;
        let begun = Instant::now();
        let (mut attempt, mut unsure) = (1, false);
        loop {
            let left = self.0.deadline.saturating_sub(begun.elapsed());
            let error = match self.attempt(call, url.clone(), left).await {
                Ok(answer) => return Ok(answer.after(attempt)),
                Err(error) => error.after(attempt, unsure),
            };
            let pause = error.retry_after().unwrap_or_default() + pause::after(attempt);
            let is_harmless = call.is_idempotent() || !error.may_have_been_carried_out();
            // With less left, an attempt would end without an answer, and nobody would know what came of it.
            let rest = self.0.timeout.min(Duration::from_secs(1));
            let is_in_time = begun.elapsed() + pause + rest <= self.0.deadline;
            if !(error.is_passing() && is_harmless && is_in_time && attempt < self.0.attempts) {
                return Err(error);
            }
            unsure |= error.may_have_been_carried_out();
            tracing::info!("`{}`: {}; it is sent again in {pause:.1?}", call.shown(), Chain(error.fault()));
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call<'_>, url: Url, left: Duration) -> Result<Answer, ApiError> {
        let limit = self.0.timeout.min(left);
        let sent = self.request(call, url).timeout(limit).send().await;
        let response = sent.map_err(|error| ApiError::new(call, self.unanswered(error, limit)))?;
        let (status, facts) = (response.status(), Facts::of(&response));
        let retry_after = pause::asked(response.headers(), SystemClock.now());
        tracing::debug!(
            method = %call.method, path = call.shown(), status = status.as_u16(), trace_id = facts.trace_id(),
            "asked Argyle"
        );
        let answer = Answer::read(response, facts.clone()).await.map_err(|unread| {
            let fault = match unread {
                Unread::TooLong => ApiFault::TooLong,
                Unread::Broken(error) => broken(error, limit),
            };
            ApiError::new(call, fault).answered(facts.clone())
        })?;
        let fault = match status {
            status if status.is_success() => return Ok(answer),
            StatusCode::UNAUTHORIZED => ApiFault::UnknownKey { base_url: self.base_url().to_owned() },
            StatusCode::NOT_FOUND => ApiFault::NotFound,
            StatusCode::TOO_MANY_REQUESTS => ApiFault::TooMany { retry_after },
            status if status.is_redirection() => ApiFault::Redirected,
            status if status.is_server_error() => ApiFault::Failed { retry_after },
            _ => ApiFault::Refused,
        };
        let detail = answer.detail(&self.hidden(call));
        Err(ApiError::new(call, fault).answered(facts).detailed(detail))
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

    fn unanswered(&self, error: reqwest::Error, limit: Duration) -> ApiFault {
        // A connection that was not made carried nothing out.
        if error.is_connect() {
            let base_url = self.base_url().to_owned();
            return ApiFault::Unreachable { base_url, source: error.without_url() };
        }
        broken(error, limit)
    }

    fn hidden(&self, call: &Call<'_>) -> Hidden {
        Hidden::new(self.0.key_id.expose_secret(), self.0.key_secret.expose_secret(), call.secret)
    }
}

fn broken(error: reqwest::Error, limit: Duration) -> ApiFault {
    if error.is_timeout() { ApiFault::TimedOut { limit } } else { ApiFault::BrokenOff(error.without_url()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_one_of_the_list_that_was_asked_for() {
        let base = Url::parse("https://api.example.com/v2").unwrap();
        let call = || Call::new(Method::GET, ["identities"]).query("limit", "200").query("account", "a&b");
        for (page, query) in [
            (None, "limit=200&account=a%26b"),
            (Some("cursor=c%3D"), "cursor=c%3D&limit=200&account=a%26b"),
            (Some("account=a%26b&cursor=c&limit=200"), "account=a%26b&cursor=c&limit=200"),
        ] {
            let call = page.into_iter().fold(call(), |call, page| call.page(page.to_owned()));
            assert_eq!(call.url(&base).unwrap().query(), Some(query));
        }
        let plain = Call::new(Method::GET, ["webhooks", "a/b?c"]).url(&base).unwrap();
        assert_eq!(plain.as_str(), "https://api.example.com/v2/webhooks/a%2Fb%3Fc");
    }
}
