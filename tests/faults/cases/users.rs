//! Callers with other rights than all of root's: root without a capability, a user with one, and whoever calls a program
//! whose file has some.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::fs::{Gid, Uid, XattrFlags, setxattr};
use rustix::thread::{
    CapabilitySets, configure_capability_in_ambient_set, remove_capability_from_bounding_set,
    set_capabilities, set_keep_capabilities, set_thread_gid, set_thread_groups, set_thread_uid,
};

use super::files::capability_bytes;
use super::privilege::{NET_ADMIN, RULES, directory, look_up_names_in_files};
use crate::commands;
use crate::observer::Observer;
use crate::traced::{self, Outcome};
use director::{Case, Stage, case};
use net::{Context, Result};

pub const BY_USER: Case = case(
    "privilege-user",
    "a user with CAP_NET_ADMIN, and ports below 1024",
    user,
);
pub const BORROWED: Case = case(
    "privilege-borrowed",
    "rights of the program's file open nothing for its caller",
    borrowed,
);
pub const WITHOUT: Case = case(
    "privilege-without",
    "root without the capability that IPVS asks for",
    without,
);

/// Somebody who is not root.
const USER: u32 = 1000;

/// The commands of somebody who is not root and has CAP_NET_ADMIN, as far as they open no file of root's.
fn user(stage: &Stage) -> Result<()> {
    const LOW_PORT: &str = "--mcast-interface eth0 --mcast-port 9";
    stage.set(commands::TABLE)?;
    for line in [
        "ipvsadm -Ln",
        "ipvsadm -L",
        "ipvsadm -Lnc",
        "ipvsadm -Sn --all",
        "ipvsadm -Sn --output {}/saved",
        "ipvsadm -A -t 192.0.2.1:81 -s dh",
        "ipvsadm -a -t 192.0.2.1:81 -r 10.0.0.14:80 -m --exist",
        "ipvsadm -A -t localhost:ssh -s rr",
        "ipvsadm -D -t 192.0.2.1:81",
        "ipvsadm -Z",
        "ipvsadm --set 900 120 300",
        "ipvsadm --start-daemon backup --mcast-interface eth0 --mcast-port 1024",
        "ipvsadm --stop-daemon backup",
        "ipvsadm -R --exist",
        "ipvsadm -R --replace --dry-run",
        "ipvsadm -R --check --input {}/rules",
    ] {
        let (outcome, observer) = observe_user(stage, line)?;
        stage.expect(
            &format!("{line}, by a user with CAP_NET_ADMIN"),
            format_args!(
                "{:?} {} {:?}",
                outcome.status,
                outcome.stderr.trim_end(),
                observer.capabilities
            ),
            outcome.status == Ok(0)
                && outcome.stderr.is_empty()
                && observer.capabilities.iter().all(|held| {
                    held.inheritable == 0
                        && held.permitted & !NET_ADMIN.bits() == 0
                        && held.effective == held.permitted
                        && held.no_new_privileges
                }),
        )?;
    }
    let line = format!("ipvsadm --start-daemon backup {LOW_PORT}");
    let (outcome, _) = observe_user(stage, &line)?;
    let of_the_reference = stage.run("ipvsadm-reference -L --daemon", "")?;
    stage.expect(
        &format!("{line}, by the same user: refused, as the kernel has it"),
        format_args!("{outcome:?}"),
        outcome.status == Ok(255)
            && outcome.stderr.starts_with("Permission denied")
            && of_the_reference.stdout.is_empty(),
    )?;
    // As root it is started by a command and by a line of rules, and put back by what is undone.
    stage.must(&line, "")?;
    let daemon = stage.must("ipvsadm -L --daemon", "")?;
    let undone = stage.run(
        "ipvsadm -R --atomic",
        "--stop-daemon backup\n-A -t 192.0.2.1:80 -s rr\n",
    )?;
    let again = stage.must("ipvsadm -L --daemon", "")?;
    stage.must("ipvsadm --stop-daemon backup", "")?;
    stage.must("ipvsadm -R", &line.replace("ipvsadm ", ""))?;
    let by_rule = stage.must("ipvsadm -L --daemon", "")?;
    stage.must("ipvsadm --stop-daemon backup", "")?;
    stage.expect(
        "by root: started, put back, and started by a rule",
        format_args!("{daemon} {undone:?} {again} {by_rule}"),
        daemon.contains("port=9")
            && undone.code() != Some(0)
            && again == daemon
            && by_rule == daemon,
    )
}

