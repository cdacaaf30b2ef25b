//! The number of the IPVS family, and the module that brings it.

use std::process::Command as Process;
use std::time::{Duration, Instant};

use super::error::{Error, outcome};
use super::operation::Operation;
use super::trace::{self, Exchange, Trace};
use super::uapi;
use crate::kernel::generic;
use crate::kernel::netlink::Socket;
use crate::sys::{capabilities, children};

/// How long modprobe may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most that is read of what it says, in bytes.
const LONGEST: usize = 64 * 1024;

/// The number of the family; loads the kernel module where it is missing.
pub fn find(socket: &mut Socket, trace: Trace) -> Result<u16, Error> {
    let mut resolve = || {
        trace.timed(
            || resolve(socket),
            |family, report| report(Exchange::Family(trace::outcome(family).copied())),
        )
    };
    if let Some(family) = resolve()? {
        return Ok(family);
    }
    let loading = trace.timed(load_module, |loading, report| {
        report(Exchange::Module(loading))
    });
    resolve()?.ok_or(Error::NoIpvs { loading })
}

/// The number of the IPVS family, or `None` where the kernel has none.
fn resolve(socket: &mut Socket) -> Result<Option<u16>, Error> {
    let found = generic::family(socket, uapi::FAMILY_NAME);
    outcome(Operation::FindFamily, found.map(Ok))
}

/// Asks the system to load the ip_vs module; returns what came of it, in words for an error.
fn load_module() -> String {
    let mut modprobe = Process::new("/sbin/modprobe");
    modprobe
        .args(["--", "ip_vs"])
        // An install line of modprobe.d may run other programs.
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .current_dir("/");
    let loaded = children::output(&mut modprobe, Instant::now() + PATIENCE, LONGEST);
    capabilities::no_new_privileges();
    match loaded {
        Ok(output) if output.status.success() => "it loaded, but registered no family".to_owned(),
        Ok(output) => format!("{}{}", output.status, said(&output.stderr)),
        Err(error) => error.to_string(),
    }
}

/// What a program said, in one line after its status; nothing where it said nothing.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), |all, line| {
        let between = if all.is_empty() { ": " } else { "; " };
        all + between + line
    })
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn what_modprobe_says_is_quoted_as_it_is() {
        for (stderr, line) in [
            (&b""[..], ""),
            (b"\n \n", ""),
            (
                b"modprobe: can't change directory to '/lib/modules'\n",
                ": modprobe: can't change directory to '/lib/modules'",
            ),
            (b"one\r\n\n  two \"2\"\n", ": one; two \"2\""),
            (b"\xff", ": \u{fffd}"),
        ] {
            assert_eq!(said(stderr), line);
        }
    }
}
