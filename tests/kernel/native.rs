//! On a machine whose own kernel has IPVS: the same in its namespaces, without a virtual machine.

use std::error::Error;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use super::case::Case;
use super::guest;
use super::program::Family;
use super::report::Event;

/// Where the programs are: a file system in memory, that only the calling thread sees and any user may read.
const HERE: &str = "/mnt";
const SCRIPTS: [&str; 2] = ["ipvsadm-save", "ipvsadm-restore"];
const NAMES: &str = "hosts: files\nservices: files\nprotocols: files\n";

/// Plays the cases in the calling thread. The machine's own tables and files stay as they are.
///
/// # Errors
///
/// If this machine cannot do it, with what is missing.
pub fn run(
    cases: &[Case],
    selected: &[usize],
    hosts: &str,
    sink: &mut dyn FnMut(Event),
) -> Result<(), Box<dyn Error>> {
    if !vm::host_has_ipvs() {
        return Err(
            "on this machine itself the tests need root's rights and a kernel that has ip_vs; \
             name a kernel in IPVSADM_TEST_KERNELS to run them in a virtual machine"
                .into(),
        );
    }
    // What the kernel has built in is no module.
    guest::load_modules()?;
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
    let reference = reference(&packages)?;
    let ours = ours()?;
    guest::run(cases, selected, &reference, &ours, sink)?;
    Ok(())
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
