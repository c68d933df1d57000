//! That nothing these tests print, and nothing that is logged meanwhile by any crate, holds a secret.

use std::process::Command;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::support::{KEY_ID, KEY_SECRET, OTHER_SECRET, SECRET, SSN, is_shown};

#[test]
fn nothing_that_is_printed_or_logged_holds_a_secret() {
    if is_shown() {
        return;
    }
    let tests = std::env::current_exe().unwrap();
    let shown =
        Command::new(tests).args(["--nocapture", "--test-threads=4"]).env("SHOW_ALL", "1").output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(shown.status.success(), "{text}");
    // So it has seen what clients, plans, identities and errors print, and the logs of this and of other crates.
    for seen in [
        "Client {",
        "Identity {",
        "Ssn(***)",
        "+ create `",
        "POST /webhooks",
        "asked Argyle",
        "TRACE",
        "DEBUG hyper",
    ] {
        assert!(text.contains(seen), "{seen} is not there");
    }
    let basic = BASE64_STANDARD.encode(format!("{KEY_ID}:{KEY_SECRET}"));
    for secret in [KEY_ID, KEY_SECRET, &basic, SECRET, OTHER_SECRET, SSN] {
        let at = text.find(secret).map(|at| &text[at.saturating_sub(300)..(at + 100).min(text.len())]);
        assert_eq!(at, None, "a secret was printed");
    }
}
