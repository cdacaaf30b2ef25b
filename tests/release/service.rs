//! `ipvsadm-service`, which the unit and the init script run, with an `ipvsadm` that only writes down how it is called.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::tools::ROOT;

/// In the place of every program that the script calls. Files beside it say what it answers.
const FAKE: &str = r#"#!/bin/sh
cd "${0%/*}"
name=${0##*/}
case $name in
systemctl) cat jobs 2> /dev/null; exit ;;
esac
printf '%s\n' "$name${*:+ }$*" >> calls
case "$*" in
"-L --daemon") cat daemons 2> /dev/null ;;
esac
! grep -qx -e "$name${*:+ }$*" failing 2> /dev/null
"#;

/// A machine with the script and its settings.
struct Machine {
    root: PathBuf,
}

impl Machine {
    /// With the files of one of the packages, and rules.
    fn new(package: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("service-{}-{number}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let machine = Self { root };
        let packaging = PathBuf::from(ROOT).join("src/packaging");
        let path = machine.root.display().to_string();
        // Both name absolute paths, which are moved here.
        let script = fs::read_to_string(packaging.join("ipvsadm-service")).unwrap();
        let script = script
            .replace("PATH=/usr/sbin:", &format!("PATH={path}:"))
            .replace("here=/usr/libexec/ipvsadm", &format!("here={path}"));
        machine.write("ipvsadm-service", &script);
        let system = fs::read_to_string(packaging.join(package).join("system")).unwrap();
        machine.write(
            "system",
            &system.replace("=/etc/", &format!("={path}/etc/")),
        );
        for program in ["ipvsadm", "ipvsadm-restore", "systemctl"] {
            machine.write(program, FAKE);
        }
        for helper in ["load", "start", "stop", "flush"] {
            let link = machine.root.join(format!("ipvsadm-{helper}"));
            symlink("ipvsadm-service", link).unwrap();
        }
        fs::create_dir_all(machine.root.join("etc/default")).unwrap();
        fs::create_dir_all(machine.root.join("etc/sysconfig")).unwrap();
        machine.write("etc/ipvsadm.rules", "");
        machine.write("etc/sysconfig/ipvsadm", "");
        machine
    }

    fn debian(settings: &str) -> Self {
        let machine = Self::new("debian");
        machine.write("etc/default/ipvsadm", settings);
        machine
    }

    fn rpm(settings: &str) -> Self {
        let machine = Self::new("rpm");
        machine.write("etc/sysconfig/ipvsadm-config", settings);
        machine
    }

    fn write(&self, name: &str, contents: &str) {
        let path = self.root.join(name);
        fs::write(&path, contents).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.root.join(name)).unwrap();
    }

    /// Runs one of the scripts; returns its exit status, the calls that change or save something, and what it wrote.
    fn run(&self, script: &str, arguments: &[&str]) -> (i32, Vec<String>, String) {
        let calls = self.root.join("calls");
        let _ = fs::remove_file(&calls);
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(self.root.join(script))
            .args(arguments)
            .output()
            .unwrap();
        let calls = fs::read_to_string(calls).unwrap_or_default();
        let path = format!("{}/", self.root.display());
        let changes = calls
            .lines()
            .filter(|call| *call != "ipvsadm -L --daemon")
            .map(|call| call.replace(&path, "/"))
            .collect();
        let written = String::from_utf8([stdout, stderr].concat()).unwrap();
        (status.code().unwrap(), changes, written.replace(&path, "/"))
    }

