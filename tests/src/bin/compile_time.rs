//! What 1,000 handlers cost the compiler, beside the same functions without us and as axum routes; and what a catalog of as
//! many events adds, whose names stand in a file.
//!
//! `cargo run -p switchhook-tests --bin compile_time [-- ROUNDS]` writes crates under `target/compile-time`, checks and
//! builds them in turn, and prints the least time of each and the ratios; it fails when a ratio is past its limit, which
//! leaves room for a noisy machine. The functions have ten lines with two awaits, and their events a long common prefix.
//! They stand in modules, as people write them; and once more all in one, which rustc gives to LLVM as one piece, so
//! that a second core has nothing to do.

use std::{
    env, fs, io,
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

const FUNCTIONS: usize = 1_000;

/// How many functions a module has, where they stand in modules.
const PER_MODULE: usize = 50;

/// `cargo check` of the handlers against the plain functions: what we aim at, and what fails, for noise.
const CHECK: Limit = Limit { aim: 1.6, fail: 2.0 };

/// `cargo build` of the handlers against the axum routes.
const BUILD: Limit = Limit { aim: 0.5, fail: 0.75 };

/// `cargo build` of the handlers that are checked against a catalog, against those that are not.
const CATALOG: Limit = Limit { aim: 1.1, fail: 1.3 };

struct Limit {
    aim: f64,
    fail: f64,
}

const COMMON: &str = "
#[derive(Clone)]
pub struct People;

#[derive(Default)]
pub struct Person {
    accounts: Vec<String>,
    last_user: String,
    updates: u64,
}

impl People {
    async fn find(&self, identity: &str) -> Result<Person, std::io::Error> {
        std::hint::black_box(identity);
        Ok(Person::default())
    }

    async fn store(&self, person: Person) -> Result<(), std::io::Error> {
        std::hint::black_box((person.last_user, person.updates));
        Ok(())
    }
}

#[derive(serde::Deserialize)]
pub struct Ids {
    account: String,
    user: String,
    identity: String,
}
";

const BODY: &str = "{
    let mut person = people.find(&ids.identity).await?;
    if person.accounts.contains(&ids.account) {
        person.updates += 1;
    } else {
        person.accounts.push(ids.account);
    }
    person.last_user = ids.user;
    people.store(person).await?;
    Ok(())
}
";

const ACME: &str = "
use switchhook::{Catalog, Data, Endpoint, HandlerError, State, Webhooks, handlers, webhook_handler};
use switchhook::provider::{EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError};

pub struct Acme;

impl Provider for Acme {
    const NAME: &'static str = \"Acme\";
    const CATALOG: &'static Catalog = &Catalog::open(\"Acme\");

    fn verify(&self, _: &Incoming<'_>) -> Result<Verified, VerifyError> {
        Err(VerifyError::Mismatch)
    }

    fn parts<'a>(&self, _: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        Err(EnvelopeError::new(\"never asked\"))
    }
}
";

const AXUM: &str = "
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};

pub struct Failed;

impl From<std::io::Error> for Failed {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl axum::response::IntoResponse for Failed {
    fn into_response(self) -> axum::response::Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("compile_time: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<bool> {
    let rounds = env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let workspace = write_workspace()?;
    // Once for the dependencies, which nobody measures. The other crates have those of these two, with the same features.
    for (command, name) in [("check", "plain"), ("build", "plain"), ("build", "routes")] {
        cargo(&workspace, &[command, "-p", name])?;
    }
    let check = least(&workspace, "check", ["plain", "handlers"], rounds)?;
    let check = report("cargo check", "the plain functions", check, &CHECK);
    let build = least(&workspace, "build", ["routes", "handlers"], rounds)?;
    let build = report("cargo build", "the axum routes", build, &BUILD);
    let one_module = least(&workspace, "build", ["routes-in-one", "handlers-in-one"], rounds)?;
    let one_module = report("cargo build, all in one module", "the axum routes", one_module, &BUILD);
    let catalog = least(&workspace, "build", ["handlers", "catalog"], rounds)?;
    let catalog = report("cargo build, with a catalog", "without", catalog, &CATALOG);
    Ok(check && build && one_module && catalog)
}

/// The least time of each of two crates, taken in turn.
fn least(workspace: &Path, command: &str, crates: [&str; 2], rounds: usize) -> io::Result<[Duration; 2]> {
    let mut least = [Duration::MAX; 2];
    for _ in 0..rounds {
        for (name, least) in crates.iter().zip(&mut least) {
            let source = workspace.join(name).join("src/main.rs");
            fs::File::options()
                .append(true)
                .open(source)?
                .set_modified(std::time::UNIX_EPOCH + since_epoch())?;
            let started = Instant::now();
            cargo(workspace, &[command, "-p", name])?;
            *least = started.elapsed().min(*least);
        }
    }
    Ok(least)
}

fn report(command: &str, baseline: &str, [base, handlers]: [Duration; 2], limit: &Limit) -> bool {
    let ratio = handlers.as_secs_f64() / base.as_secs_f64();
    let verdict = match ratio {
        ratio if ratio <= limit.aim => "as aimed at",
        ratio if ratio <= limit.fail => "past the aim",
        _ => "TOO SLOW",
    };
    say(&format!(
        "{command}: {FUNCTIONS} handlers {handlers:.2?}, {baseline} {base:.2?}: {ratio:.2} x (aim {:.2}): {verdict}",
        limit.aim
    ));
    ratio <= limit.fail
}

fn write_workspace() -> io::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let workspace = root.join("target/compile-time");
    fs::create_dir_all(&workspace)?;
    // Not incremental: a change of the time stamp alone would have nothing to do.
    let manifest = "[workspace]\nresolver = \"3\"\n\
                    members = [\"plain\", \"handlers*\", \"catalog\", \"routes*\"]\n\
                    [profile.dev]\nincremental = false\n";
    fs::write(workspace.join("Cargo.toml"), manifest)?;
    fs::copy(root.join("Cargo.lock"), workspace.join("Cargo.lock"))?;
    let switchhook = format!("switchhook = {{ path = \"{}\" }}\n", root.join("runtime").display());
    let axum = "axum = { version = \"0.8\", default-features = false, features = [\"http1\", \"json\", \"tokio\"] }\n";
    let modules = Layout::Modules;
    write_crate(&workspace, "plain", &switchhook, &plain())?;
    write_crate(&workspace, "handlers", &switchhook, &handlers(modules, ACME, ""))?;
    write_crate(&workspace, "handlers-in-one", &switchhook, &handlers(Layout::OneModule, ACME, ""))?;
    write_crate(&workspace, "catalog", &switchhook, &handlers(modules, &closed(), ", provider = Acme"))?;
    fs::write(workspace.join("catalog/src/events.txt"), each(|i| format!("{}\n", event(i))))?;
    write_crate(&workspace, "routes", axum, &routes(modules))?;
    write_crate(&workspace, "routes-in-one", axum, &routes(Layout::OneModule))?;
    Ok(workspace)
}

fn write_crate(workspace: &Path, name: &str, dependency: &str, source: &str) -> io::Result<()> {
    let folder = workspace.join(name);
    fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{dependency}\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), format!("#![allow(dead_code, unused_imports)]\n{source}"))
}

