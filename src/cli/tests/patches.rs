//! `--keep`: only what is named stands in the patch.

use super::{change, parse_line, refused};
use crate::cli::command::{Command, Keep};
use crate::model::patch::{
    ForwardingPatch, Patch, SchedulerFlagsPatch, ServerPatch, ServicePatch, TunnelKind, WeightPatch,
};
use crate::model::ruleset::KeptWeights;
use crate::model::{Change, Name, Netmask, SchedulerFlags, TunnelChecksum};

#[track_caller]
fn keep(line: &str) -> Keep {
    match parse_line(line) {
        Ok(Command::Keep(keep)) => keep,
        other => panic!("{line}: {other:?}"),
    }
}

#[track_caller]
fn service(options: &str) -> ServicePatch {
    match keep(&format!("-E --keep -u 10.0.0.1:53 {options}")).patch {
        Patch::Service(patch) => patch,
        patch => panic!("{options}: {patch:?}"),
    }
}

#[track_caller]
fn server(options: &str) -> ServerPatch {
    match keep(&format!("-e -t 10.0.0.1:80 -r 10.0.1.1 {options} --keep")).patch {
        Patch::Server(patch) => patch,
        patch => panic!("{options}: {patch:?}"),
    }
}

#[test]
fn of_services() {
    let name = Name::constant;
    let none = service("-s rr");
    let nothing = ServicePatch::new(none.id);
    let scheduler = Some(name("rr"));
    assert_eq!(
        none,
        ServicePatch {
            scheduler,
            ..nothing
        }
    );
    assert_eq!(service("-p").persistence, Some(Some(360)));
    assert_eq!(service("--no-persistent").persistence, Some(None));
    assert_eq!(
        service("-M 255.0.0.0").netmask,
        Some(Netmask::V4([255, 0, 0, 0].into()))
    );
    assert_eq!(
        service("--pe sip").persistence_engine,
        Some(Some(name("sip")))
    );
    assert_eq!(service("--pe ''").persistence_engine, Some(None));
    assert_eq!(service("-o").one_packet, Some(true));
    assert_eq!(service("--no-ops").one_packet, Some(false));
}

#[test]
fn of_the_flags_of_schedulers() {
    let flags = |options: &str| service(options).flags.unwrap();
    let patch = |bits, others, named| SchedulerFlagsPatch {
        flags: SchedulerFlags(bits),
        others,
        named,
    };
    assert_eq!(flags("-b ''"), patch(0, 0, None));
    assert_eq!(flags("-b flag-1,0x40"), patch(1, 0x40, None));
    assert_eq!(flags("-b sh-port"), patch(2, 0, Some("sh-port")));
    assert_eq!(
        flags("-b mh-fallback,flag-3,mh-port"),
        patch(5 | 2, 0, Some("mh-port"))
    );
    assert_eq!(flags("-s sh -b sh-port"), patch(2, 0, None));
    for (word, quoted) in [("sh-port,mh-port", "'mh'"), ("bogus", "sh-fallback")] {
        refused(&format!("-E -f 1 -b {word} --keep"), 2, &[word, quoted]);
    }
    refused("-E -f 1 -s rr -b sh-port --keep", 2, &["'rr'"]);
}

#[test]
fn of_servers() {
    let weight = |word: &str| server(&format!("-w {word}")).weight;
    assert_eq!(weight("0"), Some(WeightPatch::Exactly(0)));
    assert_eq!(weight("2147483647"), Some(WeightPatch::Exactly(i32::MAX)));
    assert_eq!(weight("+10"), Some(WeightPatch::More(10)));
    assert_eq!(weight("-10"), Some(WeightPatch::Less(10)));
    assert_eq!(weight("50%"), Some(WeightPatch::Percent(50)));
    assert_eq!(server("-x 0").upper_threshold, Some(0));
    assert_eq!(server("-y 7").lower_threshold, Some(7));
    assert_eq!(server("-w 1").port, None);
    let patch = server("-i --tun-type gue --tun-port 6080 --tun-csum");
    assert_eq!(patch.forwarding, Some(ForwardingPatch::Tunnel));
    assert_eq!(patch.tunnel.kind, Some(TunnelKind::Gue));
    assert_eq!(patch.tunnel.port, Some(6080));
    assert_eq!(patch.tunnel.checksum, Some(TunnelChecksum::On));
    // Those of a tunnel that is there may change alone.
    let patch = server("--tun-nocsum");
    assert_eq!(
        (patch.forwarding, patch.tunnel.checksum),
        (None, Some(TunnelChecksum::Off))
    );
    assert_eq!(server("-m").forwarding, Some(ForwardingPatch::Masquerading));
    assert_eq!(
        server("-g").forwarding,
        Some(ForwardingPatch::DirectRouting)
    );
}

