//! The kernels to test on.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::{Error, PathContext, Result};
use crate::packages::{self, Selection};

/// A kernel series; each is the current one of a Debian suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kernel {
    /// Debian 11, bullseye.
    V5_10,
    /// Debian 12, bookworm.
    V6_1,
    /// Debian 13, trixie.
    V6_12,
    /// Debian unstable, sid. The name is kept when sid moves on; `uname -r` in the guest tells the truth.
    V7_2,
}

impl Kernel {
    /// All of them, oldest first.
    pub const ALL: [Self; 4] = [Self::V5_10, Self::V6_1, Self::V6_12, Self::V7_2];

    /// The series as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V5_10 => "5.10",
            Self::V6_1 => "6.1",
            Self::V6_12 => "6.12",
            Self::V7_2 => "7.2",
        }
    }

    fn suite(self) -> &'static str {
        match self {
            Self::V5_10 => "bullseye",
            Self::V6_1 => "bookworm",
            Self::V6_12 => "trixie",
            Self::V7_2 => "sid",
        }
    }

    /// Downloads the kernel if the cache does not have it.
    pub fn fetch(self) -> Result<Installed> {
        let root = packages::fetch(&Selection {
            name: &format!("kernel-{self}"),
            suite: self.suite(),
            // Points to the current version; newer suites have that in several packages.
            packages: &["linux-image-cloud-amd64"],
            follow: &[
                "linux-image-",
                "linux-binary-",
                "linux-modules-",
                "linux-base-",
            ],
            skip: &[],
        })?;
        Installed::locate(root)
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kernel {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let unknown = || Error::UnknownKernel {
            name: name.to_owned(),
        };
        Self::ALL
            .into_iter()
            .find(|kernel| kernel.name() == name)
            .ok_or_else(unknown)
    }
}

/// An unpacked kernel.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The directory it is unpacked in.
    pub root: PathBuf,
    /// The boot image.
    pub image: PathBuf,
    /// What `uname -r` says.
    pub release: String,
    /// The directory `.../lib/modules/RELEASE`.
    pub modules: PathBuf,
}

impl Installed {
    fn locate(root: PathBuf) -> Result<Self> {
        let missing = || Error::NoKernelImage { path: root.clone() };
        let parent = packages::find(&root, "lib/modules").ok_or_else(missing)?;
        let mut releases = fs::read_dir(&parent).at(&parent)?.flatten();
        let modules = releases.next().ok_or_else(missing)?.path();
        let release = modules
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // Older packages install into /boot, newer ones beside the modules.
        let images = [
            root.join("boot").join(format!("vmlinuz-{release}")),
            modules.join("vmlinuz"),
        ];
        let image = images
            .into_iter()
            .find(|path| Path::is_file(path))
            .ok_or_else(missing)?;
        Ok(Self {
            root,
            image,
            release,
            modules,
        })
    }
}
