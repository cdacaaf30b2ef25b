//! Files that the program opens where others may have put something, and what becomes of the file that it replaces.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::libc;
use rustix::fs::{XattrFlags, getxattr, setxattr};
use rustix::io::Errno;

use super::surroundings;
use crate::commands;
use director::{Case, Stage, case};
use net::{Context, Result};

pub const OUTPUT: Case = case(
    "files-output",
    "what a path of --output leads to, and what may not be written to",
    |stage| meet_all(stage, OUTPUTS),
);
pub const KEPT: Case = case(
    "files-kept",
    "what a file keeps that is replaced: owner, group, permissions, ACL, attributes",
    |stage| {
        meet_all(stage, REPLACED)?;
        attributes(stage)
    },
);
pub const OTHERS: Case = case(
    "files-others",
    "the lock, and a namespace that is none",
    |stage| meet_all(stage, OTHER),
);

/// The user 1000 is somebody else.
const PRELUDE: &str = "\
rm -rf files; mkdir files; cd files
umask 022
ipvsadm -Sn >../expected
[ -e /dev/stdout ] || ln -s /proc/self/fd/1 /dev/stdout
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
save() { timeout 20 ipvsadm -Sn --output \"$1\" 2>../complaint; echo \"exit $?\"; cat ../complaint; }
holds() {
    local file
    for file; do
        if cmp -s \"$file\" ../expected; then echo \"$file: saved\"; else echo \"$file: $(cat \"$file\")\"; fi
    done
}
";

struct Row {
    what: &'static str,
    /// For bash.
    script: &'static str,
    /// All that it prints.
    prints: &'static str,
}

const fn row(what: &'static str, script: &'static str, prints: &'static str) -> Row {
    Row {
        what,
        script,
        prints,
    }
}

#[rustfmt::skip]
const OUTPUTS: &[Row] = &[
    // Of somebody else, where others may write; whatever the system's own settings are.
    row("a link of somebody else",
        "for mode in 1777 777 1770; do
            rm -rf d; mkdir d; chmod $mode d; echo old >victim; ln -s ../victim d/link; chown -h 1000 d/link
            save d/link; holds victim
        done",
        "exit 255\ncannot save to 'd/link': it is a symbolic link of the user 1000, in a directory where others may write: \
         remove it, or save into a directory of your own; the file is as it was\nvictim: old\n\
         exit 255\ncannot save to 'd/link': it is a symbolic link of the user 1000, in a directory where others may write: \
         remove it, or save into a directory of your own; the file is as it was\nvictim: old\n\
         exit 255\ncannot save to 'd/link': it is a symbolic link of the user 1000, in a directory where others may write: \
         remove it, or save into a directory of your own; the file is as it was\nvictim: old\n"),
    row("a link of somebody else to nothing, and one behind a link of one's own",
        "mkdir d; chmod 1777 d; ln -s ../new d/link; chown -h 1000 d/link; ln -s d/link own
        save d/link | head -n 1; save own | head -n 1; ls",
        "exit 255\nexit 255\nd\nown\n"),
    row("a pipe of somebody else",
        "mkdir d; chmod 1777 d; mkfifo d/pipe; chown 1000 d/pipe; save d/pipe",
        "exit 255\ncannot save to 'd/pipe': it is a pipe of the user 1000, in a directory where others may write: \
         remove it, or save into a directory of your own; the file is as it was\n"),
    row("a file of somebody else",
        "mkdir d; chmod 1777 d; echo old >d/file; chown 1000 d/file; save d/file; holds d/file",
        "exit 255\ncannot save to 'd/file': it is a file of the user 1000, in a directory where others may write: \
         remove it, or save into a directory of your own; the file is as it was\nd/file: old\n"),
    // All the same where it is one's own, the directory's owner's, or nobody else may write.
    row("links that are followed",
        "mkdir d e f; chmod 1777 d e; chown 1000 e; for d in d e f; do echo old >$d.rules; ln -s ../$d.rules $d/link; done
        chown -h 1000 e/link f/link
        for d in d e f; do save $d/link; holds $d.rules; [ -L $d/link ] && echo link; done",
        "exit 0\nd.rules: saved\nlink\nexit 0\ne.rules: saved\nlink\nexit 0\nf.rules: saved\nlink\n"),
    row("a link to a file that is not there yet",
        "mkdir d; ln -s d/new link; save link; holds d/new; [ -L link ] && echo link",
        "exit 0\nd/new: saved\nlink\n"),
    // Pipes and devices.
    row("a pipe that nobody reads from",
        "mkfifo pipe; save pipe",
        "exit 255\ncannot save to 'pipe': no process reads from it; the file is as it was\n"),
    row("a pipe that somebody reads from",
        "mkfifo pipe; cat pipe >got & while ! save pipe | grep -q 'exit 0'; do :; done; wait; holds got",
        "got: saved\n"),
    row("descriptors of the caller",
        "{ ipvsadm -Sn --output /dev/stdout; } >a; holds a
        echo before >b; { ipvsadm -Sn --output /dev/stdout; echo behind; } >>b; head -n 1 b; tail -n 1 b; sed '1d;$d' b >c; holds c
        ipvsadm -Sn --output /dev/stdout | cat >d; holds d
        ipvsadm -Sn --output >(cat >e); wait $!; holds e
        exec 3>f; ipvsadm -Sn --output /dev/fd/3; exec 3>&-; holds f
        ipvsadm -Sn --output /proc/self/fd/2 2>g; holds g
        save /dev/null; save /dev/full; [ -c /dev/null ] && [ -L /dev/stdout ] && echo there",
        "a: saved\nbefore\nbehind\nc: saved\nd: saved\ne: saved\nf: saved\ng: saved\nexit 0\nexit 255\ncannot save to '/dev/full': \
         No space left on device (os error 28); the file is as it was\nthere\n"),
    // What cannot be looked at.
    row("paths that lead nowhere",
        "echo old >file; ln -s loop loop; mkdir d; save file/x; save loop; save d; save d/; save .; save ''; save no/x; holds file; ls",
        "exit 255\ncannot save to 'file/x': Not a directory (os error 20); the file is as it was\n\
         exit 255\ncannot save to 'loop': Too many levels of symbolic links (os error 40); the file is as it was\n\
         exit 255\ncannot save to 'd': Is a directory (os error 21); the file is as it was\n\
         exit 255\ncannot save to 'd/': Is a directory (os error 21); the file is as it was\n\
         exit 255\ncannot save to '.': Is a directory (os error 21); the file is as it was\n\
         exit 255\ncannot save to '': No such file or directory (os error 2); the file is as it was\n\
         exit 255\ncannot save to 'no/x': No such file or directory (os error 2); the file is as it was\n\
         file: old\nd\nfile\nloop\n"),
    row("a name that is too long",
        "save $(printf 'a%.0s' {1..300}) | grep -o 'File name too long.*'; ls",
        "File name too long (os error 36); the file is as it was\n"),
    row("what a killed run left behind, with the same process number",
        "echo >.file.1.new; unshare -pf ipvsadm -Sn --output file; echo \"exit $?\"; holds file; ls -A",
        "exit 0\nfile: saved\n.file.1.new\nfile\n"),
];

#[rustfmt::skip]
const REPLACED: &[Row] = &[
    row("owner, group and permissions, but for set-ID bits",
        "for mode in 0600 0640 0664 4755 2755 6777 1644 0000; do
            echo old >file; chown 1000:1001 file; chmod $mode file; save file; holds file; stat -c '%u %g %a' file; rm file
        done",
        "exit 0\nfile: saved\n1000 1001 600\nexit 0\nfile: saved\n1000 1001 640\nexit 0\nfile: saved\n1000 1001 664\n\
         exit 0\nfile: saved\n1000 1001 755\nexit 0\nfile: saved\n1000 1001 755\nexit 0\nfile: saved\n1000 1001 777\n\
         exit 0\nfile: saved\n1000 1001 644\nexit 0\nfile: saved\n1000 1001 0\n"),
    row("a file of the directory's owner where others may write too",
        "mkdir d; chmod 1777 d; echo old >d/file; chown 1000:1001 d d/file; save d/file; holds d/file; stat -c '%u %g %a' d/file",
        "exit 0\nd/file: saved\n1000 1001 644\n"),
    row("a new file",
        "umask 027; save file; holds file; stat -c '%u %g %a' file; ls -A",
        "exit 0\nfile: saved\n0 0 640\nfile\n"),
    // CAP_CHOWN is missing from the bounding set of what capsh starts.
    row("the group that cannot be kept gets nothing, and others no more than it had",
        "echo old >file; chown 1000:1001 file; chmod 6646 file; save() { timeout 20 $CHOWNLESS ipvsadm -Sn --output \"$1\" 2>../complaint; echo \"exit $?\"; cat ../complaint; }
        save file; holds file; stat -c '%u %g %a' file; ls -A",
        "exit 0\n'file' could not keep its group: Operation not permitted (os error 1)\n\
         'file' could not keep its owner: Operation not permitted (os error 1)\nfile: saved\n0 0 604\nfile\n"),
];

/// The lock lies on a file system of its own here.
#[rustfmt::skip]
const OTHER: &[Row] = &[
    row("the lock is root's alone, made new or left by an earlier version",
        "cat >script <<'END'
        mount -t tmpfs none /run; umask 0
        ipvsadm -R --replace <../table; stat -c '%u %a' /run/ipvsadm.lock
        chmod 666 /run/ipvsadm.lock; ipvsadm -R --replace <../table; stat -c '%u %a' /run/ipvsadm.lock
END
        unshare -m bash script",
        "0 600\n0 600\n"),
    row("whatever else lies in its place is left alone",
        "cat >script <<'END'
        mount -t tmpfs none /run
        try() { timeout 20 ipvsadm -R --replace <../table 2>&1; echo \"exit $?\"; rm -f /run/ipvsadm.lock; }
        echo old >/run/victim; chmod 644 /run/victim; ln -s victim /run/ipvsadm.lock; try; stat -c %a /run/victim
        ln /run/victim /run/ipvsadm.lock; try; stat -c %a /run/victim
        mkfifo /run/ipvsadm.lock; try
        echo >/run/ipvsadm.lock; chmod 666 /run/ipvsadm.lock; chown 1000 /run/ipvsadm.lock; try
        ls /run
END
        unshare -m bash script",
        "cannot lock /run/ipvsadm.lock: Too many levels of symbolic links (os error 40)\nexit 255\n644\n\
         cannot lock /run/ipvsadm.lock: it is not a regular file that belongs to root: remove it, and it is created again\nexit 255\n644\n\
         cannot lock /run/ipvsadm.lock: No such device or address (os error 6)\nexit 255\n\
         cannot lock /run/ipvsadm.lock: it is not a regular file that belongs to root: remove it, and it is created again\nexit 255\nvictim\n"),
    row("there is none in a root without /run",
        "cat >script <<'END'
        mkdir root
        for path in /*; do [ $path = /run ] || [ ! -d $path ] || { mkdir root$path; mount --bind $path root$path; }; done
        timeout 20 chroot root ipvsadm -R --replace <../table 2>&1; echo \"exit $?\"; ls -d root/run 2>/dev/null
END
        unshare -m bash script",
        "exit 0\n"),
    row("a namespace that is a pipe, a device, a directory",
        "mkfifo pipe; for path in $PWD/pipe /dev/zero /proc; do timeout 20 ipvsadm --netns $path -Z 2>&1 | sed \"s|$PWD|.|\"; echo \"${PIPESTATUS[0]}\"; done",
        "'./pipe' is not a network namespace\n255\n'/dev/zero' is not a network namespace\n255\n'/proc' is not a network namespace\n255\n"),
    row("nft that closes its output and sleeps, with a child",
        "printf '#!/bin/sh\\nexec >&- 2>&-\\nsleep 98765 &\\nwait\\n' >nft; chmod 755 nft; modprobe nf_tables
        unshare -m bash -c 'mount --bind nft /usr/sbin/nft; timeout 20 ipvsadm --diagnose >report'; echo \"exit $?\"
        ps | grep -c '[s]leep 98765'",
        "exit 1\n0\n"),
];

fn meet_all(stage: &Stage, rows: &[Row]) -> Result<()> {
    stage.set(commands::TABLE)?;
    for Row {
        what,
        script,
        prints,
    } in rows
    {
        let chownless = format!("CHOWNLESS='{} {WITHOUT_CHOWN}'\n", itself()?);
        let output = surroundings::run(stage, &format!("{chownless}{PRELUDE}{script}\n"))?;
        stage.expect(
            &format!("{what}: {prints:?}"),
            format_args!("{:?} {}", output.stdout, output.stderr),
            output.stdout == *prints && output.stderr.is_empty(),
        )?;
    }
    Ok(())
}

/// The first argument of a call that becomes a program without the right to give files away.
pub const WITHOUT_CHOWN: &str = "--without-chown";

fn itself() -> Result<String> {
    let path = std::env::current_exe().context(|| "own name".to_owned())?;
    Ok(path.display().to_string())
}

/// The attribute that holds an access control list, and that of a directory with what files in it begin with.
const ACL: &str = "system.posix_acl_access";
const DEFAULT_ACL: &str = "system.posix_acl_default";
const LABEL: &str = "security.selinux";

/// An access control list: the owner may read and write, a user read and write, the group read, others nothing.
fn acl(user: u32) -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in [
        (0x01_u16, 6_u16, NOBODY),
        (0x02, 6, user),
        (0x04, 4, NOBODY),
        (0x10, 6, NOBODY),
        (0x20, 0, NOBODY),
    ] {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(permissions.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

fn attribute(path: &Path, name: &str) -> Result<Option<Vec<u8>>> {
    let mut value = vec![0; 1024];
    match getxattr(path, name, &mut value) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA) => Ok(None),
        Err(errno) => Err(errno).context(|| name.to_owned()),
    }
}

fn attributes(stage: &Stage) -> Result<()> {
    let directory = stage.path("attributes")?;
    let path = directory.join("file");
    let set =
        |path: &Path, name: &str, value: &[u8]| setxattr(path, name, value, XattrFlags::empty());
    let what = || "preparing files".to_owned();
    let save = || stage.run(&format!("ipvsadm -Sn --output {}", path.display()), "");
    let mode = || {
        fs::metadata(&path)
            .context(what)
            .map(|file| file.permissions().mode() & 0o7777)
    };
    let fresh = || {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory)
            .and_then(|()| fs::write(&path, "old"))
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o640)))
            .context(what)
    };

    fresh()?;
    set(&path, ACL, &acl(1000)).context(what)?;
    let before = mode()?;
    let saved = save()?;
    let kept = attribute(&path, ACL)?;
    stage.expect(
        "the access control list",
        format_args!("{saved:?} {kept:?} {:o}", mode()?),
        saved.code() == Some(0)
            && saved.stderr.is_empty()
            && kept == Some(acl(1000))
            && mode()? == before,
    )?;

    fresh()?;
    set(&directory, DEFAULT_ACL, &acl(1000)).context(what)?;
    let saved = save()?;
    let given = attribute(&path, ACL)?;
    stage.expect(
        "no list that the directory would give: the file had none",
        format_args!("{saved:?} {given:?} {:o}", mode()?),
        saved.code() == Some(0) && saved.stderr.is_empty() && given.is_none() && mode()? == 0o640,
    )?;

    fresh()?;
    // Some kernels have no attributes of users in a file system in memory, and no SELinux looks after its label here.
    let note = set(&path, "user.note", b"by hand") != Err(Errno::OPNOTSUPP);
    set(&path, LABEL, b"system_u:object_r:etc_t:s0").context(what)?;
    set(&path, "security.capability", &capability_bytes()).context(what)?;
    let saved = save()?;
    let (noted, label) = (
        attribute(&path, "user.note").ok().flatten(),
        attribute(&path, LABEL)?,
    );
    let capability = attribute(&path, "security.capability")?;
    stage.expect(
        "attributes are kept, or the loss is reported; never capabilities",
        format_args!("{saved:?} {noted:?} {label:?} {capability:?}"),
        saved.code() == Some(0)
            && (label.is_some()
                != saved
                    .stderr
                    .contains(&format!("could not keep its attribute {LABEL}: ")))
            && saved.stderr.lines().count() <= 1
            && (!note || noted.as_deref() == Some(b"by hand"))
            && capability.is_none(),
    )
}

/// CAP_NET_ADMIN as a file has it, effective; see `struct vfs_cap_data` of linux/capability.h.
pub fn capability_bytes() -> Vec<u8> {
    const REVISION_2_EFFECTIVE: u32 = 0x0200_0001;
    const NET_ADMIN: u32 = 1 << 12;
    [REVISION_2_EFFECTIVE, NET_ADMIN, 0, 0, 0]
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .collect()
}

/// Becomes a program that cannot give files away, whoever starts it.
pub fn become_without_chown(words: &[String]) -> std::process::ExitCode {
    use std::os::unix::process::CommandExt;
    let _ =
        rustix::thread::remove_capability_from_bounding_set(rustix::thread::CapabilitySet::CHOWN);
    if let Some((program, rest)) = words.split_first() {
        let error = std::process::Command::new(program).args(rest).exec();
        eprintln!("{program}: {error}");
    }
    std::process::ExitCode::from(libc::EXIT_FAILURE as u8)
}
