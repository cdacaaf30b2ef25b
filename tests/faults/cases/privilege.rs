//! What a command may do while it works, and what it opens and starts: no more than it needs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use rustix::thread::{CapabilitySet, CapabilitySets};
use rustix::thread::{capabilities, set_capabilities};

use crate::commands;
use crate::observer::{Capabilities, Observer, is_like};
use crate::traced::{self, Outcome};
use director::{Case, Stage, case};
use net::{Context, Result};

pub const COMMANDS: Case = case(
    "privilege-commands",
    "the capabilities that each command has, and the files that it opens",
    |stage| {
        stage.must(commands::DAEMON, "")?;
        meet_all(stage, ROWS)
    },
);
pub const NAMES: Case = case(
    "privilege-names",
    "the same where names are looked up",
    |stage| meet_all(stage, NAMED),
);
pub const MODPROBE: Case = case(
    "privilege-modprobe",
    "how modprobe is started, in an environment that would have something else started",
    modprobe,
);
pub(super) const NONE: CapabilitySet = CapabilitySet::empty();
pub const NET_ADMIN: CapabilitySet = CapabilitySet::NET_ADMIN;
/// For a sync daemon that is to listen on a port below 1024.
const WITH_PORTS: CapabilitySet = NET_ADMIN.union(CapabilitySet::NET_BIND_SERVICE);
/// Where a file is read.
const READING: CapabilitySet = CapabilitySet::DAC_READ_SEARCH;
/// Where a file is replaced.
const WRITING: CapabilitySet = NET_ADMIN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::CHOWN)
    .union(CapabilitySet::FOWNER);
/// Where a network namespace is named.
const WITH_NETNS: CapabilitySet = NET_ADMIN.union(CapabilitySet::SYS_ADMIN);

pub(super) struct Row {
    /// The command line, with `{}` in the place of a directory.
    pub(super) line: &'static str,
    pub(super) capabilities: CapabilitySet,
    /// What programs can have that it starts.
    pub(super) children: CapabilitySet,
    /// What it opens, and nothing else; `*` matches anything.
    pub(super) opens: &'static [&'static str],
    /// What it may open too.
    pub(super) may_open: &'static [&'static str],
}

pub(super) const fn row(
    line: &'static str,
    capabilities: CapabilitySet,
    opens: &'static [&'static str],
) -> Row {
    Row {
        line,
        capabilities,
        children: NONE,
        opens,
        may_open: RUNTIME,
    }
}

