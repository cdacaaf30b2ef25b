//! Programs that keep a table of IPVS of their own and put it back when somebody else changes it, as far as they run
//! in the same network namespace.
//!
//! Any user may give a process any name, so only processes of root count, and a name is only compared, never shown.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::netns::{Netns, NetnsError};

/// A program that keeps a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    Keepalived,
    Ldirectord,
    KubeProxy,
    KubeRouter,
}

impl Manager {
    const ALL: [Manager; 4] = [
        Manager::Keepalived,
        Manager::Ldirectord,
        Manager::KubeProxy,
        Manager::KubeRouter,
    ];

    /// The name of its file.
    pub fn name(self) -> &'static str {
        match self {
            Manager::Keepalived => "keepalived",
            Manager::Ldirectord => "ldirectord",
            Manager::KubeProxy => "kube-proxy",
            Manager::KubeRouter => "kube-router",
        }
    }
}

/// A program that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Running {
    pub manager: Manager,
    /// The number of its process; a program may have several.
    pub pid: u32,
}

/// The programs that run in a network namespace, by program and number. What cannot be seen is left out: processes
/// come and go, and /proc may hide those of others.
///
/// # Errors
/// The namespace cannot be entered.
pub fn running(netns: &Netns) -> Result<Vec<Running>, NetnsError> {
    let network = netns.inside(|| Network::of(Path::new("/proc/thread-self")))?;
    let processes = Processes {
        proc: Path::new("/proc"),
        owner: 0,
    };
    Ok(network.map_or_else(|_| Vec::new(), |network| processes.in_network(network)))
}

/// What distinguishes one network namespace from the others without a right to look into its processes, as `ns/net`
/// would need: the file of its interfaces, of which each namespace has its own.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Network {
    device: u64,
    inode: u64,
}

impl Network {
    /// That of a process, by its directory.
    fn of(process: &Path) -> io::Result<Network> {
        let interfaces = fs::metadata(process.join("net/dev"))?;
        Ok(Network {
            device: interfaces.dev(),
            inode: interfaces.ino(),
        })
    }
}

/// Where processes are looked for.
struct Processes<'a> {
    proc: &'a Path,
    /// Whose processes count.
    owner: u32,
}

impl Processes<'_> {
    fn in_network(&self, network: Network) -> Vec<Running> {
        let entries = fs::read_dir(self.proc).into_iter().flatten().flatten();
        let mut found: Vec<Running> = entries
            .filter_map(|entry| {
                let pid = number(entry.file_name().to_str()?)?;
                let process = entry.path();
                let manager = manager(&process)?;
                let is_owned = fs::metadata(&process).ok()?.uid() == self.owner;
                let is_here = Network::of(&process).ok()? == network;
                (is_owned && is_here).then_some(Running { manager, pid })
            })
            .collect();
        found.sort_unstable();
        found
    }
}

/// The number of a process, whose directory has it for a name.
fn number(name: &str) -> Option<u32> {
    let plain = name.bytes().all(|byte| byte.is_ascii_digit());
    name.parse().ok().filter(|_| plain)
}

/// The program that a process runs, by its directory.
fn manager(process: &Path) -> Option<Manager> {
    /// No kernel gives a longer name.
    const LONGEST_NAME: u64 = 64;
    /// Enough for the path of a script.
    const LONGEST_LINE: u64 = 4096;
    let name = read(&process.join("comm"), LONGEST_NAME)?;
    let name = name.strip_suffix(b"\n").unwrap_or(&name);
    let mut managers = Manager::ALL.into_iter();
    if let Some(manager) = managers.find(|manager| manager.name().as_bytes() == name) {
        return Some(manager);
    }
    if !name.starts_with(b"perl") {
        return None;
    }
    let line = read(&process.join("cmdline"), LONGEST_LINE)?;
    is_script(&line, Manager::Ldirectord.name()).then_some(Manager::Ldirectord)
}

/// Whether an interpreter was called for a script of this name: it is the first argument that is no option.
fn is_script(line: &[u8], name: &str) -> bool {
    let mut words = line.split(|byte| *byte == 0).skip(1);
    let script = words.find(|word| !word.starts_with(b"-"));
    let file = script.and_then(|script| script.rsplit(|byte| *byte == b'/').next());
    file == Some(name.as_bytes())
}

