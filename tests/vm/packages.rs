//! Debian packages: those the host must have installed, and those merely unpacked into the cache.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, PathContext, Result, run};
use crate::{cache, mirror, progress};

/// Makes sure that the host has these programs, each given with the Debian package that holds it.
///
/// Missing ones are named on standard error and installed: directly as root, else through `sudo` if that
/// needs no password.
///
/// # Errors
///
/// [`Error::HostPackages`] where neither is possible.
pub fn require(programs: &[(&str, &str)]) -> Result<()> {
    if missing(programs).is_empty() {
        return Ok(());
    }
    // Tests run side by side, and apt gives up where another apt is at work.
    let _lock = cache::lock(&cache::dir()?.join("host-packages.lock"))?;
    let missing = missing(programs);
    if missing.is_empty() {
        return Ok(());
    }
    let root = nix::unistd::geteuid().is_root();
    let sudo = || {
        let probe = Command::new("sudo")
            .args(["-n", "true"])
            .stderr(Stdio::null())
            .status();
        probe.is_ok_and(|status| status.success())
    };
    if !on_path("apt-get") || !(root || sudo()) {
        return Err(Error::HostPackages { packages: missing });
    }
    progress::step(&format!(
        "installing Debian packages: {}",
        missing.join(" ")
    ));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"])
            // Somebody else's apt, such as that of unattended upgrades, is waited for.
            .args(["-o", "DPkg::Lock::Timeout=300"])
            .args(arguments);
        run(command.stdin(Stdio::null()))
    };
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(missing.iter().map(String::as_str));
    // A fresh container has no package lists, and old ones name files that are gone.
    if apt(&install).is_err() {
        apt(&["update"])?;
        apt(&install)?;
    }
    Ok(())
}

/// The packages of those programs that are not there.
fn missing(programs: &[(&str, &str)]) -> Vec<String> {
    programs
        .iter()
        .filter(|(program, _)| !on_path(program))
        .map(|(_, package)| (*package).to_owned())
        .collect()
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// Packages that belong together.
#[derive(Debug, Clone, Copy, Hash)]
pub struct Selection<'a> {
    /// What to call them in the cache.
    pub name: &'a str,
    /// The Debian suite they are in.
    pub suite: &'a str,
    /// Those wanted.
    pub packages: &'a [&'a str],
    /// Dependencies come along if their names begin with one of these ...
    pub follow: &'a [&'a str],
    /// ... and are not among these.
    pub skip: &'a [&'a str],
}

/// Unpacks a selection into the cache and returns the directory that serves as its root.
///
/// Once there it stays, whatever newer versions the mirror has, until the selection changes or the cache is
/// removed.
pub fn fetch(selection: &Selection<'_>) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    selection.hash(&mut hasher);
    let Selection { name, suite, .. } = selection;
    cache::entry(
        &format!("{name}-{:08x}", hasher.finish() as u32),
        |partial| {
            require(&[("curl", "curl"), ("xz", "xz-utils"), ("dpkg-deb", "dpkg")])?;
            fs::create_dir_all(partial).at(partial)?;
            let (mirror, index) = mirror::package_index(suite, partial)?;
            let mut versions = String::new();
            let packages = closure(&index, selection)?;
            progress::step(&format!(
                "downloading {name} from Debian {suite}: {} packages, {}",
                packages.len(),
                progress::size(packages.iter().map(|package| package.size).sum())
            ));
            for package in packages {
                let deb = partial.join("package.deb");
                let url = format!("{mirror}/{}", package.filename);
                mirror::download(&url, &deb, Some(package.size))?;
                mirror::verify(&deb, package.sha256)?;
                run(Command::new("dpkg-deb").arg("-x").arg(&deb).arg(partial))?;
                fs::remove_file(&deb).at(&deb)?;
                versions.push_str(&format!("{} {}\n", package.name, package.sha256));
            }
            fs::write(partial.join(VERSIONS), versions).at(partial)
        },
    )
}

/// The file at an unpacked root that says what is in it.
pub const VERSIONS: &str = ".packages";

/// What we need of a stanza in a suite's package index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package<'a> {
    /// The package's name.
    pub name: &'a str,
    /// Its file below the mirror's root.
    pub filename: &'a str,
    /// The hexadecimal digest of that file.
    pub sha256: &'a str,
    /// Its length in bytes.
    pub size: u64,
    /// Names it depends on, the first of each set of alternatives.
    pub depends: Vec<&'a str>,
}

/// Reads one stanza of an index; none if a field is missing.
pub fn parse_stanza(stanza: &str) -> Option<Package<'_>> {
    let field = |name: &str| {
        stanza
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    };
    let depends = [field("Pre-Depends"), field("Depends")]
        .into_iter()
        .flatten()
        .flat_map(|list| list.split(','))
        .filter_map(|wish| {
            wish.split(['|', ' ', '(', ':'])
                .find(|word| !word.is_empty())
        })
        .collect();
    Some(Package {
        name: field("Package")?,
        filename: field("Filename")?,
        sha256: field("SHA256")?,
        size: field("Size")?.parse().ok()?,
        depends,
    })
}

/// The packages selected, with their dependencies, each once.
pub fn closure<'a>(index: &'a str, selection: &Selection<'a>) -> Result<Vec<Package<'a>>> {
    let stanzas: HashMap<&str, &str> = index
        .split("\n\n")
        .map(str::trim_start)
        .filter_map(|stanza| Some((stanza.strip_prefix("Package: ")?.lines().next()?, stanza)))
        .collect();
    let followed = |name: &&str| {
        selection
            .follow
            .iter()
            .any(|prefix| name.starts_with(prefix))
            && !selection.skip.contains(name)
    };
    let mut seen = HashSet::new();
    let mut wanted = selection.packages.to_vec();
    let mut found = Vec::new();
    while let Some(name) = wanted.pop() {
        if !seen.insert(name) {
            continue;
        }
        let missing = || Error::NoPackage {
            suite: selection.suite.to_owned(),
            package: name.to_owned(),
        };
        let package = stanzas
            .get(name)
            .and_then(|stanza| parse_stanza(stanza))
            .ok_or_else(missing)?;
        wanted.extend(package.depends.iter().copied().filter(followed));
        found.push(package);
    }
    Ok(found)
}

/// A file's path below an unpacked root, where `usr` may or may not be part of its name.
pub fn find(root: &Path, name: &str) -> Option<PathBuf> {
    ["usr", ""]
        .iter()
        .map(|prefix| root.join(prefix).join(name))
        .find(|path| path.exists())
}
