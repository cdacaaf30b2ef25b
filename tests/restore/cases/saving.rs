//! What is saved can be restored, by ours and by the reference; and a file is replaced whole or not at all.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use director::{Case, Stage, case, reference};
use net::{Context, Result};

use crate::tables::large;

pub const ALL: Case = case(
    "save-all",
    "what -S --all saves, restored by the reference and by --replace",
    all,
);
pub const OUTPUT: Case = case(
    "save-output",
    "-S --output replaces a file whole or not at all",
    output,
);

const TABLE: &str = "\
-A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0
-a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w 3 -x 20 -y 10
-a -t 192.0.2.1:80 -r 10.0.0.12:8080 -m -w 0 -x 20
-A -u [2001:db8::1]:53 -s sh -o -b sh-port
-a -u [2001:db8::1]:53 -r [2001:db8::11]:53 -g -w 1
-A -f 7 -6 -s rr
--set 111 22 33
--start-daemon master --mcast-interface eth0 --syncid 5 --sync-maxlen 1200 --mcast-ttl 3
--start-daemon backup --mcast-interface eth0 --syncid 6 --mcast-group 224.0.0.82 --mcast-port 8849
";

fn all(stage: &Stage) -> Result<()> {
    stage.set(TABLE)?;
    let wanted = stage.state()?.sorted();
    let saved = stage.must("ipvsadm -S -n --all", "")?;
    let nothing = "--stop-daemon master\n--stop-daemon backup\n-C\n--set 900 120 300\n";

    stage.must("ipvsadm -R", nothing)?;
    stage.must(&format!("{} -R", reference()), &saved)?;
    stage.expect_equal(
        "the reference restores it",
        &wanted,
        &stage.state()?.sorted(),
    )?;

    stage.must("ipvsadm -R", nothing)?;
    stage.must(
        "ipvsadm -R",
        "--set 1 2 3\n--start-daemon master --mcast-interface eth0 --syncid 9\n-A -f 8 -s rr",
    )?;
    stage.must("ipvsadm -R --replace", &saved)?;
    stage.expect_equal("--replace restores it", &wanted, &stage.state()?.sorted())?;
    let again = stage.must("ipvsadm -S -n --all", "")?;
    stage.expect(
        "it is saved as before",
        again.lines().count(),
        again == saved,
    )
}

fn output(stage: &Stage) -> Result<()> {
    stage.set(&large(20, 20, 0))?;
    let table = stage.must("ipvsadm -Sn", "")?;
    let directory = stage.path("save")?;
    let full = directory.join("full");
    let what = || "preparing files".to_owned();
    fs::create_dir_all(&full).context(what)?;
    let save = |path: &std::path::Path| {
        stage.run(&format!("ipvsadm -S -n --output {}", path.display()), "")
    };

    let plain = directory.join("rules");
    fs::write(&plain, "old").context(what)?;
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o640)).context(what)?;
    let link = directory.join("link");
    symlink("rules", &link).context(what)?;
    for path in [&plain, &link] {
        fs::write(&plain, "old").context(what)?;
        let saved = save(path)?;
        let mode = fs::metadata(&plain).context(what)?.permissions().mode() & 0o7777;
        let is_link = fs::symlink_metadata(&link).context(what)?.is_symlink();
        stage.expect(
            &format!(
                "saved to {}: the file behind a link, with its mode",
                path.display()
            ),
            format_args!("{:?}, {mode:o}, link: {is_link}", saved.code()),
            saved.code() == Some(0)
                && mode == 0o640
                && is_link
                && fs::read_to_string(&plain).context(what)? == table,
        )?;
    }

    let device = save(std::path::Path::new("/dev/full"))?;
    stage.expect(
        "/dev/full takes nothing",
        format_args!("{:?}, {}", device.code(), device.stderr.trim_end()),
        device.code() == Some(255) && device.stderr.contains("No space left on device"),
    )?;

    // Two pages are room for the old file and for the beginning of the new one.
    let mount = format!("mount -t tmpfs -o size=8k tmpfs {}", full.display());
    stage.must(&mount, "")?;
    let kept = full.join("rules");
    let tried = fs::write(&kept, "old")
        .context(what)
        .and_then(|()| save(&kept));
    let left = fs::read_to_string(&kept).unwrap_or_default();
    let names = fs::read_dir(&full).map(Iterator::count).unwrap_or_default();
    stage.must(&format!("umount {}", full.display()), "")?;
    let tried = tried?;
    stage.expect(
        "a full file system: the old file stays, and nothing else",
        format_args!(
            "{:?}, {}, {left:?}, {names} file",
            tried.code(),
            tried.stderr.trim_end()
        ),
        table.len() > 8192
            && tried.code() == Some(255)
            && tried.stderr.contains("No space left on device")
            && left == "old"
            && names == 1,
    )
}
