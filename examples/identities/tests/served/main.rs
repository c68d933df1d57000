//! The program over real HTTP: good, forged, broken and half-sent deliveries, and many of them at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod program;
mod subscribed;
mod tls;
mod wire;

use std::{io::Write, thread};

use program::Program;
use switchhook_tests::postgres::Database;
use wire::{Answer, connect, exchange, post, read_answer, sign};

const SECRET: &str = "relay-test-secret-01";

/// A delivery in Argyle's form, and the signature that this secret gives it (computed with two other programs).
const BODY: &str = r#"{
  "event": "identities.updated",
  "name": "relay-sandbox",
  "data": {
    "account": "0190aaaa-1111-f222-9333-444455556666",
    "user": "0190bbbb-1111-a222-2333-444455556666",
    "identity": "5c0ffee0-1111-3222-a333-444455556666"
  }
}"#;
const SIGNATURE: &str = "a7ac6337da636cb23e9bdc580a9893487c422ae352abdbeeb0e9b5576020d2dce039b0159cfc93c51b5ab4ff8cb0078983301cf4e12301ba5622432e325cf1a6";
const HANDLED: &str = "handled identities.updated identity=5c0ffee0-1111-3222-a333-444455556666 \
                       account=0190aaaa-1111-f222-9333-444455556666 user=0190bbbb-1111-a222-2333-444455556666 attempt=1";

fn serve() -> Program {
    Program::start(SECRET, &["--no-demo"])
}

fn send(program: &Program, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    exchange(program.address, &post(headers, body))
}

fn send_signed(program: &Program, body: &[u8]) -> Answer {
    send(program, &[("x-argyle-signature", &sign(SECRET, body))], body)
}

fn is_served(program: &Program) {
    assert_eq!(send(program, &[("X-Argyle-Signature", SIGNATURE)], BODY.as_bytes()).status, 200);
    assert_eq!(program.line(), HANDLED);
}

