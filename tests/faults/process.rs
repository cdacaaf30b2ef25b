//! The registers and the memory of a stopped process.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;

use net::{Context, Result};

pub type Registers = libc::user_regs_struct;

/// Bytes of a page of memory.
const PAGE: u64 = 4096;

/// A process that we trace, or a thread of one.
#[derive(Clone, Copy)]
pub struct Process(pub Pid);

impl Process {
    pub fn registers(self) -> Result<Registers> {
        ptrace::getregs(self.0).context(|| "registers".to_owned())
    }

    pub fn set(self, registers: Registers) -> Result<()> {
        ptrace::setregs(self.0, registers).context(|| "registers".to_owned())
    }

    pub fn read(self, address: u64, length: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length as usize];
        let read = self
            .memory()
            .and_then(|memory| memory.read_exact_at(&mut bytes, address));
        read.context(|| "the program's memory".to_owned())?;
        Ok(bytes)
    }

    /// The string at this address, which a zero ends.
    pub fn string(self, address: u64) -> Result<String> {
        let mut bytes = Vec::new();
        loop {
            let next = address + bytes.len() as u64;
            // Behind the page there may be nothing to read.
            let rest = self.read(next, PAGE - next % PAGE)?;
            let end = rest.iter().position(|byte| *byte == 0);
            bytes.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
            if end.is_some() {
                return Ok(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }

    /// The strings of an array of addresses that a null pointer ends.
    pub fn strings(self, address: u64) -> Result<Vec<String>> {
        let mut strings = Vec::new();
        for place in (address..).step_by(size_of::<u64>()) {
            match self.number(place)? {
                0 => break,
                string => strings.push(self.string(string)?),
            }
        }
        Ok(strings)
    }

    /// The number of 64 bits at this address.
    pub fn number(self, address: u64) -> Result<u64> {
        let bytes = self.read(address, size_of::<u64>() as u64)?;
        Ok(bytes.try_into().map_or(0, u64::from_ne_bytes))
    }

    pub fn write(self, address: u64, bytes: &[u8]) -> Result<()> {
        let written = self
            .memory()
            .and_then(|memory| memory.write_all_at(bytes, address));
        written.context(|| "the program's memory".to_owned())
    }

    fn memory(self) -> io::Result<File> {
        let path = format!("/proc/{}/mem", self.0);
        File::options().read(true).write(true).open(path)
    }
}
