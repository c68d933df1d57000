//! Where PostgreSQL's programs are, and who may run them.

use std::{
    env,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

/// PostgreSQL's programs, as they are run here.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    folder: PathBuf,
    /// The user who runs them, since they refuse to be run by root.
    pub(super) user: Option<(u32, u32)>,
}

impl Installed {
    /// Looks where `pg_config` says, in the `PATH`, and where Debian puts them.
    pub(super) fn find() -> Result<Self, String> {
        let folder = told()
            .into_iter()
            .chain(env::split_paths(&env::var_os("PATH").unwrap_or_default()))
            .chain(newest_of_debian())
            .find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
            .ok_or(
                "PostgreSQL's `initdb` and `postgres` are not installed: `pg_config --bindir`, PATH and \
                 /usr/lib/postgresql know of none",
            )?;
        let user = if is_root() { Some(unprivileged()?) } else { None };
        Ok(Self { folder, user })
    }

    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

/// Whether root runs this: who owns what a process has made is who runs it.
pub(super) fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0)
}

fn told() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().ok()?;
    let newest = versions
        .filter_map(|version| version.ok()?.file_name().into_string().ok()?.parse::<u32>().ok())
        .max()?;
    Some(PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin")))
}

fn unprivileged() -> Result<(u32, u32), String> {
    let id = |of: &str, user: &str| {
        let output = Command::new("id").args([of, user]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    ["postgres", "nobody"].into_iter().find_map(|user| Some((id("-u", user)?, id("-g", user)?))).ok_or_else(
        || "PostgreSQL refuses to be run by root, and there is no user `postgres` or `nobody`".to_owned(),
    )
}