/// The program with rights of its file: it opens nothing for its caller.
fn borrowed(stage: &Stage) -> Result<()> {
    let what = || "a program with rights of its own".to_owned();
    stage.set(commands::TABLE)?;
    let directory = directory(stage)?;
    let program = format!("{directory}/borrowed");
    let namespaces = stage.director()?.namespace();
    for kind in ["set-user-ID", "set-group-ID", "capabilities"] {
        let _ = fs::remove_file(&program);
        fs::copy("/sbin/ipvsadm", &program).context(what)?;
        let mode = match kind {
            "set-user-ID" => 0o4755,
            "set-group-ID" => 0o2755,
            _ => 0o755,
        };
        fs::set_permissions(&program, fs::Permissions::from_mode(mode)).context(what)?;
        if kind == "capabilities" {
            let bytes = capability_bytes();
            setxattr(&program, "security.capability", &bytes, XattrFlags::empty()).context(what)?;
        }
        let run = |line: &str| -> Result<std::process::Output> {
            let mut command = Command::new(&program);
            command
                .args(line.split(' '))
                .uid(1000)
                .gid(1000)
                .current_dir("/tmp");
            stage.director()?.on(|| command.output())?.context(what)
        };
        for (line, option) in [
            ("-S -n --output /tmp/borrowed-output", "--output"),
            ("-R --input /etc/shadow", "--input"),
            ("-R --check --input /etc/shadow", "--input"),
            ("-Ln --netns /proc/1/ns/net", "--netns"),
            ("-Ln --netns 1", "--netns"),
        ] {
            let output = run(line)?;
            let stderr = String::from_utf8_lossy(&output.stderr);
            stage.expect(
                &format!("{kind}: {line} is refused"),
                format_args!("{:?} {stderr}", output.status.code()),
                output.status.code() == Some(2)
                    && output.stdout.is_empty()
                    && stderr.starts_with(&format!(
                        "'{option}' is refused: the program has rights here"
                    ))
                    && !Path::new("/tmp/borrowed-output").exists(),
            )?;
        }
        if kind != "set-group-ID" {
            let listed = run("-Ln")?;
            stage.expect(
                &format!("{kind}: the table is listed"),
                format_args!(
                    "{:?} {}",
                    listed.status.code(),
                    String::from_utf8_lossy(&listed.stderr)
                ),
                listed.status.success()
                    && String::from_utf8_lossy(&listed.stdout).contains("192.0.2.1:80"),
            )?;
        }
        if kind == "set-user-ID" {
            let entered = run(&format!("--netns {namespaces} -Ln"))?;
            stage.expect(
                &format!("{kind}: a namespace that has a name is entered"),
                format_args!("{:?}", entered.status.code()),
                entered.status.success(),
            )?;
        }
    }
    Ok(())
}

fn without(stage: &Stage) -> Result<()> {
    for line in ["-Ln --stats", "-C", "-A -t 192.0.2.1:80", "-Sn"] {
        let output = stage.director()?.on(|| {
            // What this thread loses here it has no way to pass on.
            remove_capability_from_bounding_set(NET_ADMIN)?;
            Command::new("ipvsadm").args(line.split(' ')).output()
        })?;
        let output = output.context(|| line.to_owned())?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        stage.expect(
            &format!("ipvsadm {line} by root without CAP_NET_ADMIN says what is missing"),
            format_args!("{:?}, {}", output.status, stderr.trim_end()),
            output.status.code() == Some(2)
                && stderr.starts_with("Permission denied (you must be root)")
                && stderr.contains("CAP_NET_ADMIN"),
        )?;
    }
    Ok(())
}

/// Runs a command on the director as a user who has CAP_NET_ADMIN, and nothing else.
fn observe_user(stage: &Stage, line: &str) -> Result<(Outcome, Observer)> {
    let directory = stage.path("observed-user")?;
    let mut observer = Observer::default();
    fs::create_dir_all(&directory)
        .and_then(|()| chown(&directory, Some(USER), Some(USER)))
        .and_then(|()| fs::write(directory.join("rules"), RULES))
        .context(|| directory.display().to_string())?;
    let line = line.replace("{}", &directory.display().to_string());
    let outcome = stage.director()?.on(|| {
        look_up_names_in_files(&directory).context(|| "nsswitch.conf".to_owned())?;
        become_user().context(|| "another user".to_owned())?;
        traced::run(&line, RULES, &directory, &mut observer)
    })??;
    Ok((outcome, observer))
}

/// This thread's programs belong to a user from now on who has one capability.
fn become_user() -> rustix::io::Result<()> {
    set_keep_capabilities(true)?;
    set_thread_groups(&[])?;
    set_thread_gid(Gid::from_raw(USER))?;
    set_thread_uid(Uid::from_raw(USER))?;
    let only = CapabilitySets {
        effective: NET_ADMIN,
        permitted: NET_ADMIN,
        inheritable: NET_ADMIN,
    };
    set_capabilities(None, only)?;
    configure_capability_in_ambient_set(NET_ADMIN, true)
}
