//! The cache directory: entries are built under a temporary name and renamed when whole, under a lock.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use crate::built;
use crate::error::{PathContext, Result};

/// Where everything is kept: below cargo's target directory unless `IPVSADM_VM_CACHE` says otherwise.
pub fn dir() -> Result<PathBuf> {
    let dir = match std::env::var_os("IPVSADM_VM_CACHE") {
        Some(dir) => PathBuf::from(dir),
        None => built::target_dir()?.join("tmp/vm"),
    };
    fs::create_dir_all(&dir).at(&dir)?;
    dir.canonicalize().at(&dir)
}

/// Returns the cache entry `name`, calling `build` with a temporary path to make it if there is none.
///
/// `build` may make a file or a directory. An interrupted build leaves only the temporary path, which the next
/// one removes.
pub fn entry(name: &str, build: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let dir = dir()?;
    let path = dir.join(name);
    if path.exists() {
        return Ok(path);
    }
    let _lock = lock(&dir.join(format!("{name}.lock")))?;
    // Another process may have built it while we waited for the lock.
    if path.exists() {
        return Ok(path);
    }
    let partial = dir.join(format!("{name}.partial"));
    remove(&partial)?;
    build(&partial)?;
    fs::rename(&partial, &path).at(&path)?;
    Ok(path)
}

/// Makes a directory for one run; see [`RunDir`].
pub fn run_dir() -> Result<RunDir> {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let runs = dir()?.join("runs");
    fs::create_dir_all(&runs).at(&runs)?;
    remove_stale(&runs);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = runs.join(format!("{}-{number}", std::process::id()));
    remove(&path)?;
    fs::create_dir(&path).at(&path)?;
    Ok(RunDir(path))
}

/// A directory that is removed on drop. One that survives (its process was killed) is removed by the next run.
pub struct RunDir(PathBuf);

impl RunDir {
    /// The path of a file in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes directories whose process, the number before the dash, no longer exists.
fn remove_stale(runs: &Path) {
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_string_lossy()
            .split('-')
            .next()
            .unwrap_or_default()
            .to_owned();
        if !Path::new("/proc").join(owner).exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Takes the lock of this file, waiting for its holder; it is released on drop.
pub fn lock(path: &Path) -> Result<Flock<File>> {
    let file = File::create(path).at(path)?;
    Flock::lock(file, FlockArg::LockExclusive)
        .map_err(|(_, errno)| errno.into())
        .at(path)
}

fn remove(path: &Path) -> Result<()> {
    let result = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at(path),
        _ => Ok(()),
    }
}
