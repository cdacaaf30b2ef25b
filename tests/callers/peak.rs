//! How much memory a program takes at most, while it writes as much as it likes.
//!
//! Its standard output is a pipe that is full whenever it is looked at: the kernel's high-water mark can be read only
//! while the program lives, and a program that has written everything is gone.

use std::fs::{self, File};
use std::io::{self, PipeReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// As much as a pipe holds.
const PIPE: usize = 64 * 1024;

/// What a program wrote, and the most memory of its own that it had, in KiB.
pub fn measure(program: &Path, arguments: &[&str]) -> io::Result<(Vec<u8>, u64)> {
    let (mut reader, mut writer) = io::pipe()?;
    writer.write_all(&vec![b'\n'; PIPE])?;
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(writer)
        .spawn()?;
    let (output, peak) = drain(&child, &mut reader)?;
    let status = wait(child)?;
    let text = output.get(PIPE..).unwrap_or_default().to_vec();
    match (status, peak) {
        (0, Some(peak)) => Ok((text, peak)),
        _ => Err(io::Error::other(format!(
            "exit status {status}, peak {peak:?}"
        ))),
    }
}

fn wait(mut child: Child) -> io::Result<i32> {
    Ok(child.wait()?.code().unwrap_or(-1))
}

/// Reads a pipeful whenever the program waits for that.
fn drain(child: &Child, reader: &mut PipeReader) -> io::Result<(Vec<u8>, Option<u64>)> {
    let mut output = Vec::new();
    let mut peak = None;
    let mut buffer = vec![0; PIPE];
    loop {
        // The first time it must have got as far as that; later a look is enough, for it stays at its peak.
        let mut sleeps = 0;
        while peak.is_none() && sleeps < 5 {
            sleeps = match state(child)? {
                'S' => sleeps + 1,
                'Z' => break,
                _ => 0,
            };
            thread::sleep(Duration::from_millis(10));
        }
        peak = peak.max(high_water(child)?);
        match reader.read(&mut buffer)? {
            0 => return Ok((output, peak)),
            length => output.extend_from_slice(&buffer[..length]),
        }
    }
}

fn state(child: &Child) -> io::Result<char> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id()))?;
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    state.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// None where it is about to end.
///
/// Pages of the program's file do not count: the kernel maps as many of them as it likes, a huge page at a time.
fn high_water(child: &Child) -> io::Result<Option<u64>> {
    let mut status = String::new();
    File::open(format!("/proc/{}/status", child.id()))?.read_to_string(&mut status)?;
    let field = |name: &str| -> Option<u64> {
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        value.trim().strip_suffix(" kB")?.parse().ok()
    };
    let all = field("VmHWM:");
    let file = field("RssFile:").zip(field("RssShmem:"));
    Ok(all
        .zip(file)
        .map(|(all, (file, shared))| all.saturating_sub(file + shared)))
}
