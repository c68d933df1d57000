//! The program as a subscriber: at the local Argyle that it starts, and at one that stands for the sandbox.

use serde_json::{Value, json};
use switchhook::testing::{Call, Fault, LocalArgyle};

use crate::{program::Program, wire::sign};

const NAME: &str = "switchhook-identities-example";
const SECRET: &str = "a-secret-of-this-test";
const SSN: &str = "078-05-1120";

/// The text with a number of this run as `_`: a port, or a line.
fn without_number(line: &str, before: &str) -> String {
    match line.split_once(before) {
        Some((start, rest)) => {
            format!("{start}{before}_{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => line.to_owned(),
    }
}

#[test]
fn the_demo_tells_the_whole_story_on_one_machine() {
    let program = Program::start("optional-secret", &[]);
    let shown: Vec<String> = program
        .lines_to("serving until Ctrl-C")
        .iter()
        .map(|line| without_number(&without_number(line, "127.0.0.1:"), "src/handlers.rs:"))
        .collect();
    let ids = "identity=0153b145-7ab9-bea2-cc16-a8b71328942f account=0187c66e-e7e5-811c-b006-2232f00f426a \
               user=018051aa-f7a9-a0db-2f38-6cfa325e9d69 attempt=1";
    let fetched =
        r#"fetched identity=0153b145-7ab9-bea2-cc16-a8b71328942f name="Ada Sample" employment_status"#;
    let expected = [
        "",
        "subscriptions at http://127.0.0.1:_/v2: 1 to create, 0 to replace, 0 to delete, 0 to keep",
        "+ create `name-for-the-webhook-subscription` for endpoint `argyle` at http://127.0.0.1:_/webhooks/argyle",
        "    + identities.added for `identity_added` (examples/identities/src/handlers.rs:_): not subscribed yet",
        "    + identities.updated for `identity_updated` (examples/identities/src/handlers.rs:_): not subscribed yet",
        "",
        "POST http://127.0.0.1:_/v2/webhooks",
        "{",
        r#"  "events": ["#,
        r#"    "identities.added","#,
        r#"    "identities.updated""#,
        "  ],",
        r#"  "name": "name-for-the-webhook-subscription","#,
        r#"  "url": "http://127.0.0.1:_/webhooks/argyle","#,
        r#"  "secret": "***""#,
        "}",
        "",
        "1 subscription created, 0 deleted",
        "",
        "now the local Argyle has an identity, and then it changes it:",
        &format!("handled identities.added {ids}"),
        &format!("{fetched}=active"),
        "sent identities.added -> 200: the handler stored it for account 0187c66e-e7e5-811c-b006-2232f00f426a",
        &format!("handled identities.updated {ids}"),
        &format!("{fetched}=terminated"),
        "sent identities.updated -> 200: the handler counted update 1",
        "",
        "and this is nothing to a handler:",
        "sent identities.updated (forged) -> 401 Unauthorized: no handler ran",
        "vehicles.added is not sent: nobody subscribed it",
        "",
        "serving until Ctrl-C",
    ];
    assert_eq!(shown, expected);
    let (code, lines, log) = program.stop();
    assert_eq!((code, lines), (Some(0), vec![]));
    let log = log.join("\n");
    for secret in ["optional-secret", "XXX-XX-0000"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// Starts the program with this local Argyle in the sandbox's place.
fn start(argyle: &LocalArgyle) -> Program {
    Program::start_in(&variables(argyle, &argyle.base_url()), &[])
}

/// What tells the program to subscribe at this Argyle, at this address of it.
pub(crate) fn variables<'a>(argyle: &'a LocalArgyle, url: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("ARGYLE_WEBHOOK_SECRET", SECRET),
        ("INBOX", "none"),
        ("ARGYLE_API_URL", url),
        ("ARGYLE_API_KEY_ID", argyle.key_id()),
        ("ARGYLE_API_KEY_SECRET", argyle.key_secret()),
        ("PUBLIC_URL", "https://hooks.example.com/"),
    ]
}

fn subscribe(argyle: &LocalArgyle, name: &str, events: &[&str]) {
    let url = "https://hooks.example.com/webhooks/argyle";
    argyle.subscribe(json!({ "name": name, "url": url, "events": events, "secret": SECRET })).unwrap();
}

/// The events of the program's subscriptions.
fn subscribed(argyle: &LocalArgyle) -> Vec<Value> {
    argyle
        .subscriptions()
        .into_iter()
        .filter(|one| one["name"] == NAME)
        .map(|mut one| one["events"].take())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_it_subscribes_there_and_fetches_what_it_hears_of() {
    let argyle = LocalArgyle::start().await.unwrap();
    argyle.put_identity(
        json!({ "id": "5c0ffee0", "full_name": "Ada Sample", "employment_status": "active", "ssn": SSN }),
    );
    subscribe(&argyle, NAME, &["identities.added"]);
    subscribe(&argyle, "crm", &["*"]);
    let program = start(&argyle);
    let shown = program.lines_to("serving until Ctrl-C").join("\n");
    assert!(shown.contains("~ replace `switchhook-identities-example`"), "{shown}");
    assert!(shown.contains("    + identities.updated for `identity_updated`"), "{shown}");
    assert!(shown.contains("! others have `crm` "), "{shown}");
    assert!(shown.contains("1 subscription created, 1 deleted"), "{shown}");
    assert_eq!(subscribed(&argyle), [json!(["identities.added", "identities.updated"])]);

    let deliver = |identity: &str| {
        let data = json!({ "account": "0190aaaa", "user": "0190bbbb", "identity": identity });
        let body = json!({ "event": "identities.updated", "name": NAME, "data": data }).to_string();
        crate::send(&program, &[("x-argyle-signature", &sign(SECRET, body.as_bytes()))], body.as_bytes())
    };
    assert_eq!(deliver("5c0ffee0").status, 200);
    assert_eq!(
        program.line(),
        "handled identities.updated identity=5c0ffee0 account=0190aaaa user=0190bbbb attempt=1"
    );
    assert_eq!(program.line(), r#"fetched identity=5c0ffee0 name="Ada Sample" employment_status=active"#);
    assert_eq!(deliver("badbad").status, 200);
    assert_eq!(
        program.line(),
        "handled identities.updated identity=badbad account=0190aaaa user=0190bbbb attempt=1"
    );
    assert_eq!(program.line(), "fetched identity=badbad: Argyle no longer has it");

    // What Argyle cannot answer now, it is asked again when it says.
    let busy = Fault::RateLimited { retry_after: Some(std::time::Duration::from_mins(2)) };
    argyle.fail(Call::Identity, busy);
    let answer = deliver("5c0ffee0");
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("\r\nretry-after: 120"), "{}", answer.head);

    let (code, lines, log) = program.stop();
    assert_eq!(code, Some(0));
    assert!(log.iter().any(|line| line.contains("asked Argyle")), "the log was seen");
    holds_no_secret(&[lines, log, vec![shown]].concat(), &argyle);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_new_subscription_and_the_end_of_the_old_one_it_ends_with_one() {
    let argyle = LocalArgyle::start().await.unwrap();
    subscribe(&argyle, NAME, &["identities.added"]);
    argyle.fail(Call::Delete, Fault::Hang);
    let program = start(&argyle);
    // The plan's list, then the list, the creation, the list and the deletion.
    argyle.wait_for_requests(5).await;
    program.kill();
    assert_eq!(
        subscribed(&argyle),
        [json!(["identities.added"]), json!(["identities.added", "identities.updated"])]
    );

    for (done, sign) in [
        ("0 subscriptions created, 1 deleted", "- delete `"),
        ("0 subscriptions created, 0 deleted", "= keep `"),
    ] {
        let program = start(&argyle);
        let shown = program.lines_to("serving until Ctrl-C").join("\n");
        assert!(shown.contains(done) && shown.contains(sign) && !shown.contains("POST "), "{shown}");
        assert_eq!(subscribed(&argyle), [json!(["identities.added", "identities.updated"])]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_wrong_key_it_says_so_and_serves_on() {
    let argyle = LocalArgyle::start().await.unwrap();
    let url = argyle.base_url();
    let mut variables = variables(&argyle, &url).to_vec();
    variables.push(("ARGYLE_API_KEY_SECRET", "078-05-1120"));
    let program = Program::start_in(&variables, &[]);
    let said = program.log_with("ERROR identities: ");
    assert!(said.contains("`GET /webhooks`: the API key is not one of `http://127.0.0.1:"), "{said}");
    program.lines_to("serving until Ctrl-C");
    holds_no_secret(&program.stop().2, &argyle);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_of_ones_own_it_takes_one_that_nobody_knows() {
    let argyle = LocalArgyle::start().await.unwrap();
    let url = argyle.base_url();
    let three: Vec<_> =
        variables(&argyle, &url).into_iter().filter(|(name, _)| *name != "ARGYLE_WEBHOOK_SECRET").collect();
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let program = Program::start_in(&three, &[]);
        program.lines_to("serving until Ctrl-C");
        let [one]: [Value; 1] = argyle.subscriptions().try_into().unwrap();
        let secret = one["secret"].as_str().unwrap().to_owned();
        let body = json!({ "event": "vehicles.added", "name": NAME, "data": {} }).to_string();
        let send = |secret| {
            let signature = sign(secret, body.as_bytes());
            crate::send(&program, &[("x-argyle-signature", &signature)], body.as_bytes()).status
        };
        assert_eq!((send(&secret), send("optional-secret")), (200, 401));
        let log = program.stop().2;
        let text = "ARGYLE_WEBHOOK_SECRET is not set: taking a new one, with which Argyle signs from now on";
        assert!(log.iter().any(|line| line.contains(text)));
        assert!(!log.iter().any(|line| line.contains(&secret)));
        secrets.push(secret);
    }
    assert_eq!(secrets[0].len(), 64);
    assert_ne!(secrets[0], secrets[1]);
}

/// Looks for what nobody may see in what the program logged or printed.
fn holds_no_secret(lines: &[String], argyle: &LocalArgyle) {
    let key = format!("{}:{}", argyle.key_id(), argyle.key_secret());
    let basic = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, key);
    for secret in [argyle.key_id(), argyle.key_secret(), &basic, SECRET, SSN] {
        let line = lines.iter().find(|line| line.contains(secret));
        assert_eq!(line, None, "a secret is in what the program printed or logged");
    }
}