const fn named(line: &'static str, opens: &'static [&'static str]) -> Row {
    Row {
        may_open: NAME_SERVICE,
        ..row(line, NET_ADMIN, opens)
    }
}

/// What is opened before and after `main`: the dynamic linker looks for libraries, the Rust runtime asks where the stack is, and a program that was built to
/// tell which of its lines ran writes that.
const RUNTIME: &[&str] = &[
    "read /proc/self/maps",
    "write /profiles/*",
    "read /etc/ld.so.cache",
    "read */libc.so.6",
    "read */libgcc_s.so.1",
];
/// What the C library opens, some versions of it, where names are in files alone.
const NAME_SERVICE: &[&str] = &[
    RUNTIME[0],
    RUNTIME[1],
    RUNTIME[2],
    RUNTIME[3],
    RUNTIME[4],
    "connect /var/run/nscd/socket",
    "read /etc/nsswitch.conf",
    "read /etc/host.conf",
    "read /etc/resolv.conf",
    "read */libnss_files.so.2",
];
/// What the state of the kernel's tables is read from besides: what a kernel does not report is counted.
const FOR_STATUS: &[&str] = &[
    RUNTIME[0],
    RUNTIME[1],
    RUNTIME[2],
    RUNTIME[3],
    RUNTIME[4],
    "read /proc/net/ip_vs_status",
    CONNECTIONS,
];
/// Whether counters stand still.
const ESTIMATION: &str = "read /proc/sys/net/ipv4/vs/run_estimation";
const SETTINGS: &str = "read /proc/sys/net/ipv4/vs*";
const CONNECTIONS: &str = "read /proc/net/ip_vs_conn";
const TOTALS: &str = "read /proc/net/ip_vs_stats";
const LOCK: &str = "write /run/ipvsadm.lock";
const HOSTS: &str = "read /etc/hosts";
const SERVICES: &str = "read /etc/services";
/// The namespace that is entered, and the one to come back to.
const NETNS: [&str; 2] = [
    "read /run/netns/lab-director",
    "read /proc/thread-self/ns/net",
];

/// Each finds the table as those before have left it.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Listings.
    row("ipvsadm -Ln", NET_ADMIN, &[]),
    row("ipvsadm -Ln --rate", NET_ADMIN, &[ESTIMATION]),
    row("ipvsadm -Ln --watch --count 1", NET_ADMIN, &[ESTIMATION]),
    row("ipvsadm -Lnc", NET_ADMIN, &[CONNECTIONS]),
    row("ipvsadm -L --timeout", NET_ADMIN, &[]),
    row("ipvsadm -L --daemon", NET_ADMIN, &[]),
    Row { may_open: FOR_STATUS, ..row("ipvsadm -L --status", NET_ADMIN, &[SETTINGS]) },
    row("ipvsadm -L --json", NET_ADMIN, &[ESTIMATION]),
    Row { may_open: FOR_STATUS, ..row("ipvsadm -L --metrics", NET_ADMIN, &[TOTALS, SETTINGS]) },
    // Saves.
    row("ipvsadm -Sn", NET_ADMIN, &[]),
    row("ipvsadm -Sn --all", NET_ADMIN, &[]),
    row("ipvsadm-save -n", NET_ADMIN, &[]),
    row("ipvsadm -Sn --output {}/saved", WRITING, &["read {}", "read saved", "write .ipvsadm-*"]),
    row("ipvsadm -Sn --output /dev/null", WRITING, &["read /dev", "read null", "write null"]),
    // In another namespace.
    row("ipvsadm --netns lab-director -Ln", WITH_NETNS, &NETNS),
    row("ipvsadm --netns lab-director -Lnc", WITH_NETNS, &[NETNS[0], NETNS[1], CONNECTIONS]),
    row("ipvsadm --netns lab-director -R --atomic --exist", WITH_NETNS.union(WITH_PORTS), &[NETNS[0], NETNS[1], LOCK]),
    // Changes.
    row("ipvsadm -A -t 192.0.2.1:81 -s rr", NET_ADMIN, &[]),
    row("ipvsadm -E -t 192.0.2.1:81 -s wlc", NET_ADMIN, &[]),
    row("ipvsadm -a -t 192.0.2.1:81 -r 10.0.0.14:80 -m", NET_ADMIN, &[]),
    row("ipvsadm -a -t 192.0.2.1:81 -r 10.0.0.14:80 -m --exist", NET_ADMIN, &[]),
    row("ipvsadm -e -t 192.0.2.1:81 -r 10.0.0.14:80 -m -w 9", NET_ADMIN, &[]),
    row("ipvsadm -d -t 192.0.2.1:81 -r 10.0.0.14:80", NET_ADMIN, &[]),
    row("ipvsadm -d -t 192.0.2.1:80 -r 10.0.0.12:8080 --drain 5", NET_ADMIN, &[]),
    row("ipvsadm -D -t 192.0.2.1:81", NET_ADMIN, &[]),
    row("ipvsadm -Z", NET_ADMIN, &[]),
    row("ipvsadm --set 900 120 300", NET_ADMIN, &[]),
    row("ipvsadm --stop-daemon master", NET_ADMIN, &[]),
    row("ipvsadm --start-daemon backup --mcast-interface eth0 --mcast-port 9", WITH_PORTS, &[]),
    row("ipvsadm -C", NET_ADMIN, &[]),
    // Restores.
    row("ipvsadm -R", WITH_PORTS, &[]),
    row("ipvsadm -R --check", NONE, &[]),
    row("ipvsadm -R --check --atomic", NONE, &[]),
    row("ipvsadm -R --check --replace", NONE, &[]),
    row("ipvsadm -R --replace --dry-run", WITH_PORTS, &[]),
    row("ipvsadm -R --atomic --exist", WITH_PORTS, &[LOCK]),
    row("ipvsadm -R --replace", WITH_PORTS, &[LOCK]),
    row("ipvsadm-restore", WITH_PORTS, &[LOCK]),
    row("ipvsadm -R --exist --input {}/rules", WITH_PORTS.union(READING), &["read {}/rules"]),
    row("ipvsadm -R --check --input {}/rules", READING, &["read {}/rules"]),
    row("ipvsadm -R --replace --input {}/rules", WITH_PORTS.union(READING), &["read {}/rules", LOCK]),
    // Neither the kernel nor a file.
    row("ipvsadm -h", NONE, &[]),
    row("ipvsadm -v", NET_ADMIN, &[]),
];

