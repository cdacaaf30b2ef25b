//! The registers and the memory of a process that stands still.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;

use net::{Context, Result};

pub type Registers = libc::user_regs_struct;

/// A process that we trace.
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
