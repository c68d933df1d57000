//! The requests that came to the API.

use std::{
    collections::{VecDeque, vec_deque},
    fmt,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, header, request::Parts};

use super::LocalArgyle;

const MOST_REQUESTS: usize = 10_000;

const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A request that came to the API of a [`LocalArgyle`](super::LocalArgyle).
///
/// Its `authorization` is not kept. `Debug` shows neither the body nor the values of headers, as they may hold secrets.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use switchhook::testing::{ApiRequest, LocalArgyle};
///
/// let argyle = LocalArgyle::start().await?;
/// // … the application starts …
/// let created = argyle.requests().iter().filter(|request| request.method() == "POST").count();
/// assert_eq!(created, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ApiRequest {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl ApiRequest {
    pub(super) fn new(head: Parts, body: Bytes) -> Self {
        let mut headers = head.headers;
        headers.remove(header::AUTHORIZATION);
        Self { method: head.method, path: head.uri.to_string(), headers, body }
    }

    /// The method.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::testing::ApiRequest;
    /// fn is_deletion(request: &ApiRequest) -> bool {
    ///     request.method() == "DELETE"
    /// }
    /// ```
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path with its query, such as `/v2/webhooks?limit=200`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::testing::ApiRequest;
    /// fn is_first_page(request: &ApiRequest) -> bool {
    ///     !request.path().contains("cursor=")
    /// }
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The first header of this name as it was received, whatever the case of the name.
    ///
    /// `None` where there is none or it is not visible ASCII, and for `authorization`, which is not kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::testing::ApiRequest;
    /// fn is_json(request: &ApiRequest) -> bool {
    ///     request.header("content-type") == Some("application/json")
    /// }
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as it was received; empty where it was over 1 MiB.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::testing::ApiRequest;
    /// fn asked(request: &ApiRequest) -> serde_json::Result<serde_json::Value> {
    ///     serde_json::from_slice(request.body())
    /// }
    /// ```
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// About how many bytes it takes to keep.
    fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        self.path.len() + headers.sum::<usize>() + self.body.len()
    }
}

/// The names of its headers, and how long its body is.
impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, headers, body } = self;
        f.debug_struct("ApiRequest")
            .field("method", method)
            .field("path", path)
            .field("headers", &headers.keys().map(HeaderName::as_str).collect::<Vec<_>>())
            .field("body", &format_args!("{} bytes", body.len()))
            .finish()
    }
}

/// The last requests: bounded in number and in bytes.
#[derive(Default)]
pub(super) struct Requests {
    all: VecDeque<ApiRequest>,
    bytes: usize,
}

impl Requests {
    /// Adds one, and drops the oldest that are too many.
    pub(super) fn push(&mut self, request: ApiRequest) {
        self.bytes += request.size();
        self.all.push_back(request);
        while self.all.len() > MOST_REQUESTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.all.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }

    fn iter(&self) -> vec_deque::Iter<'_, ApiRequest> {
        self.all.iter()
    }
}

impl LocalArgyle {
    /// The requests that the API received, oldest first: the last 10,000, and 64 MiB of them at most.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// assert!(argyle.requests().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self) -> Vec<ApiRequest> {
        self.shared.state().requests.iter().cloned().collect()
    }

    /// Waits until the API has received this many requests since it was started. What they ask for is done by then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use switchhook::testing::{Call, Fault, LocalArgyle};
    /// # async fn example(argyle: LocalArgyle) {
    /// argyle.fail(Call::Create, Fault::HangAfter);
    /// // … the application starts, and is given up on …
    /// argyle.wait_for_requests(2).await; // the list, and the creation
    /// assert_eq!(argyle.subscriptions().len(), 1);
    /// # }
    /// ```
    pub async fn wait_for_requests(&self, requests: u64) {
        let mut received = self.shared.received.subscribe();
        // It only fails when the sender is gone, which `self` holds.
        let _received = received.wait_for(|received| *received >= requests).await;
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn request(path: &str, body: &Bytes) -> ApiRequest {
        let (head, ()) =
            Request::builder().uri(path).header("x-some", "value").body(()).unwrap().into_parts();
        ApiRequest::new(head, body.clone())
    }

    fn paths(requests: &Requests) -> Vec<&str> {
        requests.iter().map(ApiRequest::path).collect()
    }

    #[test]
    fn requests_are_bounded_in_number() {
        let mut requests = Requests::default();
        for number in 0..MOST_REQUESTS + 2 {
            requests.push(request(&format!("/{number}"), &Bytes::new()));
        }
        assert_eq!(requests.all.len(), MOST_REQUESTS);
        assert_eq!((paths(&requests)[0], requests.all.back().unwrap().path()), ("/2", "/10001"));
        assert_eq!(requests.bytes, requests.iter().map(ApiRequest::size).sum::<usize>());
    }

    #[test]
    fn requests_are_bounded_in_bytes() {
        let (mut requests, quarter) = (Requests::default(), Bytes::from(vec![b' '; MOST_BYTES / 4]));
        for path in ["/1", "/2", "/3", "/4"] {
            requests.push(request(path, &quarter));
        }
        assert_eq!(paths(&requests), ["/2", "/3", "/4"], "paths and headers count too");
        requests.push(request("/5", &Bytes::new()));
        assert_eq!(paths(&requests), ["/2", "/3", "/4", "/5"]);
        requests.push(request("/6", &Bytes::from(vec![b' '; MOST_BYTES * 3 / 4])));
        assert_eq!(paths(&requests), ["/5", "/6"]);
        assert_eq!(requests.bytes, requests.iter().map(ApiRequest::size).sum::<usize>());
    }
}