#[rustfmt::skip]
const NAMED: &[Row] = &[
    named("ipvsadm -L", &[HOSTS, SERVICES]),
    named("ipvsadm -Lc", &[CONNECTIONS]),
    named("ipvsadm -S", &[HOSTS, SERVICES]),
    named("ipvsadm -A -t 192.0.2.1:ssh -s rr", &[SERVICES]),
    named("ipvsadm -A -t localhost:81 -s rr", &[HOSTS]),
];

/// What restores read.
pub const RULES: &str = "-A -t 192.0.2.1:99 -s rr\n";
/// Variables that would have a program find, or load, something of their author's.
/// (`LD_PRELOAD` works for whoever sets it, before the program begins, as for any other.)
const HOSTILE: &str = "LD_LIBRARY_PATH={}/hostile \
     MODPROBE_OPTIONS=--config={}/hostile/modprobe.conf IFS=/ ENV={}/hostile/modprobe BASH_ENV={}/hostile/modprobe \
     LC_ALL=xx_YY.bogus";
/// Where the programs are that a diagnosis starts.
pub(super) const DIRECTORIES: [&str; 3] = ["/usr/sbin/", "/sbin/", "/usr/local/sbin/"];

fn meet_all(stage: &Stage, rows: &[Row]) -> Result<()> {
    stage.set(commands::TABLE)?;
    rows.iter().try_for_each(|row| row.meet(stage))
}

impl Row {
    /// Runs the command, and judges it.
    fn meet(&self, stage: &Stage) -> Result<()> {
        let (outcome, observer) = observe(stage, self.line, Observer::default())?;
        stage.expect(
            &format!("{}: success", self.line),
            format_args!("{:?}, {}", outcome.status, outcome.stderr.trim_end()),
            outcome.status == Ok(0) && outcome.stderr.is_empty(),
        )?;
        self.judge(stage, &observer)?;
        stage.expect(
            &format!("{}: no other program is started", self.line),
            format_args!("{:?}", observer.started),
            observer.started.is_empty(),
        )
    }

    /// Holds what was seen of a run against what it is to be.
    pub(super) fn judge(&self, stage: &Stage, observer: &Observer) -> Result<()> {
        self.judge_capabilities(stage, observer)?;
        self.judge_files(stage, observer)
    }

    fn judge_capabilities(&self, stage: &Stage, observer: &Observer) -> Result<()> {
        let only = Capabilities {
            inheritable: 0,
            permitted: self.capabilities.bits(),
            effective: self.capabilities.bits(),
            bounding: self.children.bits(),
            no_new_privileges: self.children.is_empty(),
        };
        stage.expect(
            &format!(
                "{}: {only:?} whenever it sends or looks a name up, and at its end",
                self.line
            ),
            format_args!("{:?}", observer.capabilities),
            observer.capabilities.iter().eq([&only]),
        )
    }

    fn judge_files(&self, stage: &Stage, observer: &Observer) -> Result<()> {
        let directory = directory(stage)?;
        let is_like =
            |opened: &str, pattern: &str| is_like(opened, &pattern.replace("{}", &directory));
        let is_expected = |opened: &str| {
            let mut patterns = self.opens.iter().chain(self.may_open);
            patterns.any(|pattern| is_like(opened, pattern))
        };
        let opened = || observer.opened.iter().map(String::as_str);
        let too_much: Vec<&str> = opened().filter(|opened| !is_expected(opened)).collect();
        let is_missing = |pattern: &&&str| !opened().any(|opened| is_like(opened, pattern));
        let missing: Vec<&&str> = self.opens.iter().filter(is_missing).collect();
        stage.expect(
            &format!("{}: it opens {:?} and nothing else", self.line, self.opens),
            format_args!("too much: {too_much:?}, missing: {missing:?}"),
            too_much.is_empty() && missing.is_empty(),
        )
    }
}

