//! Names of ports, such as `http`; protocols as /etc/services spells them: `tcp`, `udp`, `sctp`.
//!
//! The C library is asked, which does as nsswitch.conf says; in the static build, which has no nsswitch.conf,
//! /etc/services.

#[cfg(not(target_env = "musl"))]
mod library;

#[cfg(any(test, target_env = "musl"))]
mod file;

#[cfg(not(target_env = "musl"))]
pub use library::{name, port};

#[cfg(target_env = "musl")]
pub use listed::{name, port};

/// /etc/services, read once.
#[cfg(target_env = "musl")]
mod listed {
    use std::fs::File;
    use std::io::Read;
    use std::sync::LazyLock;

    use super::file;

    /// The most that is read of it; what follows is as if it were not there.
    const LONGEST: u64 = 16 * 1024 * 1024;

    static SERVICES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut text = Vec::new();
        // Without the file no service has a name, and what was read before an error counts.
        if let Ok(file) = File::open("/etc/services") {
            let _ = file.take(LONGEST).read_to_end(&mut text);
        }
        text
    });

    /// The port of a named service.
    pub fn port(name: &str, protocol: &str) -> Option<u16> {
        file::port(&SERVICES, name.as_bytes(), protocol.as_bytes())
    }

    /// The name of a port.
    pub fn name(port: u16, protocol: &str) -> Option<String> {
        let name = file::name(&SERVICES, port, protocol.as_bytes())?;
        Some(String::from_utf8_lossy(name).into_owned())
    }
}
