//! A private server.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
};

use super::{PATIENCE, installed::Installed, not_tested};

/// A PostgreSQL server of one's own, with the durability that it has by default. It stops when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    installed: Installed,
    data: PathBuf,
    port: u16,
    settings: Vec<String>,
    running: Mutex<Option<Running>>,
    /// What the servers have said, for a test that fails.
    log: Arc<Mutex<String>>,
    /// Goes last.
    _folder: Folder,
}

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It rolls back what runs, and puts everything in its place.
    Fast,
    /// It leaves everything as it is, and recovers at its next start.
    Immediate,
    /// It is not asked (SIGKILL).
    Kill,
}

#[derive(Debug)]
struct Running {
    postmaster: Child,
    /// Ends when the last of the server's processes has ended.
    log: JoinHandle<()>,
}

/// A folder that goes with the test.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

impl Cluster {
    /// Makes a server and starts it; `None` where there is no PostgreSQL, after saying so.
    pub fn start() -> Option<Self> {
        Self::start_with(None, &[])
    }

    /// Makes a server with its data in this folder, where one is given, and with these settings (`name=value`).
    ///
    /// # Panics
    ///
    /// When there is PostgreSQL and it does not start.
    pub fn start_with(on: Option<&Path>, settings: &[&str]) -> Option<Self> {
        let installed = match Installed::find() {
            Ok(installed) => installed,
            Err(why) => {
                not_tested(&why);
                return None;
            }
        };
        let name = format!("switchhook-pg-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let folder = on.map_or_else(std::env::temp_dir, Path::to_path_buf).join(name);
        fs::create_dir(&folder).unwrap();
        let folder = Folder(folder);
        if let Some((user, group)) = installed.user {
            chown(&folder.0, Some(user), Some(group)).unwrap();
        }
        let data = folder.0.join("data");
        init(&installed, &data);
        let cluster = Self {
            installed,
            data,
            port: free_port(),
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            running: Mutex::new(None),
            log: Arc::default(),
            _folder: folder,
        };
        cluster.start_again();
        Some(cluster)
    }

    /// The database `postgres` of this server.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, where it does not run; it takes connections when this returns.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start_again(&self) {
        let mut running = self.running.lock().unwrap();
        if running.as_mut().is_some_and(|running| running.postmaster.try_wait().unwrap().is_none()) {
            return;
        }
        *running = None;
        let mut command = self.installed.command("postgres");
        command.arg("-D").arg(&self.data).arg("-k").arg(self.data.parent().unwrap());
        for setting in ["listen_addresses=127.0.0.1", "shared_buffers=16MB", "max_connections=100"] {
            command.args(["-c", setting]);
        }
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        command.arg("-p").arg(self.port.to_string()).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut postmaster = command.spawn().unwrap();
        let (log, ready) = follow(postmaster.stderr.take().unwrap(), Arc::clone(&self.log));
        let ready = ready.recv_timeout(PATIENCE).is_ok();
        *running = Some(Running { postmaster, log });
        drop(running);
        assert!(ready, "PostgreSQL does not start:\n{}", self.log());
    }

    /// Stops it; when this returns all its processes are gone.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub fn stop(&self, how: Stop) {
        let Running { mut postmaster, log } = self.running.lock().unwrap().take().expect("it runs");
        end(&mut postmaster, how);
        log.join().unwrap();
    }

    /// Lets all its processes stand still, so that it answers nobody and refuses nobody.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets them go on.
    ///
    /// # Panics
    ///
    /// When it does not run.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Sends a signal to the postmaster first, which then makes no further process, and to its children.
    fn signal(&self, signal: &str) {
        let running = self.running.lock().unwrap();
        let postmaster = running.as_ref().expect("it runs").postmaster.id().to_string();
        let send = |process: &str| drop(Command::new("kill").args([signal, process]).status());
        send(&postmaster);
        let processes = Command::new("ps").args(["-e", "-o", "ppid=,pid="]).output().unwrap();
        for line in String::from_utf8(processes.stdout).unwrap().lines() {
            if let Some((parent, child)) = line.trim().split_once(char::is_whitespace)
                && parent == postmaster
            {
                send(child.trim());
            }
        }
    }

    /// What the server has logged.
    ///
    /// # Panics
    ///
    /// When reading it has failed.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let running = self.running.get_mut().ok().and_then(Option::take);
        if let Some(Running { mut postmaster, log }) = running {
            end(&mut postmaster, Stop::Immediate);
            drop(log.join());
        }
    }
}

fn init(installed: &Installed, data: &Path) {
    let output = installed
        .command("initdb")
        .args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--wal-segsize=1",
            "-N",
            "-D",
        ])
        .arg(data)
        .output()
        .unwrap();
    assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
}

fn end(postmaster: &mut Child, how: Stop) {
    let signal = match how {
        Stop::Fast => "-INT",
        Stop::Immediate => "-QUIT",
        Stop::Kill => "-KILL",
    };
    // One that was left frozen would not hear it.
    for signal in [signal, "-CONT"] {
        // By its number, which is its own until it was waited for.
        drop(Command::new("kill").args([signal, &postmaster.id().to_string()]).status());
    }
    drop(postmaster.wait());
}

/// Keeps what a server says; tells when it takes connections.
fn follow(stderr: ChildStderr, log: Arc<Mutex<String>>) -> (JoinHandle<()>, Receiver<()>) {
    let (ready, is_ready) = mpsc::channel();
    let follower = thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if line.ends_with("database system is ready to accept connections") {
                // Nobody listens any more when a server recovers by itself.
                let _gone = ready.send(());
            }
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
    (follower, is_ready)
}

/// A port that is free, below those that the system gives to clients: one that calls a stopped server would otherwise be
/// given the server's own port now and then.
fn free_port() -> u16 {
    (0..1_000)
        .map(|_| fastrand::u16(20_000..32_000))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a port is free")
}
