//! What a lab runs beside ipvsadm: fetched into the cache, and put into the guest.

use std::fs;
use std::io;
use std::path::Path;

use vm::error::PathContext;
use vm::packages::{self, Selection};
use vm::{Guest, Result};

/// Where Debian has libraries.
const LIBRARIES: &str = "lib/x86_64-linux-gnu";
/// Where a lab has a file of its own.
pub const CONFIGURATION: &str = "/tmp/keepalived.conf";

/// Adds keepalived with the libraries that it is linked to.
pub fn add(guest: Guest) -> Result<Guest> {
    let root = packages::fetch(&Selection {
        name: "keepalived",
        suite: "bookworm",
        packages: &["keepalived"],
        follow: &[
            "libblkid1",
            "libcap2",
            "libcom-err2",
            "libcrypt1",
            "libdb5.3",
            "libffi8",
            "libgcrypt20",
            "libgdbm6",
            "libglib2.0-0",
            "libgpg-error0",
            "libgssapi",
            "libk5crypto3",
            "libkeyutils1",
            "libkrb5",
            "liblz4",
            "liblzma5",
            "libmnl0",
            "libmount1",
            "libnftnl11",
            "libnl-3",
            "libnl-genl-3",
            "libnsl2",
            "libpci3",
            "libpcre2-8-0",
            "libperl5.36",
            "libselinux1",
            "libsensors5",
            "libsnmp40",
            "libssl3",
            "libsystemd0",
            "libtirpc3",
            "libudev1",
            "libwrap0",
            "libzstd1",
            "zlib1g",
        ],
        skip: &[],
    })?;
    let program = packages::find(&root, "sbin/keepalived")
        .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        .at(root.join("sbin/keepalived"))?;
    let mut guest = guest.file(program, "/usr/sbin/keepalived");
    for prefix in ["usr", ""] {
        guest = libraries(guest, &root.join(prefix).join(LIBRARIES))?;
    }
    Ok(guest)
}

/// Adds the shared libraries of a directory, where there is one.
fn libraries(mut guest: Guest, from: &Path) -> Result<Guest> {
    if !from.exists() {
        return Ok(guest);
    }
    for entry in fs::read_dir(from).at(from)? {
        let path = entry.at(from)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let to = format!("/usr/{LIBRARIES}/{name}");
        if !name.contains(".so.") {
            continue;
        }
        guest = match fs::read_link(&path) {
            Ok(target) => guest.link(&to, &target.to_string_lossy()),
            Err(_) => guest.file(&path, &to),
        };
    }
    Ok(guest)
}
