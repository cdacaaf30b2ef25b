//! What must not grow: memory and descriptors of programs, and what the system has open.

use std::fmt;
use std::fs;
use std::io;

/// What a program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Kilobytes of memory of its own.
    pub anonymous: u64,
    /// Kilobytes of address space.
    pub space: u64,
    pub descriptors: usize,
}

impl Held {
    /// What a process holds now.
    pub fn by(process: u32) -> io::Result<Held> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        Ok(Held {
            anonymous: number_after(&status, "RssAnon:")?,
            space: number_after(&status, "VmSize:")?,
            descriptors: fs::read_dir(format!("/proc/{process}/fd"))?.count(),
        })
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Held {
            anonymous,
            space,
            descriptors,
        } = self;
        write!(f, "{anonymous} kB of {space} kB, {descriptors} descriptors")
    }
}

/// What the whole system holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    pub processes: usize,
    /// Open files of all processes.
    pub files: u64,
    /// Kilobytes that programs could still have.
    pub available: u64,
}

impl System {
    pub fn now() -> io::Result<System> {
        let files = fs::read_to_string("/proc/sys/fs/file-nr")?;
        let processes = fs::read_dir("/proc")?.filter_map(Result::ok);
        let is_process = |name: &std::ffi::OsStr| {
            name.to_str()
                .is_some_and(|name| name.parse::<u32>().is_ok())
        };
        // Threads of the kernel, which come and go as it likes, have no program.
        let has_program = |entry: &fs::DirEntry| fs::read_link(entry.path().join("exe")).is_ok();
        Ok(System {
            processes: processes
                .filter(|entry| is_process(&entry.file_name()) && has_program(entry))
                .count(),
            files: number_after(&files, "")?,
            available: number_after(&fs::read_to_string("/proc/meminfo")?, "MemAvailable:")?,
        })
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let System {
            processes,
            files,
            available,
        } = self;
        write!(
            f,
            "{processes} processes, {files} files, {available} kB available"
        )
    }
}

fn number_after(text: &str, label: &str) -> io::Result<u64> {
    let rest = text.split_once(label).map(|(_, rest)| rest);
    let word = rest.and_then(|rest| rest.split_whitespace().next());
    word.and_then(|word| word.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no {label} in {text}")))
}
