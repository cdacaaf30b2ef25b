//! The timer of the manual page that writes metrics for node_exporter, on a machine that systemd boots.

use std::fs;
use std::path::Path;
use std::time::Duration;

use vm::{Guest, Kernel};

use crate::tools::{ROOT, command, run};
use crate::{boot, debian};

/// The files that the manual page shows, each with its path: literal text below a comment `FILE: path`.
fn files_of_the_manual() -> Vec<(String, String)> {
    let page = fs::read_to_string(format!("{ROOT}/man/ipvsadm.8")).unwrap();
    let shown = page.split(".\\\" FILE: /").skip(1);
    let file = |text: &str| {
        let (path, text) = text.split_once('\n').unwrap();
        let (head, text) = text.split_once('\n').unwrap();
        assert!(head.starts_with(".Bd -literal"), "{path}: {head}");
        let (text, _) = text.split_once("\n.Ed\n").unwrap();
        (
            format!("/{path}"),
            format!("{}\n", text.replace(r"\-", "-").replace(r"\(aq", "'")),
        )
    };
    shown.map(file).collect()
}

#[test]
fn the_timer_writes_metrics() {
    let files = files_of_the_manual();
    assert_eq!(files.len(), 2);
    let disk = Path::new(env!("CARGO_TARGET_TMPDIR")).join("metrics.ext2");
    run(command("cp", ROOT)
        .arg("--sparse=always")
        .args([&boot::system("trixie").unwrap(), &disk]));
    let mut guest = Guest::new(Kernel::V6_12)
        .disk(&disk)
        .file(&debian::package(), "/srv/ours.deb")
        .text("/srv/metrics_timer.sh", include_str!("metrics_timer.sh"))
        .timeout(Duration::from_secs(300));
    let mut line = vec!["/run/srv/metrics_timer.sh".to_owned()];
    for (path, text) in &files {
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        guest = guest.text(&format!("/srv/{name}"), text);
        line.push(path.clone());
    }
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    let outcome = guest.run(&line).unwrap();
    assert_eq!(outcome.status, 0);
    fs::remove_file(&disk).unwrap();
}
