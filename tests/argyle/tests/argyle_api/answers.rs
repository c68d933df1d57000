//! What a client makes of answers, one by one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode},
};
use switchhook::provider::argyle::{ApiFault, Client, ClientBuilder, NewSubscription};
use tokio::task::JoinSet;

use crate::{
    odd::serve,
    support::{KEY_ID, KEY_SECRET, SECRET, show, tell},
};

const IT: &str = r#"{"id":"6f0d2c0e","name":"Ada Sample"}"#;

/// A status, headers and a body.
fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let answer = Response::builder().status(status);
    let answer = headers.iter().fold(answer, |answer, (name, value)| answer.header(*name, *value));
    answer.body(body.into()).unwrap()
}

struct Answering {
    client: Client,
    left: Arc<Mutex<VecDeque<Response<Body>>>>,
    _serving: JoinSet<()>,
}

/// A client of a server that gives these answers, one after the other, whatever it is asked.
async fn answering(answers: impl IntoIterator<Item = Response<Body>>) -> Answering {
    let left = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
    let given = Arc::clone(&left);
    let app = Router::new().fallback(move || {
        let answer = given.lock().unwrap().pop_front();
        async move { answer.unwrap_or_else(unexpected) }
    });
    let (client, serving) = serve(app).await;
    Answering { client, left, _serving: serving }
}

fn unexpected() -> Response<Body> {
    answer(StatusCode::IM_A_TEAPOT.into(), &[], "there should be no request more")
}

impl Answering {
    /// What is said of the next answers to a call that reads.
    async fn said(&self) -> String {
        tell(self.client.subscription("6f0d2c0e").await.map(show).unwrap_err()).to_string()
    }

    fn is_used_up(&self) -> bool {
        self.left.lock().unwrap().is_empty()
    }
}

/// The same server, and a client that waits no longer than this.
fn in_time(server: &Answering, deadline: Duration) -> Client {
    let client: ClientBuilder = Client::at(server.client.base_url(), KEY_ID, KEY_SECRET);
    show(client.deadline(deadline).build().unwrap())
}

#[tokio::test]
async fn the_attempts_before_an_answer_that_does_not_fit_are_told() {
    let server = answering([answer(500, &[], "{}"), answer(200, &[], "{}")]).await;
    let error = tell(server.client.subscription("6f0d2c0e").await.map(show).unwrap_err());
    assert_eq!(
        error.to_string(),
        "`GET /webhooks/6f0d2c0e`: the answer is not what the documentation says: `answer` does not fit: missing field `id`; \
         please report it to Switchhook (status 200; after 2 attempts)"
    );
    assert_eq!(error.attempts(), 2);
    assert!(server.is_used_up());
}

#[tokio::test]
async fn a_pause_of_none_and_one_until_a_date_gone_by_are_no_obstacle() {
    for wait in ["0", " 0 ", "Sun, 06 Nov 1994 08:49:37 GMT", "soon", "-1"] {
        for status in [429, 503] {
            let server =
                answering([answer(status, &[("retry-after", wait)], "{}"), answer(200, &[], IT)]).await;
            assert_eq!(show(server.client.subscription("6f0d2c0e").await.unwrap()).name, "Ada Sample");
            assert!(server.is_used_up(), "{wait}");
        }
    }
}

#[tokio::test]
async fn a_pause_beyond_the_deadline_is_not_begun() {
    for (status, wait, said) in [
        (429, "7", "too many calls were made; Argyle asks to wait 7s (status 429)"),
        (503, "7", "Argyle failed; Argyle asks to wait 7s (status 503)"),
        (500, "3600", "Argyle failed; Argyle asks to wait 3600s (status 500)"),
    ] {
        let server = answering([answer(status, &[("retry-after", wait)], "")]).await;
        let client = in_time(&server, Duration::from_secs(7));
        let error = tell(client.subscription("6f0d2c0e").await.map(show).unwrap_err());
        assert_eq!(error.to_string(), format!("`GET /webhooks/6f0d2c0e`: {said}"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(wait.parse().unwrap())));
        assert_eq!(error.attempts(), 1);
    }
}

