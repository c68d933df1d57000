//! The program itself, started and stopped by the tests.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    sync::mpsc::{self, Receiver},
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
}

impl Program {
    /// Starts it on a free port and waits until it listens.
    pub(crate) fn start(secret: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_identities"))
            .args(arguments)
            .env("PORT", "0")
            .env("ARGYLE_WEBHOOK_SECRET", secret)
            .env("RUST_LOG", "trace")
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
        Self { child, lines, log, address }
    }

    /// The next line on standard output.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("one more line")
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