/// Where the functions of a crate stand.
#[derive(Clone, Copy)]
enum Layout {
    Modules,
    OneModule,
}

impl Layout {
    fn place(self, function: impl Fn(usize) -> String) -> String {
        match self {
            Self::OneModule => each(function),
            Self::Modules => joined(0..FUNCTIONS / PER_MODULE, |module| {
                let first = module * PER_MODULE;
                let functions = joined(first..first + PER_MODULE, &function);
                format!("mod m{module} {{\nuse super::*;\n{functions}}}\n")
            }),
        }
    }

    fn path(self, i: usize) -> String {
        match self {
            Self::OneModule => format!("h{i}"),
            Self::Modules => format!("m{}::h{i}", i / PER_MODULE),
        }
    }
}

fn plain() -> String {
    let functions = Layout::Modules.place(|i| format!("{}\n", handler(i)));
    format!("{COMMON}{ACME}{functions}fn main() {{}}\n")
}

/// The same provider, with a catalog.
fn closed() -> String {
    let catalog = "switchhook::catalog! { pub EVENTS for Acme { include_str!(\"events.txt\"), } }\n";
    format!("{}{catalog}", ACME.replace("&Catalog::open(\"Acme\")", "EVENTS"))
}

/// Mounted as in the README: where the list stands, the state is known.
fn handlers(layout: Layout, provider: &str, options: &str) -> String {
    let functions =
        layout.place(|i| format!("#[webhook_handler(\"{}\"{options})]\n{}\n", event(i), handler(i)));
    let list = each(|i| format!("{}, ", layout.path(i)));
    format!(
        "{COMMON}{provider}{functions}fn main() {{\n    let webhooks = Webhooks::builder()\n        .state(People)\n        \
         .endpoint(Endpoint::new(Acme, handlers![{list}]))\n        .build()\n        .unwrap();\n    \
         println!(\"{{webhooks:?}}\");\n}}\n"
    )
}

fn routes(layout: Layout) -> String {
    let functions = layout.place(|i| {
        format!(
            "pub async fn h{i}(State(people): State<People>, Json(ids): Json<Ids>) -> Result<(), Failed> {BODY}\n"
        )
    });
    let routes = each(|i| format!("        .route(\"/{}\", post({}))\n", event(i), layout.path(i)));
    format!(
        "{COMMON}{AXUM}{functions}fn main() {{\n    let router: Router = Router::new()\n{routes}        \
         .with_state(People);\n    println!(\"{{router:?}}\");\n}}\n"
    )
}

fn handler(i: usize) -> String {
    format!(
        "pub async fn h{i}(Data(ids): Data<Ids>, State(people): State<People>) -> Result<(), HandlerError> {BODY}"
    )
}

fn event(i: usize) -> String {
    format!("a.rather.long.prefix.that.all.names.have.in.common.e{i}")
}

fn each(line: impl Fn(usize) -> String) -> String {
    joined(0..FUNCTIONS, line)
}

fn joined(numbers: Range<usize>, line: impl Fn(usize) -> String) -> String {
    numbers.fold(String::new(), |mut all, i| {
        all += &line(i);
        all
    })
}

fn cargo(workspace: &Path, arguments: &[&str]) -> io::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--quiet")
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", workspace.join("target"))
        // Flags of the caller, such as `-D warnings`, would be measured too.
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("`cargo {}` failed:\n{said}", arguments.join(" "))))
}

/// A time stamp that no build has seen.
fn since_epoch() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "it dates a file")]
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "this program is its output")]
fn say(line: &str) {
    println!("{line}");
}
