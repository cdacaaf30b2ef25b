//! A director that is shared: keepalived keeps some of its services, and rules by hand are restored beside them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use net::topology::NAT2;
use net::{Context, Result, Stage};

use super::Lab;
use super::restore::visit_until;
use crate::programs::CONFIGURATION;
use crate::table::{CONNS, number};
use crate::terminal::Terminal;

pub const SHARED: Lab = Lab {
    name: "shared",
    about: "rules are restored with --only beside a running keepalived, whose services stay untouched",
    on: NAT2,
    hints: &[
        "ipvsadm -R --replace --only 192.0.2.1:80 < /tmp/own-1",
        "ipvsadm -Ln --except 192.0.2.1:80",
        "ipvsadm -C --only 192.0.2.1:80",
    ],
    play: shared,
};

/// Its services, of which one is on the address that rules by hand have, too.
const KEEPALIVED: &str = "\
virtual_server 192.0.2.1 8080 {
    delay_loop 1
    lb_algo wlc
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.11 80 {
        weight 3
        TCP_CHECK {
            connect_timeout 2
        }
    }
    real_server 10.0.0.12 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 2
        }
    }
}
virtual_server fwmark 7 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.12 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 2
        }
    }
}
";
const START: &str = "keepalived -C -p /tmp/keepalived.pid -c /tmp/checkers.pid -f";
const STOP: &str =
    "kill $(cat /tmp/keepalived.pid); while [ -e /tmp/keepalived.pid ]; do sleep 0.1; done";
/// All of keepalived's table: rules, weights, connections and counters.
const THEIRS: &str = "for service in '-t 192.0.2.1:8080' '-f 7'; do \
    for view in '' '--stats --exact' --thresholds; do ipvsadm -Ln $view $service; done; done";
const NOTICE: &str = "keepalived runs here and will put its own table back";
const ROUNDS: usize = 6;

fn shared(stage: &Stage) -> Result<()> {
    stage.step("keepalived sets its services up, and clients use one of them");
    std::fs::write(CONFIGURATION, KEEPALIVED).context(|| CONFIGURATION.to_owned())?;
    stage.run("director", &format!("{START} {CONFIGURATION}"))?;
    stage.run_when("director", "ipvsadm -Sn", |rules| {
        rules.matches("-a ").count() == 3
    })?;
    stage.visits(5, "192.0.2.1:8080")?;
    let theirs = stage.run_when("director", THEIRS, |text| {
        number(text, "192.0.2.1:8080", CONNS) == 5
    })?;

    stage.step("Rules by hand beside them, replaced while clients come");
    for variant in [1, 2] {
        let path = format!("/tmp/own-{variant}");
        std::fs::write(&path, own(variant)).context(|| path)?;
    }
    restore(stage, 1)?;
    let stop = AtomicBool::new(false);
    let (load, replaced) = thread::scope(|scope| {
        let load = scope.spawn(|| visit_until(stage, &stop));
        let replaced = (0..ROUNDS).try_for_each(|round| restore(stage, 2 - round % 2));
        stop.store(true, Ordering::Relaxed);
        let load = load
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (load, replaced)
    });
    replaced?;
    stage.expect(
        "no connection fails",
        load.words(),
        load.failures.is_empty() && load.opened > 0,
    )?;
    untouched(stage, &theirs)?;

    stage.step("What is outside is refused before anything is changed");
    let refused = stage.attempt(
        "director",
        "echo '-D -f 7' | cat /tmp/own-1 - | ipvsadm -R --replace --only 192.0.2.1:80,tcp",
    )?;
    stage.expect(
        "the line is named",
        &refused.text,
        refused.status == 2 && refused.text.contains("line 4: -D -f 7: outside"),
    )?;
    untouched(stage, &theirs)?;

    notices(stage)?;
    untouched(stage, &theirs)?;

    stage.step("Only what was added by hand is cleared");
    stage.run("director", "ipvsadm -C --except 192.0.2.1:8080,fwm:7")?;
    let rules = stage.run("director", "ipvsadm -Sn")?;
    stage.expect(
        "theirs is left",
        &rules,
        rules.matches("-A ").count() == 2 && rules.matches("-a ").count() == 3,
    )?;
    untouched(stage, &theirs)?;

    stage.step("Without keepalived nobody is named");
    stage.run("director", STOP)?;
    let said = on_terminal(stage, "ipvsadm -C")?;
    stage.expect("not a word", &said, said.is_empty())
}

fn own(variant: usize) -> String {
    format!(
        "-A -t 192.0.2.1:80 -s wrr\n\
         -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m -w {variant}\n\
         -a -t 192.0.2.1:80 -r 10.0.0.{}:80 -m -w 0\n",
        20 + variant
    )
}

fn restore(stage: &Stage, variant: usize) -> Result<()> {
    let said = stage.run(
        "director",
        &format!("ipvsadm -R --replace --only 192.0.2.1:80 < /tmp/own-{variant}"),
    )?;
    let rules = stage.run("director", "ipvsadm -Sn --only 192.0.2.1:80")?;
    stage.expect(
        "the part equals its rules",
        format_args!("{said}{rules}"),
        said.is_empty() && rules == own(variant),
    )
}

fn untouched(stage: &Stage, theirs: &str) -> Result<()> {
    let now = stage.host("director")?.shell(THEIRS)?.text;
    stage.expect(
        "keepalived's services are as they were, in every byte and counter",
        &now,
        now == theirs,
    )
}

/// Who makes a table by hand, at a terminal, is told who keeps it.
fn notices(stage: &Stage) -> Result<()> {
    stage.step("At a terminal keepalived is named");
    for (line, named) in [
        ("ipvsadm -A -t 192.0.2.1:81", true),
        ("ipvsadm -A -t 192.0.2.1:82 --quiet", false),
        ("ipvsadm -a -t 192.0.2.1:81 -r 10.0.0.11 -m", false),
        ("ipvsadm -D -t 192.0.2.1:81", false),
        ("ipvsadm -D -t 192.0.2.1:82", false),
        (
            "ipvsadm -R --replace --only 192.0.2.1:80 --input /tmp/own-1",
            false,
        ),
        (
            "ipvsadm -R --replace --dry-run --input /dev/null > /dev/null",
            false,
        ),
        ("ipvsadm -R --replace --input /tmp/all", true),
    ] {
        stage.run("director", "ipvsadm -Sn > /tmp/all")?;
        let said = on_terminal(stage, line)?;
        let expected = if named { NOTICE } else { "" };
        stage.expect(expected, &said, said == expected)?;
    }
    let said = stage.run(
        "director",
        "ipvsadm -A -t 192.0.2.1:81; ipvsadm -D -t 192.0.2.1:81",
    )?;
    stage.expect("elsewhere it is not", &said, said.is_empty())?;
    stage.step("In another network namespace there is no keepalived");
    let said = on_terminal(stage, "unshare -n ipvsadm -A -t 192.0.2.1:81")?;
    stage.expect("not a word", &said, said.is_empty())
}

/// What a command shows on a terminal, which must end well.
fn on_terminal(stage: &Stage, line: &str) -> Result<String> {
    let mut terminal = Terminal::start(stage.host("director")?, line, 24, 100)?;
    let status = terminal.end()?;
    let said = terminal.screen().contents();
    stage.expect("it succeeds", status, status.success())?;
    Ok(said.trim_end().to_owned())
}