#[test]
fn a_signed_delivery_is_handled_and_sigterm_ends_the_program() {
    let program = serve();
    is_served(&program);
    let (code, lines, log) = program.stop();
    assert_eq!(code, Some(0));
    assert_eq!(lines, Vec::<String>::new(), "nothing else is printed");
    let log = log.join("\n");
    for secret in [SECRET, SIGNATURE, "5c0ffee0", "relay-sandbox"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[test]
fn every_forgery_gets_the_same_answer() {
    let program = serve();
    let compact = BODY.replace(['\n', ' '], "");
    let changed = BODY.replace("5c0ffee0", "5c0ffee1");
    let mut forged = vec![
        send(&program, &[("x-argyle-signature", SIGNATURE)], compact.as_bytes()),
        send(&program, &[("x-argyle-signature", SIGNATURE)], changed.as_bytes()),
        send(&program, &[("x-argyle-signature", &SIGNATURE.to_uppercase())], BODY.as_bytes()),
        send(&program, &[("x-argyle-signature", &format!("sha512={SIGNATURE}"))], BODY.as_bytes()),
        send(&program, &[("x-argyle-signature", "")], BODY.as_bytes()),
        send(&program, &[], BODY.as_bytes()),
        send(&program, &[("x-argyle-signature", SIGNATURE); 2], BODY.as_bytes()),
        send(&program, &[("x-argyle-signature", &"a".repeat(10_000))], BODY.as_bytes()),
    ];
    forged.extend(
        (1..SIGNATURE.len())
            .map(|end| send(&program, &[("x-argyle-signature", &SIGNATURE[..end])], BODY.as_bytes())),
    );
    for answer in &forged {
        assert_eq!((answer.status, answer.body.as_str()), (401, "not a delivery of the expected sender\n"));
    }
    is_served(&program);
}

#[test]
fn a_signed_body_that_is_no_envelope_is_400() {
    let program = serve();
    let twice_event = BODY.replacen('{', r#"{"event":"identities.added","#, 1);
    let twice_data = BODY.replacen('{', r#"{"data":{},"#, 1);
    for body in
        [br#"{"event":1}"#.as_slice(), b"[]", twice_event.as_bytes(), twice_data.as_bytes(), b"{\"\xff\":1}"]
    {
        let answer = send_signed(&program, body);
        assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(body));
    }
    is_served(&program);
}

#[test]
fn data_without_a_field_is_dead_and_the_log_names_it() {
    let body = BODY.replace("\"identity\"", "\"identification\"");
    let direct = Program::start_with(SECRET, &["--no-demo"], "none");
    let answer = send_signed(&direct, body.as_bytes());
    assert_eq!((answer.status, answer.body.as_str()), (422, "the handler cannot use this delivery\n"));
    let program = serve();
    assert_eq!(send_signed(&program, body.as_bytes()).status, 200, "it is stored, for a replay");
    let line = program.log_with("the delivery is dead");
    assert!(line.contains("`data` does not fit: missing field `identity`"), "{line}");
    assert!(line.contains("identity_updated"), "{line}");
}

#[test]
fn other_requests_get_what_the_table_says() {
    let program = serve();
    let encoded = [("x-argyle-signature", SIGNATURE), ("content-encoding", "gzip")];
    assert_eq!(send(&program, &encoded, BODY.as_bytes()).status, 415);
    for event in ["vehicles.added", "activities.added", &"x".repeat(5_000)] {
        let body = format!(r#"{{"event":"{event}","name":"n","data":{{}}}}"#);
        assert_eq!(send_signed(&program, body.as_bytes()).status, 200);
    }
    let get =
        exchange(program.address, b"GET /webhooks/argyle HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert_eq!(get.status, 405);
    assert!(get.head.contains("\r\nallow: post"), "{}", get.head);
    assert_eq!(send_signed(&program, &vec![b' '; 2 * 1024 * 1024]).status, 413);
    is_served(&program);
}

#[test]
fn two_hundred_half_sent_requests_end_and_harm_nobody() {
    let program = serve();
    let address = program.address;
    let half_body = post(&[("x-argyle-signature", SIGNATURE)], BODY.as_bytes());
    let half_body = &half_body[..half_body.len() - 100];
    let half_head = b"POST /webhooks/argyle HTTP/1.1\r\nhost: loc";
    thread::scope(|scope| {
        let mut waiting = Vec::new();
        for i in 0..200 {
            let mut stream = connect(address);
            stream.write_all(if i % 2 == 0 { half_body } else { half_head }).unwrap();
            waiting.push((i, stream));
        }
        is_served(&program);
        for (i, mut stream) in waiting {
            scope.spawn(move || {
                if i % 2 == 0 {
                    assert_eq!(read_answer(&mut stream).status, 408);
                } else {
                    // No request was made, so an answer is owed to nobody: the connection is closed.
                    let mut rest = Vec::new();
                    std::io::Read::read_to_end(&mut stream, &mut rest).unwrap();
                }
            });
        }
    });
    is_served(&program);
}

#[test]
fn it_begins_again_where_it_was_killed() {
    let file = program::Inbox::new();
    begins_again(&format!("sqlite:{}", file.0.display()));
}

#[tokio::test]
async fn it_begins_again_in_postgresql_where_it_was_killed() {
    let Some(database) = Database::create().await else { return };
    begins_again(&database.url());
}

fn begins_again(inbox: &str) {
    let program = Program::start_with(SECRET, &["--no-demo"], inbox);
    is_served(&program);
    program.kill();
    let program = Program::start_with(SECRET, &["--no-demo"], inbox);
    is_served(&program);
    assert_eq!(program.stop().0, Some(0));
}

#[test]
fn bad_configuration_is_said_in_words() {
    let run = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut program = program::command();
        let output =
            program.args(arguments).env("INBOX", "none").envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let empty = run(&[("ARGYLE_WEBHOOK_SECRET", ""), ("PORT", "0")], &[]);
    assert!(
        empty.contains("endpoint `argyle`: secret 1 of 1 is empty, so that anybody could sign"),
        "{empty}"
    );
    let port = run(&[("PORT", "port")], &[]);
    assert!(port.contains("PORT is `port`, which is no port: invalid digit found in string"), "{port}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let taken = run(&[("PORT", &port.to_string())], &[]);
    assert!(taken.contains(&format!("cannot listen on 127.0.0.1:{port}: ")), "{taken}");
    assert!(taken.contains("set PORT to another port"), "{taken}");
    for (inbox, text) in [
        ("postgress://app:s3cr3t@db/x", "INBOX begins with `postgress:`; "),
        ("sqlite:", "INBOX begins with `sqlite:`; "),
        ("s3cr3t", "INBOX has no `:`; "),
    ] {
        let said = run(&[("PORT", "0"), ("INBOX", inbox)], &[]);
        assert!(said.contains(&format!("{text}it is `sqlite:<file>`, `postgres://…` or `none`")), "{said}");
        assert!(!said.contains("s3cr3t"), "{said}");
    }
    let inbox = run(&[("PORT", "0"), ("INBOX", "sqlite:/no/such/folder/inbox.db")], &[]);
    let text = "the inbox `/no/such/folder/inbox.db` cannot be opened: No such file or directory";
    assert!(inbox.contains(text), "{inbox}");
    let half = run(&[("PORT", "0"), ("ARGYLE_API_KEY_ID", "id")], &[]);
    let text =
        "to use Argyle's sandbox, set ARGYLE_API_KEY_SECRET and PUBLIC_URL too; to do without, set none";
    assert!(half.contains(text), "{half}");
    let sandbox = [("PORT", "0"), ("ARGYLE_API_KEY_ID", "id"), ("ARGYLE_API_KEY_SECRET", "s3cr3t")];
    let blank =
        run(&[sandbox[0], sandbox[1], ("ARGYLE_API_KEY_SECRET", " "), ("PUBLIC_URL", "https://x")], &[]);
    assert!(blank.contains("the secret of the API key is blank"), "{blank}");
    for said in [&half, &blank] {
        assert!(!said.contains("s3cr3t"), "{said}");
    }
    let flag = run(&[("PORT", "0")], &["--nodemo"]);
    assert!(flag.contains("unknown arguments [\"--nodemo\"]; there is `--no-demo`"), "{flag}");
}
