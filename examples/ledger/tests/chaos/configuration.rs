//! What the ledger says when it is told something wrong.

use std::process::Command;

/// What it says with these variables, with which it does not start.
fn said(variables: &[(&str, &str)]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ledger"));
    // Nothing is opened before all variables are read.
    program.env_remove("INBOX").env("PORT", "0").env("LEDGER", "/no/such/folder/ledger.db");
    let output = program.envs(variables.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "it does not say that it works");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_wrong_variable_is_named_and_what_it_may_be() {
    for (variable, value, text) in [
        ("ROLE", "worker", "ROLE is `worker`; it is `all`, `ingest` or `workers`"),
        ("LEASE", "3s", "LEASE is `3s`, which is no time: invalid digit found in string"),
        ("LEASE", "-1", "LEASE is `-1`, which is no time: invalid digit found in string"),
        ("KILL_AT", "before-commit", "KILL_AT has the form `point:n`"),
        ("KILL_AT", "nowhere:1", "KILL_AT: there is no point `nowhere`"),
    ] {
        let said = said(&[(variable, value)]);
        assert!(said.contains(text), "{said}");
    }
    let said = said(&[]);
    assert!(said.contains("the inbox `/no/such/folder/ledger.db` cannot be opened: No such file"), "{said}");
}

#[test]
fn a_mistyped_inbox_is_refused_without_its_password() {
    for inbox in ["postgress://app:s3cr3t@db/ledger", "sqlite:", "s3cr3t"] {
        let said = said(&[("INBOX", inbox)]);
        assert!(said.contains("INBOX is neither `postgres://…` nor `sqlite:<file>`"), "{said}");
        assert!(!said.contains("s3cr3t"), "{said}");
    }
}