    #[track_caller]
    fn expect(&self, action: &str, status: i32, changes: &[&str]) {
        let (found, calls, written) = self.run("ipvsadm-service", &[action]);
        assert_eq!((found, calls), (status, strings(changes)), "{written}");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

const LOAD: &str = "ipvsadm-restore --input /etc/ipvsadm.rules";
const SAVE: &str = "ipvsadm -S -n --output /etc/ipvsadm.rules";
const CLEAR: &str = "ipvsadm -C";
const MASTER: &str = "ipvsadm --start-daemon master --mcast-interface eth0 --syncid 0";

#[test]
fn debian_as_installed_does_nothing() {
    let defaults = fs::read_to_string(format!("{ROOT}/src/packaging/debian/defaults")).unwrap();
    for settings in [defaults.as_str(), ""] {
        let machine = Machine::debian(settings);
        for action in ["start", "reload", "stop"] {
            machine.expect(action, 0, &[]);
        }
    }
}

#[test]
fn auto_loads_and_clears() {
    let machine = Machine::debian("AUTO=\"true\"\nDAEMON=\"none\"\nIFACE=\"eth0\"\t\n");
    machine.expect("start", 0, &[LOAD]);
    machine.expect("reload", 0, &[LOAD]);
    machine.expect("stop", 0, &[CLEAR]);
}

#[test]
fn daemons_that_the_settings_name() {
    let both = Machine::debian("DAEMON=both\nIFACE=bond0\nSYNCID=7\n");
    both.expect(
        "start",
        0,
        &[
            "ipvsadm --start-daemon master --mcast-interface bond0 --syncid 7",
            "ipvsadm --start-daemon backup --mcast-interface bond0 --syncid 7",
        ],
    );
    // What does not run is not stopped, and what runs is not started.
    both.expect("stop", 0, &[]);
    both.write("daemons", "master sync daemon (mcast=bond0, syncid=7)\n");
    both.expect("stop", 0, &["ipvsadm --stop-daemon master"]);
    both.expect(
        "start",
        0,
        &["ipvsadm --start-daemon backup --mcast-interface bond0 --syncid 7"],
    );
    Machine::debian("DAEMON=master").expect("start", 0, &[MASTER]);
    let other = Machine::debian("DAEMON=mater");
    let (status, calls, written) = other.run("ipvsadm-service", &["start"]);
    assert_eq!((status, calls), (0, vec![]));
    assert_eq!(
        written,
        "no sync daemon is started or stopped: DAEMON is \"mater\" in /etc/default/ipvsadm, not none, master, backup or both\n"
    );
}

#[test]
fn one_failure_does_not_hinder_the_rest() {
    let machine = Machine::debian("AUTO=true\nDAEMON=master\n");
    let input = format!("{}/etc/ipvsadm.rules", machine.root.display());
    machine.write("failing", &format!("ipvsadm-restore --input {input}\n"));
    machine.expect("start", 1, &[LOAD, MASTER]);
    machine.write("failing", &format!("{MASTER}\n"));
    machine.expect("start", 1, &[LOAD, MASTER]);
}

#[test]
fn saved_where_asked_and_never_cleared_unsaved() {
    let machine = Machine::debian("AUTO=true\nIPVS_SAVE_ON_STOP=yes\n");
    machine.expect("stop", 0, &[SAVE, CLEAR]);
    let output = format!("{}/etc/ipvsadm.rules", machine.root.display());
    machine.write("failing", &format!("ipvsadm -S -n --output {output}\n"));
    machine.expect("stop", 1, &[SAVE]);
    Machine::debian("AUTO=true\nIPVS_CLEAR_ON_STOP=no\n").expect("stop", 0, &[]);
    Machine::debian("AUTO=false\nIPVS_CLEAR_ON_STOP=yes\n").expect("stop", 0, &[CLEAR]);
}

#[test]
fn a_restart_saves_where_that_alone_is_asked() {
    let machine = Machine::debian("IPVS_SAVE_ON_RESTART=yes\n");
    machine.write("jobs", "17 ipvsadm.service restart running\n");
    machine.expect("stop", 0, &[SAVE]);
    machine.write("jobs", "17 ipvsadm.service stop running\n");
    machine.expect("stop", 0, &[]);
}

#[test]
fn no_rules_are_no_failure() {
    let machine = Machine::debian("AUTO=true\n");
    machine.remove("etc/ipvsadm.rules");
    let (status, calls, written) = machine.run("ipvsadm-service", &["start"]);
    assert_eq!((status, calls), (0, vec![]));
    assert_eq!(
        written,
        "no rules are loaded: /etc/ipvsadm.rules does not exist\n"
    );
}

#[test]
fn the_init_script_loads_and_saves_whatever_the_settings_say() {
    let machine = Machine::debian("AUTO=false\n");
    machine.expect("load", 0, &[LOAD]);
    machine.expect("save", 0, &[SAVE]);
    let (status, calls, written) = machine.run("ipvsadm-service", &["lod"]);
    assert_eq!((status, calls), (2, vec![]));
    assert!(written.starts_with("usage: "), "{written}");
}

#[test]
fn helpers_by_debian_names() {
    let machine = Machine::debian("AUTO=true\nDAEMON=master\n");
    for (helper, change) in [
        ("ipvsadm-load", LOAD),
        ("ipvsadm-start", MASTER),
        ("ipvsadm-flush", CLEAR),
    ] {
        let (status, calls, written) = machine.run(helper, &[]);
        assert_eq!(
            (status, calls),
            (0, strings(&[change])),
            "{helper}: {written}"
        );
    }
    machine.write("daemons", "master sync daemon (mcast=eth0, syncid=0)\n");
    let (status, calls, _) = machine.run("ipvsadm-stop", &[]);
    assert_eq!(
        (status, calls),
        (0, strings(&["ipvsadm --stop-daemon master"]))
    );
}

#[test]
fn rpm_loads_what_is_enabled_and_clears_nothing() {
    let load = "ipvsadm-restore --input /etc/sysconfig/ipvsadm";
    let save = "ipvsadm -S -n --output /etc/sysconfig/ipvsadm";
    let shipped = fs::read_to_string(format!("{ROOT}/src/packaging/rpm/ipvsadm-config")).unwrap();
    // As EL's package ships it, too.
    let distribution =
        "IPVS_MODULES_UNLOAD=\"yes\"\nIPVS_SAVE_ON_STOP=\"no\"\nIPVS_STATUS_NUMERIC=\"yes\"\n";
    for settings in [shipped.as_str(), distribution, ""] {
        let machine = Machine::rpm(settings);
        machine.expect("start", 0, &[load]);
        machine.expect("stop", 0, &[]);
    }
    Machine::rpm("IPVS_SAVE_ON_STOP=\"yes\"\n").expect("stop", 0, &[save]);
    Machine::rpm("IPVS_SAVE_ON_STOP=yes\nIPVS_CLEAR_ON_STOP=yes\n").expect(
        "stop",
        0,
        &[save, CLEAR],
    );
}
