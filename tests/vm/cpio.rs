//! Initramfs archives: the `newc` format of cpio, written here so that device nodes and root's ownership need
//! neither root nor a staging directory.
//!
//! Archives are not compressed: the emulated processor would need longer to unpack them than QEMU to load them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::{PathContext, Result};

/// What is to lie at a path of the guest.
#[derive(Debug, Clone)]
enum Entry {
    Directory,
    Contents { data: Vec<u8>, executable: bool },
    Copy(PathBuf),
    Link(String),
    CharDevice { major: u32, minor: u32 },
}

/// A set of files for the guest. A later one replaces an earlier one of the same path; Linux does the same
/// with archives that follow each other.
#[derive(Debug, Clone, Default)]
pub struct Layer(BTreeMap<String, Entry>);

impl Layer {
    /// An empty directory.
    pub fn directory(&mut self, path: &str) {
        self.insert(path, Entry::Directory);
    }

    /// A file with these bytes.
    pub fn contents(&mut self, path: &str, data: impl Into<Vec<u8>>, executable: bool) {
        self.insert(
            path,
            Entry::Contents {
                data: data.into(),
                executable,
            },
        );
    }

    /// A copy of a host's file; it is read when the archive is written, and executable if it is on the host.
    pub fn copy(&mut self, path: &str, host: impl Into<PathBuf>) {
        self.insert(path, Entry::Copy(host.into()));
    }

    /// A symbolic link.
    pub fn link(&mut self, path: &str, target: &str) {
        self.insert(path, Entry::Link(target.to_owned()));
    }

    /// A character device.
    pub fn char_device(&mut self, path: &str, major: u32, minor: u32) {
        self.insert(path, Entry::CharDevice { major, minor });
    }

    /// Whether the path is taken.
    pub fn contains(&self, path: &str) -> bool {
        self.0.contains_key(&normal(path))
    }

    fn insert(&mut self, path: &str, entry: Entry) {
        let path = normal(path);
        // The kernel makes no parent directories by itself, and the map's order puts them first.
        for (slash, _) in path.match_indices('/') {
            self.0
                .entry(path[..slash].to_owned())
                .or_insert(Entry::Directory);
        }
        self.0.insert(path, entry);
    }

    /// Writes the archive.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut out = Archive {
            out: BufWriter::new(File::create(path).at(path)?),
            written: 0,
            inode: 0,
        };
        for (name, entry) in &self.0 {
            match entry {
                Entry::Directory => out.entry(name, 0o040_755, (0, 0), b""),
                Entry::Contents { data, executable } => {
                    out.entry(name, regular(*executable), (0, 0), data)
                }
                Entry::Link(target) => out.entry(name, 0o120_777, (0, 0), target.as_bytes()),
                Entry::CharDevice { major, minor } => {
                    out.entry(name, 0o020_600, (*major, *minor), b"")
                }
                Entry::Copy(host) => {
                    let mode = std::fs::metadata(host).at(host)?.permissions().mode();
                    let data = std::fs::read(host).at(host)?;
                    out.entry(name, regular(mode & 0o111 != 0), (0, 0), &data)
                }
            }
            .at(path)?;
        }
        out.finish().at(path)
    }
}

/// Paths inside an archive have no slash in front; and the guest has its programs and libraries below `usr`
/// alone, as Debian has, so that a file has one name.
fn normal(path: &str) -> String {
    let path = path.trim_matches('/');
    match path.split('/').next() {
        Some("bin" | "sbin" | "lib" | "lib64") if path.contains('/') => format!("usr/{path}"),
        _ => path.to_owned(),
    }
}

fn regular(executable: bool) -> u32 {
    if executable { 0o100_755 } else { 0o100_644 }
}

struct Archive<W> {
    out: W,
    written: usize,
    inode: u32,
}

impl<W: Write> Archive<W> {
    fn entry(&mut self, name: &str, mode: u32, device: (u32, u32), data: &[u8]) -> io::Result<()> {
        self.inode += 1;
        let size =
            u32::try_from(data.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let name_size = u32::try_from(name.len() + 1)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        // inode, mode, uid, gid, nlink, mtime, size, device of the file, device it is, name's size, checksum
        let fields = [
            self.inode, mode, 0, 0, 1, 0, size, 0, 0, device.0, device.1, name_size, 0,
        ];
        let mut header = "070701".to_owned();
        header.extend(fields.iter().map(|field| format!("{field:08x}")));
        self.put(header.as_bytes())?;
        self.put(name.as_bytes())?;
        self.put(b"\0")?;
        self.pad(4)?;
        self.put(data)?;
        self.pad(4)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len();
        self.out.write_all(bytes)
    }

    fn pad(&mut self, to: usize) -> io::Result<()> {
        let missing = self.written.next_multiple_of(to) - self.written;
        self.put(&[0; 512][..missing])
    }

    fn finish(mut self) -> io::Result<()> {
        self.entry("TRAILER!!!", 0, (0, 0), b"")?;
        self.pad(512)?;
        self.out.flush()
    }
}
