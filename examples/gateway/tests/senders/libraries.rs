//! Installs the senders' libraries in the build's folder, and has them sign.

use std::{
    env, fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use crate::{delivery::Delivery, gateway::SECRETS};

/// Who signs.
#[derive(Clone, Copy)]
pub(crate) enum Sender {
    NodeLibraries,
    GitHubExamples,
    PythonLibraries,
}

/// Where the libraries are, or what is missing.
type Installed = Result<PathBuf, String>;

/// Once for all tests, which run at the same time.
static NODE: LazyLock<Installed> = LazyLock::new(install_for_node);
static PYTHON: LazyLock<Installed> = LazyLock::new(install_for_python);
static CATALOGS: LazyLock<Installed> = LazyLock::new(install_for_catalogs);

/// What this sender's libraries signed just now, or `None`, and a word about it, where they cannot be had.
///
/// # Panics
///
/// If they cannot be had although `CI` is `true`, and if the signer fails.
pub(crate) fn signed_by(sender: Sender) -> Option<Vec<Delivery>> {
    let installed: &Installed = match sender {
        Sender::NodeLibraries | Sender::GitHubExamples => &NODE,
        Sender::PythonLibraries => &PYTHON,
    };
    let folder = folder_or_word(installed)?;
    let (program, script) = match sender {
        Sender::NodeLibraries => (PathBuf::from("node"), ["sign.mjs", "libraries"].as_slice()),
        Sender::GitHubExamples => (PathBuf::from("node"), ["sign.mjs", "github"].as_slice()),
        Sender::PythonLibraries => (python_of(folder), ["sign.py"].as_slice()),
    };
    let signed = run(Command::new(program).args(script).current_dir(folder).envs(SECRETS));
    let lines = signed.unwrap_or_else(|error| panic!("{error}"));
    Some(lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect())
}

/// What the senders' packages say against our lists of events; `None`, and a word about it, where they cannot be had.
///
/// # Panics
///
/// If they cannot be had although `CI` is `true`.
pub(crate) fn changes_of_catalogs() -> Option<Result<String, String>> {
    let folder = folder_or_word(&CATALOGS)?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/catalogs/refresh.mjs");
    Some(run(Command::new("node").args([script, "--check"]).current_dir(folder)))
}

fn folder_or_word(installed: &Installed) -> Option<&PathBuf> {
    match installed {
        Ok(folder) => Some(folder),
        Err(missing) if env::var("CI").is_ok_and(|ci| ci == "true") => panic!("{missing}"),
        Err(missing) => {
            // Not with `eprintln!`, whose words a test that passes keeps to itself.
            let words = format!("\nNOT RUN, nothing was judged: {missing}\n");
            io::stderr().write_all(words.as_bytes()).unwrap();
            None
        }
    }
}

fn install_for_node() -> Installed {
    let files =
        [("package.json", include_str!("node/package.json")), ("sign.mjs", include_str!("node/sign.mjs"))];
    install_from_npm("senders-node", &files)
}

fn install_for_catalogs() -> Installed {
    let package = include_str!("../../../../tests/catalogs/package.json");
    install_from_npm("catalogs-node", &[("package.json", package)])
}

fn install_from_npm(name: &str, files: &[(&str, &str)]) -> Installed {
    let mend = "install Node.js 20 or newer with npm, and let npm reach a registry";
    install(
        name,
        files,
        |_| "node".into(),
        |folder| {
            run(Command::new("node").arg("--version"))?;
            let plain = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"];
            let patience = [
                "--prefer-offline",
                "--fetch-retries=1",
                "--fetch-retry-mintimeout=1000",
                "--fetch-timeout=60000",
            ];
            run(Command::new("npm").args(plain).args(patience).current_dir(folder))
        },
    )
    .map_err(|error| format!("{error}\n{mend}"))
}

fn install_for_python() -> Installed {
    let mend = "install Python 3.10 or newer with `venv` and `pip`, and let pip reach a registry";
    let files = [
        ("requirements.txt", include_str!("python/requirements.txt")),
        ("sign.py", include_str!("python/sign.py")),
    ];
    install("senders-python", &files, python_of, |folder| {
        run(Command::new("python3").args(["-m", "venv", "--clear", "venv"]).current_dir(folder))?;
        let plain = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let patience = ["--retries=1", "--timeout=60", "-r", "requirements.txt"];
        run(Command::new(python_of(folder)).args(plain).args(patience).current_dir(folder))
    })
    .map_err(|error| format!("{error}\n{mend}"))
}

fn python_of(folder: &Path) -> PathBuf {
    folder.join("venv/bin/python")
}

/// Writes `files` to a folder of the build and runs `install` there, unless it has installed what the first of them
/// asks for and `program`, which is to sign, runs.
fn install(
    name: &str,
    files: &[(&str, &str)],
    program: impl FnOnce(&Path) -> PathBuf,
    install: impl FnOnce(&Path) -> Result<String, String>,
) -> Installed {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        fs::write(folder.join(file), text).unwrap();
    }
    // Written last, so that an installation that was cut off begins again.
    let installed = folder.join("installed");
    let (_, wanted) = files[0];
    let is_there = fs::read_to_string(&installed).is_ok_and(|before| before == wanted);
    if !is_there || run(Command::new(program(&folder)).arg("--version")).is_err() {
        drop(fs::remove_file(&installed));
        install(&folder)?;
        fs::write(&installed, wanted).unwrap();
    }
    Ok(folder)
}

/// What it printed, or why that is not to be had.
fn run(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("`{program}` is missing"),
        _ => format!("`{program}` does not start: {error}"),
    })?;
    if !output.status.success() {
        let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        return Err(format!("`{program}` failed ({}):\n{out}{err}", output.status));
    }
    Ok(String::from_utf8(output.stdout).unwrap())
}
