//! The programs that call ipvsadm, and what they need to run: fetched into the cache, and put into the guest.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vm::error::PathContext;
use vm::packages::{self, Selection};
use vm::{Guest, Result, base, built, cache, error};

const SUITE: &str = "bookworm";
/// A release of Salt that has the module; those from 3008 on have it no more.
const SALT: &str = "3007.1";
/// Where the guest has a module of the name service that it does not find until it is put in its place.
pub const MYHOSTNAME: &str = "/opt/nss/libnss_myhostname.so.2";

/// Adds all of them.
pub fn add(guest: Guest) -> Result<Guest> {
    let guest = ldirectord(guest)?;
    let guest = salt(guest)?;
    let guest = init_script(guest)?;
    let nss = packages::fetch(&Selection {
        name: "nss-myhostname",
        suite: SUITE,
        packages: &["libnss-myhostname", "libcap2"],
        follow: &[],
        skip: &[],
    })?;
    // Regular files all three, so that the reference's can be mounted on them.
    let ours = built::ipvsadm()?;
    Ok(guest
        .program(&ours, "/sbin/ipvsadm-save")
        .program(&ours, "/sbin/ipvsadm-restore")
        .program(
            find(&nss, "lib/x86_64-linux-gnu/libnss_myhostname.so.2")?,
            MYHOSTNAME,
        ))
}

/// ldirectord with Perl and the libraries that it loads at its start.
fn ldirectord(guest: Guest) -> Result<Guest> {
    let root = packages::fetch(&Selection {
        name: "ldirectord",
        suite: SUITE,
        packages: &[
            "ldirectord",
            "perl-base",
            "perl-modules-5.36",
            "libperl5.36",
        ],
        follow: &[
            "libio-socket-inet6",
            "libmailtools",
            "libtimedate",
            "libsocket6",
            "libwww",
            "libclone",
            "libencode-locale",
            "libfile-listing",
            "libhtml",
            "libhttp",
            "libio-html",
            "liblwp-mediatypes",
            "libnet-http",
            "libnet-smtp",
            "libtry-tiny",
            "liburi",
        ],
        skip: &[],
    })?;
    let mut guest = guest
        .program(find(&root, "bin/perl")?, "/usr/bin/perl")
        .file(find(&root, "sbin/ldirectord")?, "/usr/sbin/ldirectord")
        .text("/etc/ha.d/test.cf", include_str!("cases/ldirectord.cf"));
    for dir in ["share/perl", "share/perl5", "lib/x86_64-linux-gnu"] {
        let from = root.join("usr").join(dir);
        guest = tree(guest, &from, &format!("/usr/{dir}"))?;
    }
    Ok(guest)
}

/// Salt's module, which is one file, and Python.
fn salt(guest: Guest) -> Result<Guest> {
    let root = packages::fetch(&Selection {
        name: "python",
        suite: SUITE,
        packages: &["python3.11-minimal"],
        follow: &["libpython3.11-minimal", "libexpat1", "zlib1g"],
        skip: &[],
    })?;
    let module = cache::entry(&format!("salt-lvs-{SALT}.py"), |partial| {
        packages::require(&[("pip3", "python3-pip"), ("tar", "tar")])?;
        eprintln!("downloading Salt {SALT}");
        let dir = cache::run_dir()?;
        let wish = format!("salt=={SALT}");
        error::run(
            Command::new("pip3")
                .args(["download", "--quiet", "--no-deps", "--no-binary", ":all:"])
                .args(["--disable-pip-version-check", "--dest"])
                .arg(dir.join("."))
                .arg(wish),
        )?;
        let unpacked = error::run(
            Command::new("tar")
                .arg("-xzOf")
                .arg(dir.join(&format!("salt-{SALT}.tar.gz")))
                .arg(format!("salt-{SALT}/salt/modules/lvs.py")),
        )?;
        fs::write(partial, unpacked.stdout).at(partial)
    })?;
    let guest = guest
        .program(find(&root, "bin/python3.11")?, "/usr/bin/python3")
        .file(module, "/opt/salt/lvs.py")
        .text("/opt/salt/driver.py", include_str!("cases/salt.py"));
    tree(
        guest,
        &root.join("usr/lib/python3.11"),
        "/usr/lib/python3.11",
    )
}

/// Debian's start script with the functions that it takes from the system.
fn init_script(guest: Guest) -> Result<Guest> {
    let base = packages::fetch(&Selection {
        name: "init-functions",
        suite: SUITE,
        packages: &["sysvinit-utils"],
        follow: &[],
        skip: &[],
    })?;
    let ipvsadm = base::fetch_programs()?;
    Ok(guest
        .file(ipvsadm.join("etc/init.d/ipvsadm"), "/etc/init.d/ipvsadm")
        .file(ipvsadm.join("etc/default/ipvsadm"), "/etc/default/ipvsadm")
        .file(
            find(&base, "lib/lsb/init-functions")?,
            "/lib/lsb/init-functions",
        ))
}

fn find(root: &Path, name: &str) -> Result<PathBuf> {
    packages::find(root, name)
        .ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
        .at(root.join(name))
}

/// Adds what is below a directory, without documentation.
fn tree(mut guest: Guest, from: &Path, to: &str) -> Result<Guest> {
    for entry in fs::read_dir(from).at(from)? {
        let path = entry.at(from)?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let to = format!("{to}/{name}");
        let unwanted = [".pod", ".a", ".h"].iter().any(|end| name.ends_with(end));
        if let Ok(target) = fs::read_link(&path) {
            guest = guest.link(&to, &target.to_string_lossy());
        } else if path.is_dir() {
            guest = tree(guest, &path, &to)?;
        } else if !unwanted {
            guest = guest.file(&path, &to);
        }
    }
    Ok(guest)
}
