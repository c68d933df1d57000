//! In the runtime, dependencies go one way; and the crate brings no more than it says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The code (no comments, no tests) of every file under `runtime/src`, by its path there.
fn sources() -> Vec<(String, String)> {
    let src = root().join("runtime/src");
    let mut folders = vec![src.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
                let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                files.push((name, code.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    files.sort();
    files
}

/// Whether code names a module of the crate, in a path or in a nested `use crate::{…}`.
fn names(code: &str, module: &str) -> bool {
    let nested = code.split("use crate::{").skip(1).any(|uses| {
        let uses = uses.split("};").next().unwrap();
        uses.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .any(|word| word.starts_with(&format!("{module}::")))
    });
    nested || code.contains(&format!("crate::{module}::"))
}

#[test]
fn each_module_knows_only_what_stands_before_it() {
    let sources = sources();
    assert!(sources.len() > 30, "the files were found");
    for (from, forbidden) in [
        (
            "delivery.rs",
            &["http", "endpoint", "webhooks", "route", "handler", "extract", "provider", "inbox"][..],
        ),
        ("outcome.rs", &["http", "endpoint", "webhooks", "route", "handler", "extract", "provider", "inbox"]),
        (
            "provider/",
            &[
                "http",
                "endpoint",
                "webhooks",
                "subscriptions",
                "handler",
                "extract",
                "run",
                "service",
                "inbox",
            ],
        ),
        ("route/", &["http", "endpoint", "webhooks", "run", "service", "inbox"]),
        ("inbox/", &["http", "endpoint", "webhooks", "run", "service", "provider", "route", "extract"]),
        ("extract/", &["http", "endpoint", "webhooks", "handler", "run", "service"]),
        ("handler.rs", &["http", "endpoint", "webhooks", "run", "service", "inbox"]),
        ("service.rs", &["http", "endpoint", "webhooks", "run", "inbox"]),
        ("endpoint/", &["http", "webhooks", "run", "subscriptions"]),
        ("run/", &["http", "webhooks", "subscriptions"]),
        ("webhooks.rs", &["http", "subscriptions"]),
        ("http/", &["subscriptions"]),
        ("subscriptions/", &["http", "inbox", "run", "extract", "service", "testing"]),
        ("reverify.rs", &["http"]),
    ] {
        let mut read = 0;
        for (file, code) in sources.iter().filter(|(file, _)| file.starts_with(from)) {
            read += 1;
            for module in forbidden {
                assert!(!names(code, module), "{file} names crate::{module}");
            }
        }
        assert!(read > 0, "{from} is there");
    }
}

#[test]
fn only_http_names_axum_but_for_the_state() {
    for (file, code) in sources() {
        let code = code
            .replace("use axum::extract::{FromRef, State};", "")
            .replace("pub use axum::extract::{FromRef, State};", "");
        assert!(file.starts_with("http/") || !code.contains("axum::"), "{file} names axum");
    }
}

#[test]
fn no_file_is_two_concepts() {
    for (file, code) in sources() {
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= 350, "{file} has {lines} lines of code");
    }
}

#[test]
fn the_crate_brings_no_database_no_tls_and_one_syn() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-p", "switchhook", "-e", "normal,build", "--prefix", "none"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let mut packages: Vec<_> = tree.lines().map(|line| line.trim_end_matches(" (*)").trim()).collect();
    packages.sort_unstable();
    packages.dedup();
    assert_eq!(packages.iter().filter(|package| package.starts_with("syn v")).count(), 1);
    for unwanted in
        ["sqlx", "libsqlite3-sys", "rusqlite", "rustls", "openssl", "native-tls", "ring", "aws-lc", "reqwest"]
    {
        let found = packages.iter().find(|package| package.starts_with(unwanted));
        assert_eq!(found, None);
    }
}