fn modprobe(stage: &Stage) -> Result<()> {
    const LISTING: Row = row("ipvsadm -Ln", NET_ADMIN, &["read /dev/null"]);
    // The module is there, as others may need it. Only the kernel's first answer says otherwise.
    let line = in_hostile_environment(stage, LISTING.line)?;
    let (outcome, observer) = observe(stage, &line, Observer::without_family())?;
    stage.expect(
        "a listing",
        format_args!("{outcome:?}"),
        outcome.status == Ok(0) && outcome.stderr.is_empty(),
    )?;
    LISTING.judge_files(stage, &observer)?;
    let own = &observer.capabilities;
    stage.expect(
        "the capability for IPVS alone; and what modprobe has been given is for no program behind it",
        format_args!("{own:?}"),
        own.iter().all(|held| held.permitted == NET_ADMIN.bits() && held.effective == NET_ADMIN.bits())
            && own.iter().any(|held| !held.no_new_privileges)
            && own.iter().any(|held| held.no_new_privileges),
    )?;
    let started = &observer.started;
    stage.expect(
        "modprobe by its path, and with nothing in its environment but a search path",
        format_args!("{started:?}"),
        matches!(&started[..], [modprobe]
            if modprobe.path == "/sbin/modprobe"
                && modprobe.words == ["/sbin/modprobe", "--", "ip_vs"]
                && modprobe.environment == ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]),
    )?;
    let needed = CapabilitySet::SYS_MODULE.bits();
    let its_own = &observer.capabilities_of_started;
    stage.expect(
        "modprobe may load modules, as ipvsadm itself may not",
        format_args!("{its_own:?}"),
        its_own.iter().any(|held| held.effective & needed != 0),
    )
}

/// The command with an environment in which another modprobe and other libraries come first.
pub(super) fn in_hostile_environment(stage: &Stage, command: &str) -> Result<String> {
    let directory = directory(stage)?;
    let modprobe = format!("{directory}/hostile/modprobe");
    let executable = fs::Permissions::from_mode(0o755);
    fs::create_dir_all(format!("{directory}/hostile"))
        .and_then(|()| fs::write(&modprobe, "#!/bin/sh\n"))
        .and_then(|()| fs::set_permissions(&modprobe, executable))
        .context(|| modprobe.clone())?;
    let path = std::env::var("PATH").unwrap_or_default();
    Ok(format!(
        "PATH={directory}/hostile:{path} {HOSTILE} {command}"
    ))
}

/// Runs a command on the director, started by somebody who passes on every right.
pub(super) fn observe(
    stage: &Stage,
    line: &str,
    mut observer: Observer,
) -> Result<(Outcome, Observer)> {
    let directory = directory(stage)?;
    let rules = format!("{directory}/rules");
    fs::write(&rules, RULES).context(|| rules.clone())?;
    let line = line.replace("{}", &directory);
    let outcome = stage.director()?.on(|| {
        pass_on_capabilities().context(|| "capabilities".to_owned())?;
        look_up_names_in_files(Path::new(&directory)).context(|| "nsswitch.conf".to_owned())?;
        traced::run(&line, RULES, Path::new(&directory), &mut observer)
    })??;
    Ok((outcome, observer))
}

/// Where the command finds its files.
pub fn directory(stage: &Stage) -> Result<String> {
    let directory = stage.path("observed")?;
    fs::create_dir_all(&directory).context(|| directory.display().to_string())?;
    Ok(directory.display().to_string())
}

/// Has this thread's programs inherit its capabilities, as far as they let that be.
fn pass_on_capabilities() -> rustix::io::Result<()> {
    let held = capabilities(None)?;
    let inheritable = held.permitted;
    set_capabilities(
        None,
        CapabilitySets {
            inheritable,
            ..held
        },
    )
}

/// Has the name service look into files alone, for this thread and what it starts.
pub fn look_up_names_in_files(directory: &Path) -> std::io::Result<()> {
    let ours = directory.join("nsswitch.conf");
    fs::write(&ours, "hosts: files\nservices: files\n")?;
    unshare(CloneFlags::CLONE_NEWNS)?;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>)?;
    mount(
        Some(&ours),
        "/etc/nsswitch.conf",
        None::<&str>,
        MsFlags::MS_BIND,
        None::<&str>,
    )?;
    Ok(())
}
