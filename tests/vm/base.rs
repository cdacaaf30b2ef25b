//! The parts of the guest that stay the same from run to run, as cached archives: its programs, and the modules
//! of a kernel.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cpio::Layer;
use crate::error::{Error, PathContext, Result, run};
use crate::kernels::Installed;
use crate::packages::{self, Selection};
use crate::{cache, modules};

/// The dynamic loader, which also lists what a program needs.
const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
/// Where all libraries of the guest are.
const LIBRARIES: &str = "lib/x86_64-linux-gnu";
/// The suite the guest's programs come from: the one that has ipvsadm 1.31, the version we measure against.
const SUITE: &str = "bookworm";
/// Debian packages for the guest. Their libraries come along, except glibc, which must be the host's: the test
/// binaries were linked against that one.
///
/// Not `busybox-static`: its shell, `env`, `timeout` and so on would take its own `ip` for the real one, whatever
/// PATH says.
const PACKAGES: &[&str] = &[
    "busybox", "bash", "ipvsadm", "iproute2", "nftables", "iptables", "netbase",
];
/// Programs taken from them, besides busybox.
const PROGRAMS: &[&str] = &[
    "bin/bash",
    "bin/ip",
    "bin/ss",
    "sbin/bridge",
    "sbin/tc",
    "sbin/nft",
    "sbin/xtables-nft-multi",
    "sbin/xtables-legacy-multi",
];
/// Names that choose what `xtables-nft-multi` does; with `-legacy` in them, the older make.
const XTABLES: &[&str] = &[
    "iptables",
    "ip6tables",
    "iptables-save",
    "iptables-restore",
    "ip6tables-save",
    "ip6tables-restore",
];

const HOSTS: &str = "\
127.0.0.1 localhost
::1 localhost ip6-localhost
10.0.0.1 vip.example
10.0.1.1 rs1.example
10.0.1.2 rs2.example
2001:db8::1 vip6.example
2001:db8:1::1 rs1v6.example
2001:db8:1::2 rs2v6.example
";

/// Unpacks the guest's Debian packages.
pub fn fetch_programs() -> Result<PathBuf> {
    packages::fetch(&Selection {
        name: &format!("programs-{SUITE}"),
        suite: SUITE,
        packages: PACKAGES,
        follow: &["lib"],
        skip: &["libc6", "libgcc-s1", "libcap2-bin", "libpam0g", "libcrypt1"],
    })
}

/// The archive with everything that does not depend on the kernel.
pub fn programs() -> Result<PathBuf> {
    let root = fetch_programs()?;
    let libc = fs::metadata(LOADER).at(LOADER)?;
    let key = key(&root, (libc.len(), libc.mtime()))?;
    cache::entry(&format!("programs-{key:016x}.cpio"), |partial| {
        let mut layer = Layer::default();
        skeleton(&mut layer);
        busybox(&mut layer, &root)?;
        for name in PROGRAMS {
            program(
                &mut layer,
                &package_file(&root, name)?,
                &format!("/{name}"),
                &root,
            )?;
        }
        for name in XTABLES {
            layer.link(&format!("/sbin/{name}"), "xtables-nft-multi");
            let legacy = name.replacen("tables", "tables-legacy", 1);
            layer.link(&format!("/sbin/{legacy}"), "xtables-legacy-multi");
        }
        let extensions = package_file(&root, &format!("{LIBRARIES}/xtables"))?;
        for file in fs::read_dir(&extensions).at(&extensions)? {
            let file = file.at(&extensions)?;
            layer.copy(
                &format!(
                    "/{LIBRARIES}/xtables/{}",
                    file.file_name().to_string_lossy()
                ),
                file.path(),
            );
        }
        for name in ["services", "protocols"] {
            layer.copy(&format!("/etc/{name}"), root.join("etc").join(name));
        }
        reference(&mut layer, &root)?;
        layer.write(partial)
    })
}

/// The archive with a kernel's modules.
pub fn kernel_modules(kernel: &Installed, names: &[String]) -> Result<PathBuf> {
    let key = key(&kernel.root, names)?;
    cache::entry(
        &format!("modules-{}-{key:016x}.cpio", kernel.release),
        |partial| {
            packages::require(&[("xz", "xz-utils")])?;
            let mut layer = Layer::default();
            modules::add(&mut layer, kernel, names)?;
            layer.write(partial)
        },
    )
}

