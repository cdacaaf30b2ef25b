//! Service names and ports, asked of the C library; the only file with unsafe code.
//!
//! getservbyname(3) and getservbyport(3) are the only interface that honours nsswitch.conf and
//! knows SCTP: getaddrinfo(3) has no way back from a port to a name of that protocol.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::sync::Mutex;

use nix::libc;

/// Both functions answer in a buffer that the next call overwrites.
static BUFFER: Mutex<()> = Mutex::new(());

/// The port of a named service.
pub fn port(name: &str, protocol: &str) -> Option<u16> {
    let name = CString::new(name).ok()?;
    let protocol = CString::new(protocol).ok()?;
    let _guard = BUFFER.lock().unwrap_or_else(|poison| poison.into_inner());
    // SAFETY: both arguments are strings with a closing zero that outlive the call. A pointer that
    // is not null points to a servent, which stays as it is until the next call, that the lock
    // keeps out; its port is copied before the lock goes.
    let port = unsafe {
        libc::getservbyname(name.as_ptr(), protocol.as_ptr())
            .as_ref()?
            .s_port
    };
    // The low 16 bits hold the port in network byte order.
    Some(u16::from_be(port as u16))
}

/// The name of a port.
pub fn name(port: u16, protocol: &str) -> Option<String> {
    let protocol = CString::new(protocol).ok()?;
    let _guard = BUFFER.lock().unwrap_or_else(|poison| poison.into_inner());
    // SAFETY: as above; s_name is a string with a closing zero, copied before the lock goes.
    let name = unsafe {
        let entry = libc::getservbyport(i32::from(port.to_be()), protocol.as_ptr()).as_ref()?;
        CStr::from_ptr(entry.s_name).to_string_lossy().into_owned()
    };
    Some(name)
}
