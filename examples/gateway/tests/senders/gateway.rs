//! The gateway itself, started, asked over HTTP, and killed when the test ends.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use axum::http::Request;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{Instant, timeout_at},
};

use crate::delivery::Message;

/// The secrets, for the gateway and for those who sign.
pub(crate) const SECRETS: [(&str, &str); 5] = [
    ("GITHUB_SECRET", "It's a Secret to Everybody"),
    ("SLACK_SECRET", "8f742231b10e8888abcd99yyyzzz85a5"),
    ("STANDARD_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("STRIPE_SECRET", "whsec_test"),
    ("SVIX_SECRET", "whsec_plJ3nmyCDGBKInavdOK15jsl"),
];

/// How long a gateway may take for everything it is asked; it needs seconds.
const PATIENCE: Duration = Duration::from_mins(4);

/// A running gateway.
pub(crate) struct Gateway {
    child: Child,
    lines: UnboundedReceiver<String>,
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
    deadline: Instant,
}

impl Gateway {
    /// Starts it on a free port and waits until it listens.
    pub(crate) async fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .env("PORT", "0")
            .env("RUST_LOG", "error")
            .envs(SECRETS)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the gateway starts");
        let out = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = mpsc::unbounded_channel();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut gateway =
            Self { child, lines, url: String::new(), client, deadline: Instant::now() + PATIENCE };
        let listening = gateway.line().await.expect("it says where it listens");
        let url = listening.strip_prefix("listening on ");
        url.expect("the first line says where it listens").clone_into(&mut gateway.url);
        gateway
    }

    /// Posts this to an endpoint, and gives the status and the body of the answer, or why there is none.
    pub(crate) async fn post(
        &self,
        endpoint: &str,
        Message { headers, body }: &Message,
    ) -> Result<(u16, String), String> {
        let mut request = Request::post(format!("{}/{endpoint}", self.url));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body.clone()))).unwrap();
        let answer = async {
            let response =
                self.client.request(request).await.map_err(|error| format!("no answer: {error}"))?;
            let status = response.status().as_u16();
            let body =
                response.into_body().collect().await.map_err(|error| format!("half an answer: {error}"))?;
            Ok((status, String::from_utf8_lossy(&body.to_bytes()).into_owned()))
        };
        timeout_at(self.deadline, answer).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    /// The next line on standard output, or why there is none.
    pub(crate) async fn line(&mut self) -> Result<String, String> {
        match timeout_at(self.deadline, self.lines.recv()).await {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err("the gateway ended".to_owned()),
            Err(_) => Err("no line in time".to_owned()),
        }
    }

    /// Ends it, and gives the lines that nobody has read.
    pub(crate) async fn stop(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        let mut rest = Vec::new();
        while let Some(line) = self.lines.recv().await {
            rest.push(line);
        }
        rest
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
