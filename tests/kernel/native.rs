//! On a machine whose own kernel has IPVS: the same in its namespaces, without a virtual machine.

use std::error::Error;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use super::program::Family;

/// Where the programs are: a file system in memory, that only the calling thread sees and any user may read.
const HERE: &str = "/mnt";
const SCRIPTS: [&str; 2] = ["ipvsadm-save", "ipvsadm-restore"];
const NAMES: &str = "hosts: files\nservices: files\nprotocols: files\n";

/// The reference's programs and ours, for the calling thread. The machine's own tables and files stay as they are.
///
/// # Errors
///
/// If they cannot be had.
pub fn families(hosts: &str) -> Result<(Family, Family), Box<dyn Error>> {
    let packages = vm::base::fetch_programs()?;
    unshare(CloneFlags::CLONE_NEWNS)?;
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    mount(
        Some("programs"),
        HERE,
        Some("tmpfs"),
        MsFlags::empty(),
        Some("mode=755"),
    )?;
    names(&packages, hosts)?;
    Ok((reference(&packages)?, ours()?))
}

/// Puts the scenarios' names of hosts and services in place of the machine's.
fn names(packages: &Path, hosts: &str) -> Result<(), Box<dyn Error>> {
    let services = fs::read_to_string(find(packages, "etc/services")?)?;
    for (name, text) in [
        ("hosts", hosts),
        ("nsswitch.conf", NAMES),
        ("services", &services),
    ] {
        let file = Path::new(HERE).join(name);
        let place = Path::new("/etc").join(name);
        fs::write(&file, text)?;
        let none = None::<&str>;
        mount(Some(&file), &place, none, MsFlags::MS_BIND, none)
            .map_err(|error| format!("cannot replace {}: {error}", place.display()))?;
    }
    Ok(())
}

/// The reference out of Debian's package, with its libraries.
fn reference(packages: &Path) -> Result<Family, Box<dyn Error>> {
    let directory = Path::new(HERE).join("reference");
    let libraries = Path::new(HERE).join("libraries");
    fs::create_dir(&directory)?;
    fs::create_dir(&libraries)?;
    fs::copy(find(packages, "sbin/ipvsadm")?, directory.join("ipvsadm"))?;
    for name in SCRIPTS {
        // They set PATH, and then call whatever `ipvsadm` is in it.
        let path = find(packages, &format!("sbin/{name}"))?;
        let path_first = format!("\nPATH={}:", directory.display());
        let script = fs::read_to_string(&path)?.replace("\nPATH=", &path_first);
        let copy = directory.join(name);
        fs::copy(&path, &copy)?;
        fs::write(&copy, script)?;
    }
    for directory in ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"] {
        for file in fs::read_dir(packages.join(directory)).into_iter().flatten() {
            let path = file?.path();
            if path.is_file() {
                fs::copy(&path, libraries.join(path.file_name().unwrap_or_default()))?;
            }
        }
    }
    Ok(Family {
        directory,
        libraries: Some(libraries),
    })
}

/// Ours, under its three names.
fn ours() -> Result<Family, Box<dyn Error>> {
    let directory = Path::new(HERE).join("ours");
    fs::create_dir(&directory)?;
    fs::copy(env!("CARGO_BIN_EXE_ipvsadm"), directory.join("ipvsadm"))?;
    for name in SCRIPTS {
        symlink("ipvsadm", directory.join(name))?;
    }
    Ok(Family {
        directory,
        libraries: None,
    })
}

fn find(packages: &Path, name: &str) -> Result<PathBuf, Box<dyn Error>> {
    vm::packages::find(packages, name)
        .ok_or_else(|| format!("Debian's packages have no {name}").into())
}
