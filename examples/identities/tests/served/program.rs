//! The program itself, started and stopped by the tests.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

/// Long enough for a busy machine; nothing here waits so long unless it is broken.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running `identities`, killed when the test ends.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
    log: Receiver<String>,
    pub(crate) address: SocketAddr,
    inbox: Option<Inbox>,
}

/// The program, which knows nothing of the variables that whoever runs the tests has set: they may name a real Argyle.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_identities"));
    command.env_clear();
    command
}

/// A file that goes with the test.
pub(crate) struct Inbox(pub(crate) PathBuf);

impl Inbox {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("identities-{}-{number}.db", std::process::id())))
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{end}", self.0.display())));
        }
    }
}

impl Program {
    /// Starts it on a free port and waits until it listens.
    pub(crate) fn start(secret: &str, arguments: &[&str]) -> Self {
        let inbox = Inbox::new();
        let mut program = Self::start_with(secret, arguments, &format!("sqlite:{}", inbox.0.display()));
        program.inbox = Some(inbox);
        program
    }

    /// Starts it with this `INBOX`.
    pub(crate) fn start_with(secret: &str, arguments: &[&str], inbox: &str) -> Self {
        Self::start_in(&[("ARGYLE_WEBHOOK_SECRET", secret), ("INBOX", inbox)], arguments)
    }

    /// Starts it with these variables.
    pub(crate) fn start_in(variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut child = command()
            .args(arguments)
            .env("PORT", "0")
            .env("RUST_LOG", "trace")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = read_lines::<ChildStdout>(child.stdout.take().unwrap());
        let log = read_lines::<ChildStderr>(child.stderr.take().unwrap());
        let listening = lines.recv_timeout(PATIENCE).expect("it says where it listens");
        let address = listening
            .strip_prefix("listening on http://")
            .and_then(|rest| rest.strip_suffix("/webhooks/argyle"))
            .unwrap_or_else(|| panic!("not the line that says where it listens: {listening}"))
            .parse()
            .unwrap();
        Self { child, lines, log, address, inbox: None }
    }

    /// The next line on standard output.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("one more line")
    }

    /// The lines on standard output up to this one.
    pub(crate) fn lines_to(&self, last: &str) -> Vec<String> {
        let mut lines = vec![self.line()];
        while lines.last().is_none_or(|line| line != last) {
            lines.push(self.line());
        }
        lines
    }

    /// Waits for a line of the log that contains the text, and gives it.
    pub(crate) fn log_with(&self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no log line with {text}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Ends it as a power cut would (SIGKILL).
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM, and gives the exit code, the rest of the output and the rest of the log.
    pub(crate) fn stop(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let code = self.child.wait().unwrap().code();
        (code, self.lines.iter().collect(), self.log.iter().collect())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read_lines<R: Read + Send + 'static>(from: R) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    receive
}