/// Adds a program with its libraries. Those in the unpacked packages come before the host's.
pub fn program(layer: &mut Layer, host: &Path, guest: &str, packages: &Path) -> Result<()> {
    layer.copy(guest, host);
    let search = ["usr", ""]
        .map(|prefix| packages.join(prefix).join(LIBRARIES).display().to_string())
        .join(":");
    // Scripts and static programs need nothing; the loader's --verify fails on them.
    let dynamic = Command::new(LOADER).arg("--verify").arg(host).output();
    if !dynamic.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    let list = run(Command::new(LOADER)
        .args(["--library-path", &search, "--list"])
        .arg(host))?;
    for line in String::from_utf8_lossy(&list.stdout).lines() {
        // "libc.so.6 => /lib/.../libc.so.6 (0x...)", or the loader: "/lib64/ld-linux-x86-64.so.2 (0x...)"
        let line = line.trim();
        let (name, path) = line.split_once(" => ").unwrap_or((line, line));
        let path = path.rsplit_once(" (").map_or(path, |(path, _)| path);
        if path == "not found" {
            return Err(Error::NoLibrary {
                program: host.to_owned(),
                library: name.to_owned(),
            });
        }
        let name = name.split(" (").next().unwrap_or(name);
        if name.ends_with("ld-linux-x86-64.so.2") {
            layer.copy(LOADER, path);
        } else if path.starts_with('/') {
            layer.copy(&format!("/{LIBRARIES}/{name}"), path);
        }
    }
    Ok(())
}

fn package_file(root: &Path, name: &str) -> Result<PathBuf> {
    packages::find(root, name)
        .ok_or_else(|| std::io::ErrorKind::NotFound.into())
        .at(root.join(name))
}

fn skeleton(layer: &mut Layer) {
    for link in ["bin", "sbin", "lib", "lib64"] {
        layer.directory(&format!("/usr/{link}"));
        layer.link(&format!("/{link}"), &format!("usr/{link}"));
    }
    for dir in [
        "dev",
        "proc",
        "sys",
        "run",
        "tmp",
        "root",
        "var/lib",
        "var/log",
        "etc",
        "opt/reference",
    ] {
        layer.directory(&format!("/{dir}"));
    }
    layer.link("/var/run", "/run");
    // The first process has this as its standard streams, before devtmpfs is mounted.
    layer.char_device("/dev/console", 5, 1);
    layer.contents("/etc/hosts", HOSTS, false);
    layer.contents(
        "/etc/nsswitch.conf",
        "passwd: files\nhosts: files\nservices: files\nprotocols: files\n",
        false,
    );
    layer.contents("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", false);
    layer.contents("/etc/group", "root:x:0:\n", false);
    // Part of libc itself since glibc 2.34, loaded on demand before that.
    for dir in ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"] {
        let nss = Path::new(dir).join("libnss_files.so.2");
        if nss.exists() {
            layer.copy(&format!("/{LIBRARIES}/libnss_files.so.2"), nss);
        }
    }
}

/// Busybox with a link for each applet, except where a real program takes the name.
fn busybox(layer: &mut Layer, root: &Path) -> Result<()> {
    let busybox = package_file(root, "bin/busybox")?;
    let list = run(Command::new(&busybox).arg("--list-full"))?;
    for applet in String::from_utf8_lossy(&list.stdout).lines() {
        let name = applet.rsplit('/').next().unwrap_or(applet);
        let taken = PROGRAMS
            .iter()
            .any(|program| program.rsplit('/').next() == Some(name));
        if name != "busybox" && !taken {
            layer.link(&format!("/{applet}"), "/bin/busybox");
        }
    }
    program(layer, &busybox, "/bin/busybox", root)
}

/// The reference: Debian's ipvsadm in a directory of its own. Its scripts set PATH and then call `ipvsadm`, which
/// is ours in `/sbin`; in the copies, the reference's directory comes first.
fn reference(layer: &mut Layer, root: &Path) -> Result<()> {
    program(
        layer,
        &package_file(root, "sbin/ipvsadm")?,
        "/opt/reference/ipvsadm",
        root,
    )?;
    for name in ["ipvsadm-save", "ipvsadm-restore"] {
        let path = package_file(root, &format!("sbin/{name}"))?;
        let script = fs::read_to_string(&path).at(&path)?;
        let script = script.replace("\nPATH=", "\nPATH=/opt/reference:");
        layer.contents(&format!("/opt/reference/{name}"), script, true);
    }
    layer.link("/sbin/ipvsadm-reference", "/opt/reference/ipvsadm");
    Ok(())
}

/// Names an archive after all that its contents are made from, this code included.
fn key(root: &Path, more: impl Hash) -> Result<u64> {
    let versions = root.join(packages::VERSIONS);
    let mut hasher = DefaultHasher::new();
    fs::read(&versions).at(&versions)?.hash(&mut hasher);
    more.hash(&mut hasher);
    [
        include_str!("base.rs"),
        include_str!("modules.rs"),
        include_str!("cpio.rs"),
    ]
    .hash(&mut hasher);
    Ok(hasher.finish())
}
