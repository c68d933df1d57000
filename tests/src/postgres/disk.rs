//! A disk that is soon full.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use super::{installed::is_root, not_tested, say};

/// A small file system in memory, for as long as the test runs. Drop what lies on it first.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Makes one of so many megabytes; `None` where none can be mounted, after saying so. That takes root, which not
    /// every machine gives that must run all other tests; where it is given, `CI=true` lets it fail.
    ///
    /// # Panics
    ///
    /// When the folder for it cannot be made, or with `CI=true` as root no file system can be mounted.
    pub fn mount(megabytes: u32) -> Option<Self> {
        let name = format!("switchhook-disk-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(&folder)
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            fs::remove_dir(&folder).unwrap();
            if is_root() {
                not_tested("no tmpfs can be mounted, though root asks for it, so no disk can be full");
            } else {
                say("NOT TESTED: only root can mount a tmpfs, so no disk can be full");
            }
            return None;
        }
        Some(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Takes all the room that is left.
    ///
    /// # Errors
    ///
    /// Another than that there is no room.
    pub fn fill(&self) -> io::Result<()> {
        let mut filler = fs::OpenOptions::new().append(true).create(true).open(self.filler())?;
        for size in [1 << 20, 1 << 12] {
            loop {
                match io::Write::write_all(&mut filler, &vec![0; size]) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Gives the room back.
    ///
    /// # Errors
    ///
    /// When nothing was filled.
    pub fn make_room(&self) -> io::Result<()> {
        fs::remove_file(self.filler())
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
        drop(fs::remove_dir(&self.0));
    }
}