#[tokio::test]
async fn nobody_is_asked_to_wait_longer_than_a_day() {
    for wait in ["86401", "99999999999", "18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let server = answering([answer(429, &[("retry-after", wait)], "{}")]).await;
        let error = tell(server.client.subscription("6f0d2c0e").await.map(show).unwrap_err());
        assert_eq!(error.retry_after(), Some(Duration::from_hours(24)), "{wait}");
        assert!(matches!(error.fault(), ApiFault::TooMany { retry_after: Some(_) }));
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_apis_says_what_it_is() {
    let no_json =
        "something else may answer in Argyle's place: see whether the address is right (status 200)";
    for (answer, said) in [
        (answer(200, &[], "<html>"), format!("the answer is not JSON, and is said to be of no type; {no_json}")),
        (
            answer(200, &[("content-type", &format!("text/{}", "x".repeat(100)))], "<html>"),
            format!("the answer is not JSON, and is said to be text/{}; {no_json}", "x".repeat(59)),
        ),
        (answer(200, &[], ""), "the answer's end is missing; try again later (status 200)".to_owned()),
        (answer(204, &[], ""), "the answer's end is missing; try again later (status 204)".to_owned()),
        (
            answer(200, &[], "[]"),
            "the answer is not what the documentation says: `answer` does not fit: expected a subscription; please report it to \
             Switchhook (status 200)"
                .to_owned(),
        ),
    ] {
        assert_eq!(answering([answer]).await.said().await, format!("`GET /webhooks/6f0d2c0e`: {said}"));
    }
}

#[tokio::test]
async fn a_creation_whose_answer_does_not_fit_may_have_been_carried_out() {
    let new = show(NewSubscription::new(["*"], "payroll", "https://hooks.example.com/argyle").secret(SECRET));
    let look = "it may have made the subscription all the same: list the subscriptions before you try again (status 201)";
    for (body, said) in [
        (
            "{}",
            "the answer is not what the documentation says: `answer` does not fit: missing field `id`; please report it to \
             Switchhook",
        ),
        ("", "the answer's end is missing"),
        (r#"{"id":"6f0d2c0e"#, "the answer's end is missing"),
    ] {
        let server = answering([answer(201, &[], body)]).await;
        let error = tell(server.client.create_subscription(&new).await.map(show).unwrap_err());
        assert_eq!(error.to_string(), format!("`POST /webhooks`: {said}; {look}"));
        assert!(error.may_have_been_carried_out());
        assert!(server.is_used_up());
    }
}

#[tokio::test]
async fn what_argyle_says_is_cut_and_put_on_one_line_without_secrets() {
    let long = "é".repeat(400);
    for (body, detail) in [
        (format!(r#"{{"detail":"{long}"}}"#), "é".repeat(300)),
        (r#"{"detail":"a\n\u001b[2Jb\u0085c"}"#.to_owned(), "a  [2Jb c".to_owned()),
        (format!(r#"{{"detail":"the key {KEY_ID}:{KEY_SECRET}"}}"#), "the key ***:***".to_owned()),
        (r#"{"detail":["a",1],"secret":"x"}"#.to_owned(), r#"{"detail":["a",1],"secret":"***"}"#.to_owned()),
        (r#"["no such event"]"#.to_owned(), r#"["no such event"]"#.to_owned()),
    ] {
        let server = answering([answer(400, &[], body)]).await;
        let error = tell(server.client.subscription("6f0d2c0e").await.map(show).unwrap_err());
        assert_eq!(error.detail(), Some(&*detail));
        assert_eq!(
            error.to_string(),
            format!(
                "`GET /webhooks/6f0d2c0e`: Argyle refuses the request; see what it says (status 400; Argyle says \"{detail}\")"
            )
        );
    }
    for body in ["", "<html>", "no"] {
        let server = answering([answer(400, &[], body)]).await;
        assert_eq!(
            server.said().await,
            "`GET /webhooks/6f0d2c0e`: Argyle refuses the request; see what it says (status 400)"
        );
    }
}

#[tokio::test]
async fn a_trace_id_is_cut() {
    for (given, kept) in [("a-1", "a-1".to_owned()), (&"t".repeat(20_000), "t".repeat(64))] {
        let server = answering([answer(404, &[("x-trace-id", given)], "")]).await;
        let error = tell(server.client.subscription("6f0d2c0e").await.map(show).unwrap_err());
        assert_eq!(error.trace_id(), Some(&*kept));
        assert_eq!(
            error.to_string(),
            format!("`GET /webhooks/6f0d2c0e`: there is no such object (status 404; trace id {kept})")
        );
    }
}

#[tokio::test]
async fn an_error_that_does_not_end_is_not_read_to_its_end() {
    let server = answering([answer(400, &[], vec![b' '; 64 * 1024 + 1])]).await;
    let said = "`GET /webhooks/6f0d2c0e`: Argyle refuses the request; see what it says (status 400)";
    assert_eq!(server.said().await, said);
    // The status says what happened, however much else is said.
    let server = answering([answer(404, &[], vec![b'<'; 1024 * 1024])]).await;
    assert!(server.client.subscription("6f0d2c0e").await.map_err(tell).unwrap_err().is_not_found());
}

#[test]
fn a_key_that_was_read_with_more_than_itself_is_refused() {
    let white = |half| format!("the {half} of the API key begins or ends with white space; trim it");
    let colon =
        "the id of the API key holds a `:`, which no id does; is it the id and the secret in one?".to_owned();
    for (id, secret, said) in [
        (format!("{KEY_ID}\n"), KEY_SECRET.to_owned(), white("id")),
        (format!(" {KEY_ID}"), KEY_SECRET.to_owned(), white("id")),
        (KEY_ID.to_owned(), format!("{KEY_SECRET}\r\n"), white("secret")),
        (KEY_ID.to_owned(), format!("\u{a0}{KEY_SECRET}"), white("secret")),
        (format!("{KEY_ID}:{KEY_SECRET}"), KEY_SECRET.to_owned(), colon),
    ] {
        let error = tell(show(Client::sandbox(id, secret)).build().unwrap_err());
        assert_eq!(error.to_string(), said);
    }
    assert!(Client::sandbox(KEY_ID, format!("{KEY_SECRET}:")).build().is_ok());
}