#[test]
fn what_makes_no_sense_alone() {
    let server = "-e -t 10.0.0.1:80 -r 10.0.1.1";
    for (line, quoted) in [
        (format!("{server} --keep"), "'--keep'"),
        (format!("{server} --keep -g --tun-port 5"), "'--tun-port'"),
        (
            format!("{server} --keep --tun-type gre --tun-remcsum"),
            "'--tun-remcsum'",
        ),
        ("-E -t 10.0.0.1:80 --keep".to_owned(), "'--keep'"),
        ("-E -t 10.0.0.1:80 --keep -o".to_owned(), "'-o'"),
        (
            "-E -t 10.0.0.1 --keep --no-persistent".to_owned(),
            "Zero port",
        ),
        (
            "-E -t 2001:db8::1 --keep --no-persistent".to_owned(),
            "[2001:db8::1]:80",
        ),
    ] {
        refused(&line, 2, &[quoted]);
    }
    for word in [
        "+",
        "-",
        "%",
        "+-1",
        "--1",
        "+1%",
        "1%%",
        "+2147483648",
        "2147483648%",
        "\u{663}%",
    ] {
        refused(
            &format!("{server} --keep -w {word}"),
            2,
            &[word, "+N, -N or N%"],
        );
    }
    // There must be a service for all ports, which is persistent.
    assert!(!keep("-E -t 10.0.0.1 --keep -s rr").exist);
    assert!(keep("-E -t 10.0.0.1 --keep --exist -s rr").exist);
    assert!(keep("-E -t 10.0.0.1 --keep --exist -p").exist);
    // To add what is missing is enough.
    assert!(keep("-E -f 1 --keep --exist").patch.is_empty());
}

/// Without --keep weights are those of ipvsadm 1.31, wherever the option may stand.
#[test]
fn relative_weights_need_it() {
    let Change::EditServer(_, plain) = change("-e -f 1 -r 10.0.1.1 -w +10") else {
        panic!("no edit");
    };
    assert_eq!(plain.weight, 10);
    for word in ["-10", "50%"] {
        refused(
            &format!("-e -f 1 -r 10.0.1.1 -w {word}"),
            2,
            &[word, "0 to 2147483647"],
        );
        refused(
            &format!("-e -f 1 -r 10.0.1.1 -w {word} --bogus"),
            2,
            &[word],
        );
        // The word behind `--` is none.
        refused(
            &format!("-e -f 1 -r 10.0.1.1 -w {word} -- --keep"),
            2,
            &[word],
        );
        for line in [
            format!("-e -f 1 -r 10.0.1.1 -w {word} --keep"),
            format!("--keep -e -f 1 -r 10.0.1.1 -w {word}"),
        ] {
            keep(&line);
        }
    }
}

#[test]
fn which_weights_a_replacement_keeps() {
    let kept = |line: &str| match parse_line(line) {
        Ok(Command::Restore(restore)) => restore.keep_weights,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(kept("-R --replace"), None);
    assert_eq!(kept("-R --replace --keep-weights"), Some(KeptWeights::All));
    assert_eq!(kept("-R --keep-weights --replace"), Some(KeptWeights::All));
    for line in [
        "-R --replace --keep-weights=0",
        "-R --keep-weights 0 --replace",
    ] {
        assert_eq!(kept(line), Some(KeptWeights::Zero), "{line}");
    }
    refused(
        "-R --keep-weights",
        2,
        &["'--keep-weights' goes only with --replace"],
    );
    for word in ["1", "00", "x", ""] {
        let line = format!("-R --replace --keep-weights='{word}'");
        refused(&line, 2, &["--keep-weights", "0 is needed"]);
    }
}
