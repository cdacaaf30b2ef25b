//! What cargo has built beside the running test program, which is `TARGET/[TRIPLE/]PROFILE/deps/NAME`.
//!
//! Cargo passes this only to the test programs themselves, when it compiles them; not to a library that they use.

use std::path::{Path, PathBuf};

use crate::error::{Error, PathContext, Result};

/// A file by which backup programs know directories that can be made anew; cargo puts it into its own.
const TAG: &str = "CACHEDIR.TAG";

/// Our `ipvsadm`, of the same profile as the test program.
///
/// # Errors
///
/// [`Error::NoIpvsadm`] where there is none.
pub fn ipvsadm() -> Result<PathBuf> {
    let own = own_path()?;
    let profile = own.parent().and_then(Path::parent);
    let path = profile.unwrap_or(&own).join("ipvsadm");
    if path.is_file() {
        Ok(path)
    } else {
        Err(Error::NoIpvsadm { path })
    }
}

/// Cargo's target directory; where it has one for each target, that one.
///
/// # Errors
///
/// [`Error::NoTargetDir`] for a program that is in none.
pub fn target_dir() -> Result<PathBuf> {
    let own = own_path()?;
    let tagged = own.ancestors().find(|dir| dir.join(TAG).is_file());
    tagged.map(Path::to_owned).ok_or(Error::NoTargetDir {
        program: own.clone(),
    })
}

fn own_path() -> Result<PathBuf> {
    std::env::current_exe().at("/proc/self/exe")
}