/// The beginning of a file.
fn read(path: &Path, longest: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(longest).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Processes as a made-up /proc shows them: number, name, command line, and whether it is in the network `here`.
    fn found(processes: &[(&str, &[u8], &[u8], bool)], owner: Option<u32>) -> Vec<Running> {
        let proc = tempfile::tempdir().unwrap();
        let own = proc.path().join("self");
        fs::create_dir_all(own.join("net")).unwrap();
        fs::write(own.join("net/dev"), "").unwrap();
        for (number, name, line, here) in processes {
            let process = proc.path().join(number);
            fs::create_dir_all(process.join("net")).unwrap();
            fs::write(process.join("comm"), name).unwrap();
            fs::write(process.join("cmdline"), line).unwrap();
            let interfaces = process.join("net/dev");
            match here {
                true => fs::hard_link(own.join("net/dev"), interfaces).unwrap(),
                false => fs::write(interfaces, "").unwrap(),
            }
        }
        let processes = Processes {
            proc: proc.path(),
            owner: owner.unwrap_or_else(|| nix::unistd::geteuid().as_raw()),
        };
        processes.in_network(Network::of(&own).unwrap())
    }

    fn process(manager: Manager, pid: u32) -> Running {
        Running { manager, pid }
    }

    #[test]
    fn each_program_by_its_name() {
        let processes: [(&str, &[u8], &[u8], bool); 9] = [
            (
                "31",
                b"kube-router\n",
                b"/kube-router\0--run-service-proxy\0",
                true,
            ),
            (
                "30",
                b"kube-proxy\n",
                b"/usr/local/bin/kube-proxy\0--config=x\0",
                true,
            ),
            ("12", b"keepalived\n", b"/usr/sbin/keepalived\0", true),
            ("7", b"keepalived\n", b"/usr/sbin/keepalived\0", true),
            ("13", b"keepalived\n", b"/usr/sbin/keepalived\0", false),
            ("20", b"ldirectord\n", b"", true),
            (
                "21",
                b"perl\n",
                b"/usr/bin/perl\0-w\0/usr/sbin/ldirectord\0start\0",
                true,
            ),
            ("22", b"perl5.36\n", b"perl\0ldirectord\0", false),
            ("40", b"init\n", b"/sbin/init\0", true),
        ];
        let expected = [
            process(Manager::Keepalived, 7),
            process(Manager::Keepalived, 12),
            process(Manager::Ldirectord, 20),
            process(Manager::Ldirectord, 21),
            process(Manager::KubeProxy, 30),
            process(Manager::KubeRouter, 31),
        ];
        assert_eq!(found(&processes, None), expected);
        // Processes of others have no right to change a table.
        let other = nix::unistd::geteuid().as_raw() + 1;
        assert_eq!(found(&processes, Some(other)), []);
    }

    #[test]
    fn what_only_looks_like_one() {
        let long = [b'x'; 100_000];
        let processes: [(&str, &[u8], &[u8], bool); 12] = [
            ("1", b"keepalived2\n", b"keepalived\0", true),
            ("2", b"keepalived\n\n", b"keepalived\0", true),
            ("3", b"\xff\xfe\n", b"\xff\0", true),
            ("4", b"", b"", true),
            ("5", b"perl\n", b"", true),
            ("6", b"perl\n", b"perl\0-w\0", true),
            ("7", b"perl\n", b"perl\0other\0ldirectord\0", true),
            ("8", b"perl\n", &long, true),
            ("9", b"vim\n", b"vim\0/usr/sbin/ldirectord\0", true),
            ("+10", b"keepalived\n", b"", true),
            ("net", b"keepalived\n", b"", true),
            ("99999999999", b"keepalived\n", b"", true),
        ];
        assert_eq!(found(&processes, None), []);
    }

    #[test]
    fn this_machine_can_be_looked_at() {
        running(&Netns::Own).unwrap();
        let other = Netns::Own.inside(|| Network::of(Path::new("/proc/thread-self")));
        assert!(other.unwrap().is_ok());
    }
}
